import { damagedFile } from "../base/checks.ts";
import type {
  Calibrator,
  MappedCalibrator,
  RisingCurve,
  StepCurve,
  TemperatureCalibrator,
} from "./kinds.ts";
import { curvesOf } from "./scores.ts";

/** The calibrator that a model file holds for k classes. Throws a SoftmaxError ("model") for anything else. */
export function checkCalibrator(value: unknown, k: number): Calibrator {
  const given = (value ?? {}) as { readonly method?: unknown };
  if (given.method === undefined) return checkTemperature(given, k);
  const { offsets } = given as Partial<MappedCalibrator>;
  const offset = { offsets: offsets === null ? null : numbers("calibrator's offsets", offsets, k) };
  const map = given as Partial<Record<string, unknown>>;
  switch (given.method) {
    case "vector":
      return {
        method: "vector",
        ...offset,
        scales: numbers("calibrator's scales", map.scales, k),
        shifts: numbers("calibrator's shifts", map.shifts, k),
      };
    case "dirichlet":
      return {
        method: "dirichlet",
        ...offset,
        weights: numbers("calibrator's weights", map.weights, k * k),
        shifts: numbers("calibrator's shifts", map.shifts, k),
      };
    case "beta": {
      const m = curvesOf(k);
      const [a, b] = [numbers("calibrator's a", map.a, m), numbers("calibrator's b", map.b, m)];
      if (![...a, ...b].every((entry) => entry >= 0)) {
        throw damagedFile("its calibrator's exponents are below 0");
      }
      return { method: "beta", ...offset, a, b, c: numbers("calibrator's c", map.c, m) };
    }
    case "isotonic":
      return { method: "isotonic", ...offset, curves: curves(map.curves, k).map(checkRising) };
    case "histogram":
      return { method: "histogram", ...offset, curves: curves(map.curves, k).map(checkSteps) };
    default:
      throw damagedFile("its calibrator is of no method that is known");
  }
}

function checkTemperature(value: object, k: number): TemperatureCalibrator {
  const { temperature, shifts } = value as Partial<TemperatureCalibrator>;
  const finite = typeof temperature === "number" && Number.isFinite(temperature);
  if (!finite || !(temperature > 0)) throw damagedFile("its temperature is no number above 0");
  if (shifts === null) return { temperature, shifts };
  const fits = shifts instanceof Float64Array && shifts.length === k;
  if (!fits || !shifts.every(Number.isFinite)) {
    throw damagedFile("its shifts are not one number a class");
  }
  return { temperature, shifts };
}

/** Float64Array of finite numbers: as many as said, or at least one where that is null. */
function numbers(what: string, value: unknown, length: number | null): Float64Array {
  const fits = value instanceof Float64Array && value.length === (length ?? value.length);
  if (fits && value.every(Number.isFinite)) return value;
  throw damagedFile(`its ${what} are not ${length ?? "all"} finite numbers`);
}

function curves(value: unknown, k: number): readonly object[] {
  const fits = Array.isArray(value) && value.length === curvesOf(k);
  if (fits && value.every((curve) => typeof curve === "object" && curve !== null)) return value;
  throw damagedFile("its calibrator has not one curve a class");
}

function checkRising(curve: object): RisingCurve {
  const { scores, values } = curve as Partial<RisingCurve>;
  const at = numbers("calibrator's scores", scores, null);
  const p = probabilities(values);
  if (at.length === p.length && ascends(at, true) && ascends(p, false)) {
    return { scores: at, values: p };
  }
  throw damagedFile("its calibrator's curve does not rise");
}

function checkSteps(curve: object): StepCurve {
  const { edges, values } = curve as Partial<StepCurve>;
  const at = numbers("calibrator's edges", edges, null);
  const p = probabilities(values);
  if (at.length === p.length - 1 && ascends(at, true)) return { edges: at, values: p };
  throw damagedFile("its calibrator's bins do not ascend");
}

/** Inside (0, 1), one at least. */
function probabilities(value: unknown): Float64Array {
  const p = numbers("calibrator's values", value, null);
  if (p.length > 0 && p.every((q) => q > 0 && q < 1)) return p;
  throw damagedFile("its calibrator's values are no probabilities");
}

const ascends = (values: Float64Array, strictly: boolean): boolean =>
  values.every((v, at) => at === 0 || v > values[at - 1] || (!strictly && v === values[at - 1]));
