/**
 * Features of images from patches (docs/images.md), learned without labels after Coates, Lee & Ng 2011, "An Analysis of
 * Single-Layer Networks in Unsupervised Feature Learning". Of a patch x of d numbers, 0…255:
 *
 *   u = (x − mean x) / √(var x + contrast) − m,   v = W u,   z_c = ‖v − centroid c‖,   f_c = max(0, mean z − z_c)
 *
 * A feature of an image is the sum of f_c over the patches of one cell of a grid; patches are taken at every pixel. All in float32,
 * each sum in one order, so that these kernels and `patches-reference.ts` give the same bits.
 */
export interface PatchBank {
  /** Width and height of a patch. */
  readonly side: number;
  /** Cells of the grid, across and down. */
  readonly grid: number;
  readonly channels: number;
  /** m: d = side² · channels numbers, row by row, the channels of a pixel together. */
  readonly mean: Float32Array;
  /** W, d×d row-major; it is symmetric. */
  readonly whitening: Float32Array;
  /** k×d row-major, k a multiple of 8. */
  readonly centroids: Float32Array;
}

/** Images of one size, 0…255, one behind another: row by row, the channels of a pixel together. */
export interface PixelBlock {
  readonly count: number;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: Uint8Array;
}

/** Added to the variance of a patch, so that what is all but flat is not blown up. */
export const CONTRAST = 10;
/** Centroids come in panels of so many. */
export const PANEL = 8;

export const patchLength = ({ side, channels }: Pick<PatchBank, "side" | "channels">): number =>
  side * side * channels;

export const centroidsOf = (bank: PatchBank): number => bank.centroids.length / patchLength(bank);

/** Features of an image. */
export const patchWidth = (bank: PatchBank): number => bank.grid * bank.grid * centroidsOf(bank);

/** Σ_j c_j² of each row of length d, in float32 and in the order of j. */
export function squaredNorms(rows: Float32Array, d: number): Float32Array {
  const norms = new Float32Array(rows.length / d);
  for (let c = 0; c < norms.length; c++) {
    for (let j = c * d; j < (c + 1) * d; j++) {
      norms[c] = norms[c] + Math.fround(rows[j] * rows[j]);
    }
  }
  return norms;
}
