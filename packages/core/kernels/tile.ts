/** Dense products in float32, four rows by eight columns at a time: eight sums stay in registers. */
import { multiplyAdd } from "./lanes";

/** Rows and columns of a tile; its bytes. */
export const TILE_ROWS: usize = 4;
export const TILE_BYTES: usize = 128;
/** Bytes of eight columns. */
export const PANEL: usize = 32;

/**
 * Σ_t L_rt P_tc for four rows r and eight columns c, in the order of t, each product rounded before it is added: so an
 * element has the same bits wherever its tile lies. L: rows `rowStep` bytes apart, terms `termStep`; P: eight columns of
 * term t at P + t·`panelStep`. Stored at `to`, rows `toStep` bytes apart.
 */
export function multiplyTile(
  L: usize, rowStep: usize, termStep: usize, P: usize, panelStep: usize, terms: usize, to: usize, toStep: usize,
): void {
  let a0 = f32x4.splat(0), a1 = a0, b0 = a0, b1 = a0, c0 = a0, c1 = a0, d0 = a0, d1 = a0;
  let a = L, b = a + rowStep, c = b + rowStep, d = c + rowStep;
  for (const end = P + terms * panelStep; P < end; P += panelStep) {
    const p0 = v128.load(P), p1 = v128.load(P, 16);
    const xa = v128.load_splat<f32>(a);
    a0 = multiplyAdd<f32>(a0, xa, p0);
    a1 = multiplyAdd<f32>(a1, xa, p1);
    const xb = v128.load_splat<f32>(b);
    b0 = multiplyAdd<f32>(b0, xb, p0);
    b1 = multiplyAdd<f32>(b1, xb, p1);
    const xc = v128.load_splat<f32>(c);
    c0 = multiplyAdd<f32>(c0, xc, p0);
    c1 = multiplyAdd<f32>(c1, xc, p1);
    const xd = v128.load_splat<f32>(d);
    d0 = multiplyAdd<f32>(d0, xd, p0);
    d1 = multiplyAdd<f32>(d1, xd, p1);
    a += termStep;
    b += termStep;
    c += termStep;
    d += termStep;
  }
  store8(to, a0, a1);
  store8(to + toStep, b0, b1);
  store8(to + 2 * toStep, c0, c1);
  store8(to + 3 * toStep, d0, d1);
}

@inline function store8(at: usize, low: v128, high: v128): void {
  v128.store(at, low);
  v128.store(at, high, 16);
}
