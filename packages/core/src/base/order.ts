/**
 * The positions of `values` in ascending order, equal values in their own order; −0 stands before 0. No NaN.
 *
 * Radix sort by the eight bytes of the numbers' bit patterns, flipped to ascend: linear in n, where a comparing sort
 * of positions takes ten times as long.
 */
export function sortOrder(values: Float64Array): Int32Array {
  const n = values.length;
  const bytes = ascendingBytes(values);
  let order = new Int32Array(n);
  for (let i = 0; i < n; i++) order[i] = i;
  let spare = new Int32Array(n);
  for (let digit = 0; digit < 8; digit++) {
    if (sortByByte(order, spare, bytes, digit)) [order, spare] = [spare, order];
  }
  return order;
}

/** Eight bytes a number, the lowest first, that ascend with the numbers: all bits of negative ones are flipped. */
function ascendingBytes(values: Float64Array): Uint8Array {
  const bytes = new Uint8Array(8 * values.length);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < values.length; i++) {
    view.setFloat64(8 * i, values[i], true);
    const high = view.getUint32(8 * i + 4, true);
    const negative = high >>> 31 === 1;
    view.setUint32(8 * i + 4, high ^ (negative ? 0xffffffff : 0x80000000), true);
    if (negative) view.setUint32(8 * i, ~view.getUint32(8 * i, true), true);
  }
  return bytes;
}

/** One stable counting pass; false, and nothing done, where all numbers share the byte. */
function sortByByte(from: Int32Array, to: Int32Array, bytes: Uint8Array, digit: number): boolean {
  const next = new Int32Array(257);
  for (let at = digit; at < bytes.length; at += 8) next[bytes[at] + 1]++;
  if (next.includes(from.length)) return false;
  for (let b = 0; b < 256; b++) next[b + 1] += next[b];
  for (let j = 0; j < from.length; j++) to[next[bytes[8 * from[j] + digit]]++] = from[j];
  return true;
}

/**
 * Bin (0…bins−1) of each row (docs/math.md §6.1), so that bins hold nearly equal weight and equal values share one: a value with weight w
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
