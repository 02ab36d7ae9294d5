const DIGIT_BITS = 11;
const BUCKETS = 1 << DIGIT_BITS;

/**
 * The positions of `values` in ascending order, equal values in their own order; −0 stands before 0. No NaN.
 *
 * Radix sort, six digits of 11 bits of the numbers' bit patterns, made monotone by flipping: much faster than a
 * comparing sort of positions, and in time linear in n.
 */
export function sortOrder(values: Float64Array): Int32Array {
  const n = values.length;
  const words = new Uint32Array(values.slice().buffer);
  const high = LITTLE_ENDIAN;
  for (let i = 0; i < n; i++) {
    const negative = words[2 * i + high] >>> 31 === 1;
    words[2 * i + high] ^= negative ? 0xffffffff : 0x80000000;
    if (negative) words[2 * i + 1 - high] ^= 0xffffffff;
  }
  let order = Int32Array.from({ length: n }, (_, i) => i);
  let spare = new Int32Array(n);
  const digits = new Int32Array(n);
  for (let shift = 0; shift < 64; shift += DIGIT_BITS) {
    for (let i = 0; i < n; i++) {
      digits[i] = digitAt(words[2 * i + 1 - high], words[2 * i + high], shift);
    }
    sortByDigit(order, spare, digits);
    [order, spare] = [spare, order];
  }
  return order;
}

/** Position of the high word of a float64 in memory: 1 where the low word comes first. */
const LITTLE_ENDIAN = new Uint32Array(Float64Array.of(1).buffer)[1] !== 0 ? 1 : 0;

/** Bits shift…shift+10 of the 64-bit number high·2^32 + low. */
function digitAt(low: number, high: number, shift: number): number {
  if (shift >= 32) return (high >>> (shift - 32)) & (BUCKETS - 1);
  const fromHigh = shift > 32 - DIGIT_BITS ? high << (32 - shift) : 0;
  return ((low >>> shift) | fromHigh) & (BUCKETS - 1);
}

function sortByDigit(from: Int32Array, to: Int32Array, digits: Int32Array): void {
  const next = new Int32Array(BUCKETS + 1);
  for (let i = 0; i < digits.length; i++) next[digits[i] + 1]++;
  for (let b = 0; b < BUCKETS; b++) next[b + 1] += next[b];
  for (let j = 0; j < from.length; j++) to[next[digits[from[j]]]++] = from[j];
}

/**
 * Bin (0…bins−1) of each row, so that bins hold nearly equal weight and equal values share one: a value with weight w
 * behind weight W of smaller ones is in bin ⌊bins · (W + w/2) / total⌋.
 */
export function massBins(
  values: Float64Array,
  order: Int32Array,
  s: Float64Array,
  bins: number,
): Uint8Array {
  const total = s.reduce((sum, weight) => sum + weight, 0);
  const bin = new Uint8Array(values.length);
  let before = 0;
  for (let start = 0, end = 0; start < order.length; start = end) {
    let weight = 0;
    while (end < order.length && values[order[end]] === values[order[start]]) {
      weight += s[order[end++]];
    }
    const own = Math.min(bins - 1, Math.floor((bins * (before + weight / 2)) / total));
    for (let j = start; j < end; j++) bin[order[j]] = own;
    before += weight;
  }
  return bin;
}
