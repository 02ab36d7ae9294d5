/** One logit z of each of n rows, in the first n entries of Z, to the pair (0, z) in place. */
export function pairLogits(Z: Float64Array, n: number): void {
  for (let i = n - 1; i >= 0; i--) {
    Z[2 * i + 1] = Z[i];
    Z[2 * i] = 0;
  }
}
