import { damagedFile } from "../base/checks.ts";
import { dequantizeWeights, quantizeWeights } from "./shrink.ts";

/** Weights as a model file holds them, in fewer bits than float64 takes (docs/model-file.md). */
export type WeightBits = 8 | 32;

/** d×k numbers; the intercepts, which stay float64; of 8 bits the scale of every 64 numbers (docs/math.md §3.4). */
export interface StoredWeights {
  readonly numbers: Float32Array | Int8Array;
  readonly intercepts: Float64Array;
  readonly scales?: Float32Array;
}

/** Entries that share a scale. */
const BLOCK = 64;
const LARGEST_CODE = 127;
const LEAST_SCALE = 2 ** -126;

/** The nearest weights that can be stored in so many bits; (d+1)×k, the intercepts as they are. */
export function roundWeights(
  weights: Float64Array,
  outputs: number,
  bits: WeightBits,
): Float64Array {
  if (bits === 8) return dequantizeWeights(quantizeWeights(weights, outputs, BLOCK));
  const last = weights.length - outputs;
  const rounded = weights.map((w, at) => (at < last ? Math.fround(w) : w));
  if (rounded.every(Number.isFinite)) return rounded;
  throw new RangeError('"bits" expected 64 for weights beyond float32, got 32');
}

/** Weights that `roundWeights` gave. Throws a RangeError for others: nothing is lost on the way to a file. */
export function storeWeights(
  weights: Float64Array,
  outputs: number,
  bits: WeightBits,
): StoredWeights {
  const rounded = roundWeights(weights, outputs, bits);
  if (!rounded.every((w, at) => w === weights[at])) {
    throw new RangeError(`"weights" expected numbers of ${bits} bits; shrink the classifier anew`);
  }
  const intercepts = weights.slice(weights.length - outputs);
  if (bits === 32) {
    return { numbers: Float32Array.from(weights.subarray(0, -outputs)), intercepts };
  }
  const { codes, scales } = quantizeWeights(weights, outputs, BLOCK);
  return { numbers: codes, intercepts, scales };
}

/** The weights of a model file, (d+1)×k. Throws a SoftmaxError ("model") for what `storeWeights` never gives. */
export function restoreWeights(value: unknown, bits: unknown, outputs: number): Float64Array {
  const { numbers, intercepts, scales } = (value ?? {}) as Partial<StoredWeights>;
  if (!(intercepts instanceof Float64Array) || intercepts.length !== outputs) {
    throw damagedFile("its intercepts are not one number a logit");
  }
  if (bits === 32 && numbers instanceof Float32Array) {
    const weights = new Float64Array(numbers.length + outputs);
    weights.set(numbers);
    weights.set(intercepts, numbers.length);
    return weights;
  }
  if (bits !== 8 || !(numbers instanceof Int8Array) || numbers.length % outputs !== 0) {
    throw damagedFile("its weights are not of the bits that it says");
  }
  checkScales(numbers, scales);
  const stored = { outputs, block: BLOCK, codes: numbers, scales, intercepts };
  if (!intercepts.every(Number.isFinite)) throw damagedFile("its intercepts are not finite");
  return dequantizeWeights(stored);
}

/** Every block has its scale, which is 0 or that of a code of ±127: so the weights are stored as the same bytes again. */
function checkScales(codes: Int8Array, scales: unknown): asserts scales is Float32Array {
  const blocks = Math.ceil(codes.length / BLOCK);
  if (!(scales instanceof Float32Array) || scales.length !== blocks) {
    throw damagedFile("its weights have not a scale a block");
  }
  scales.forEach((scale, b) => {
    let largest = 0;
    for (const code of codes.subarray(b * BLOCK, (b + 1) * BLOCK)) {
      largest = Math.max(largest, Math.abs(code));
    }
    const zero = Object.is(scale, 0) && largest === 0;
    const whole = largest === LARGEST_CODE && scale >= LEAST_SCALE && Number.isFinite(scale);
    if (!zero && !whole) throw damagedFile("a block of its weights has a wrong scale");
  });
}
