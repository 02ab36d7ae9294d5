/** Logits to honest logits (docs/math.md §5). Plain data; which one it is says `method`, of a temperature left out. */
export type Calibrator =
  | TemperatureCalibrator
  | VectorCalibrator
  | BetaCalibrator
  | DirichletCalibrator
  | HistogramCalibrator
  | IsotonicCalibrator;

/** Z_ic / temperature + shifts_c (§5.1). */
export interface TemperatureCalibrator {
  readonly method?: undefined;
  /** T in [0.2, 5]; 1 leaves the logits as they are. */
  readonly temperature: number;
  /** One a class, added after the division; null for none. */
  readonly shifts: Float64Array | null;
}

/** What comes before every other map. */
interface Offset {
  /** Added to the logits first, one a class: class weighting taken back out; null for none. */
  readonly offsets: Float64Array | null;
}

/** scales_c (Z_ic − mean of the row) + shifts_c (§5.4). */
export interface VectorCalibrator extends Offset {
  readonly method: "vector";
  readonly scales: Float64Array;
  readonly shifts: Float64Array;
}

/** Of class c against the rest, log-odds a_c log p − b_c log(1 − p) + c_c (§5.5); for two classes of the second alone. */
export interface BetaCalibrator extends Offset {
  readonly method: "beta";
  readonly a: Float64Array;
  readonly b: Float64Array;
  readonly c: Float64Array;
}

/** Σ_j W_cj log p_j + shifts_c (§5.6). */
export interface DirichletCalibrator extends Offset {
  readonly method: "dirichlet";
  /** k×k, row c for class c. */
  readonly weights: Float64Array;
  readonly shifts: Float64Array;
}

/** Of class c against the rest, a probability for each bin of its log-odds (§5.8); for two classes of the second alone. */
export interface HistogramCalibrator extends Offset {
  readonly method: "histogram";
  readonly curves: readonly StepCurve[];
}

/** Of class c against the rest, a probability that rises with its log-odds (§5.7); for two classes of the second alone. */
export interface IsotonicCalibrator extends Offset {
  readonly method: "isotonic";
  readonly curves: readonly RisingCurve[];
}

/** values[b] from edges[b − 1] on, up to and with edges[b]; ascending edges, one fewer than values. */
export interface StepCurve {
  readonly edges: Float64Array;
  readonly values: Float64Array;
}

/** values[b] at scores[b], straight lines between, level beyond the ends; both ascend. */
export interface RisingCurve {
  readonly scores: Float64Array;
  readonly values: Float64Array;
}

/** All but the temperature. */
export type MappedCalibrator = Exclude<Calibrator, TemperatureCalibrator>;

export const LOWEST_TEMPERATURE = 0.2;
export const HIGHEST_TEMPERATURE = 5;

export const IDENTITY: TemperatureCalibrator = { temperature: 1, shifts: null };

/** In order of simplicity: by how much of the map the data decide. "none" leaves all as it is. */
export const CALIBRATION_METHODS = [
  "none",
  "temperature",
  "vector",
  "beta",
  "dirichlet",
  "histogram",
  "isotonic",
] as const;
export type CalibrationMethod = (typeof CALIBRATION_METHODS)[number];
/** "auto": the simplest within one paired standard error of the least cross-fitted log loss. */
export type CalibrationChoice = CalibrationMethod | "auto";

/** The method's name; "none" where a temperature of 1 leaves all as it is. */
export function methodOf(calibrator: Calibrator): CalibrationMethod {
  if (calibrator.method !== undefined) return calibrator.method;
  const { temperature, shifts } = calibrator;
  return temperature === 1 && shifts === null ? "none" : "temperature";
}

/**
 * What the logits of the model are divided by in effects and reasons: the temperature. Of other methods 1: what they do to a
 * logit is no sum of what columns do, so effects are of the model's own logits.
 */
export const temperatureOf = (calibrator: Calibrator): number =>
  calibrator.method === undefined ? calibrator.temperature : 1;

/** What is added to each class's logit after that division, in effects and reasons; null for nothing. */
export const shiftsOf = (calibrator: Calibrator): Float64Array | null =>
  calibrator.method === undefined ? calibrator.shifts : calibrator.offsets;
