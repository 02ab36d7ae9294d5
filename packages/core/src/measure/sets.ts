import { createRandom } from "../base/random.ts";
import {
  bootstrap,
  type Estimate,
  effectiveSize,
  percentileInterval,
  wilsonInterval,
} from "./bootstrap.ts";
import type { ScoredRows } from "./rows.ts";

/** How prediction sets fared (docs/math.md §11.6). Plain data. */
export interface SetMetrics {
  readonly rows: number;
  /** Share of rows whose label was in their set, with Wilson's interval. */
  readonly coverage: Estimate;
  /** Mean number of labels in a set. */
  readonly size: Estimate;
  /** Share of sets with 1, 2, … labels. */
  readonly sizes: readonly number[];
  /** Share of the rows of each class whose label was in their set; null where there is no row. */
  readonly classes: readonly (Estimate | null)[];
}

const REPLICATES = 200;

/** `inside`: n×k, 1 where a class is in a row's set. y: −1 for a class that the model does not know, which no set holds. */
export function measureSets(
  inside: Uint8Array,
  y: Int32Array,
  s: Float64Array | null,
  k: number,
  group: Int32Array | null,
  seed: number,
): SetMetrics {
  const rows = drawnRows(y, s, group);
  const n = y.length;
  const size = new Float64Array(n);
  for (let at = 0; at < n * k; at++) size[Math.floor(at / k)] += inside[at];
  const hit = Float64Array.from(y, (c, i) => (c < 0 ? 0 : inside[i * k + c]));
  const sums = (w: Float64Array, out: Float64Array): void => {
    out[0] = weighted(hit, w);
    out[1] = weighted(size, w);
  };
  const values = new Float64Array(2);
  sums(rows.s, values);
  const samples = bootstrap(rows, sums, 2, REPLICATES, createRandom(seed));
  const own = (c: number): Float64Array => rows.s.map((w, i) => (y[i] === c ? w : 0));
  return {
    rows: n,
    coverage: group === null ? shareOf(hit, rows.s) : percentileInterval(values[0], samples[0]),
    size: percentileInterval(values[1], samples[1]),
    sizes: Array.from({ length: k }, (_, j) =>
      weighted(
        size.map((count) => (count === j + 1 ? 1 : 0)),
        rows.s,
      ),
    ),
    classes: Array.from({ length: k }, (_, c) => (y.includes(c) ? shareOf(hit, own(c)) : null)),
  };
}

type Drawn = Pick<ScoredRows, "n" | "s" | "unit" | "units">;

function drawnRows(y: Int32Array, s: Float64Array | null, group: Int32Array | null): Drawn {
  const ids = new Map<number, number>();
  const unit = Int32Array.from(y.keys(), (i) => {
    const name = group === null ? i : group[i];
    if (!ids.has(name)) ids.set(name, ids.size);
    return ids.get(name) as number;
  });
  return { n: y.length, s: s ?? new Float64Array(y.length).fill(1), unit, units: ids.size };
}

function weighted(values: Float64Array, w: Float64Array): number {
  let sum = 0;
  let total = 0;
  for (let i = 0; i < values.length; i++) {
    sum += w[i] * values[i];
    total += w[i];
  }
  return total === 0 ? 0 : sum / total;
}

const shareOf = (hit: Float64Array, w: Float64Array): Estimate =>
  wilsonInterval(weighted(hit, w), effectiveSize(w.filter((weight) => weight > 0)));
