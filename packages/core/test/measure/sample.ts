import { createRandom } from "../../src/base/random.ts";

export interface Sample {
  readonly Z: Float64Array;
  readonly y: Int32Array;
  readonly n: number;
  readonly k: number;
}

/** Logits uniform in ±spread/2, labels drawn from softmax(Z): perfectly calibrated. */
export function calibratedSample(n: number, k: number, seed: number, spread = 4): Sample {
  const random = createRandom(seed);
  const Z = Float64Array.from({ length: n * k }, () => spread * (random.uniform() - 0.5));
  const y = Int32Array.from({ length: n }, (_, i) => {
    const e = Array.from(Z.subarray(i * k, (i + 1) * k), Math.exp);
    let u = random.uniform() * e.reduce((a, b) => a + b, 0);
    const label = e.findIndex((p) => (u -= p) < 0);
    return label < 0 ? k - 1 : label;
  });
  return { Z, y, n, k };
}
