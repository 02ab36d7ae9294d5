/**
 * Lower triangles in float32, packed in groups of 8 rows: row i = 8q + r has 8(q+1) entries and starts at entry
 * 8(q+1)(4q + r), so that every loop over a row takes whole vectors. Entries above the diagonal are 0.
 */

/** Bytes of a row of group q. */
@inline export function rowBytes(q: usize): usize {
  return (q + 1) << 5;
}

/** Address of the first row of group q. */
@inline export function groupAt(a: usize, q: usize): usize {
  return a + (q + 1) * (q << 7);
}
