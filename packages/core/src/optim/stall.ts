/** Says when neither the value nor the gradient's size has become smaller for `patience` iterations. */
export function createStall(patience: number): (value: number, size: number) => boolean {
  let bestValue = Number.POSITIVE_INFINITY;
  let bestSize = Number.POSITIVE_INFINITY;
  let waited = 0;
  return (value, size) => {
    const progress = value < bestValue - 1e-13 * Math.abs(bestValue) || size < 0.9 * bestSize;
    waited = progress || bestValue === Number.POSITIVE_INFINITY ? 0 : waited + 1;
    bestValue = Math.min(bestValue, value);
    bestSize = Math.min(bestSize, size);
    return waited >= patience;
  };
}
