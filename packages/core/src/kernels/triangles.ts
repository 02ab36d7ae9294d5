/**
 * Room for the symmetric matrices of an optimiser's variables, and the arithmetic on them: weighted sums of products
 * over a sample of rows, Cholesky factors, and products with these. Lower triangles are float32, packed in groups of 8
 * rows: row i = 8q + r has 8(q+1) entries, those above the diagonal 0, and starts at 8(q+1)(4q + r).
 */
export interface Triangles extends TriangleRoom {
  /** A_slot += Σ_r w_r z_r z_rᵀ over the rows of the sample listed in `rows`; `roots` are √w_r. Sums in that order. */
  addProducts(rows: Int32Array, roots: Float32Array, slot: number): void;
  /**
   * A ← L with L Lᵀ = A in the first `slots` slots. A pivot below 1e-6 of its diagonal entry, or 1e-30, becomes that: its
   * unknown hardly moves. Relative error as of float32.
   */
  cholesky(slots: number): void;
  /** x_c ← L⁻¹ x_c, L⁻ᵀ x_c or Lᵀ x_c in float64, L the factor in slot `slotOf[c]`. */
  apply(map: TriangleMap, slotOf: Int32Array): void;
}

export type TriangleMap = "lower" | "upper" | "transposed";

export interface TriangleRoom {
  /** Width rounded up to whole groups: the length of a row of the sample and of a vector. */
  readonly stride: number;
  /** Rows × stride. */
  readonly sample: Float32Array;
  /** Slots × `triangleLength`. */
  readonly triangles: Float32Array;
  /** x_c, one after the other. */
  readonly vectors: Float64Array;
}

export interface TriangleSizes {
  readonly width: number;
  readonly rows: number;
  readonly slots: number;
  readonly vectors: number;
}

/** Rows of a triangle that share their length. */
export const GROUP = 8;

export const paddedWidth = (width: number): number => Math.ceil(width / GROUP) * GROUP;

/** Where row i of a triangle starts. */
export function rowStart(i: number): number {
  const q = i >>> 3;
  return GROUP * (q + 1) * (4 * q + (i & 7));
}

/** Entries of a triangle of `width` rows. */
export const triangleLength = (width: number): number => rowStart(paddedWidth(width));
