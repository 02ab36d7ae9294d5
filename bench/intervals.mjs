// Means over seeds with their intervals, and how reports write them.

/** 97.5 % points of Student's t for 1…9 degrees of freedom. */
const T975 = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262];

export const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;

/** The mean and its 95 % interval by Student's t; of one value the value alone. */
export function meanInterval(values) {
  const centre = mean(values);
  const n = values.length;
  if (n < 2) return { mean: centre, low: centre, high: centre };
  const variance = values.reduce((sum, v) => sum + (v - centre) ** 2, 0) / (n - 1);
  const half = T975[Math.min(n - 1, T975.length) - 1] * Math.sqrt(variance / n);
  return { mean: centre, low: centre - half, high: centre + half };
}

export const number = (value) => (value === null ? "" : value.toFixed(4));
const signed = (value) => (value < 0 ? "−" : "+") + Math.abs(value).toFixed(4);

/** A difference of `runs` pairs in words: its interval only where there are several. */
export function differenceText(difference, runs) {
  if (difference === null) return "";
  const { mean: centre, low, high } = difference;
  return runs === 1 ? signed(centre) : `${signed(centre)} (${signed(low)} to ${signed(high)})`;
}
