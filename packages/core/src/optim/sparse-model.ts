import type { SparseCurvature } from "./composite.ts";
import { addScaled, dot } from "./vectors.ts";

/** A curvature sᵀy below this share of the model's sᵀBs is rounding. */
const LEAST_CURVATURE = 1e-8;
/** Share of its own diagonal that is added to the Hessian: of collinear variables it is singular. */
const RIDGE = 1e-6;
/** Variables that the model holds, at most: of these it starts with those that are wanted. */
const MOST = 1536;

interface Pair {
  readonly s: Float64Array;
  readonly y: Float64Array;
}

/** The model among some variables: a×a Hessian, and the factors p_0, q_0, p_1, … of each variable, a×m. */
export interface Submodel {
  readonly H: Float64Array;
  readonly factors: Float64Array;
  readonly m: number;
}

/**
 * A quadratic model of f among the variables that have moved so far: the Hessian at some point, and BFGS updates from the
 * last steps s and differences y of gradients,
 *
 *   B = H + Σ_i (p_i p_iᵀ − q_i q_iᵀ),   p_i = y_i / √(s_iᵀ y_i),   q_i = B_i s_i / √(s_iᵀ B_i s_i),
 *
 * B_i the model before pair i (Nocedal & Wright 2006, eq. 6.19, unrolled). Variables join when they are first asked for.
 */
export class SparseModel {
  readonly #curvature: SparseCurvature;
  readonly #memory: number;
  /** Place of each variable in H, or −1. */
  readonly #place: Int32Array;
  #at = new Int32Array(0);
  #H: Float64Array = new Float64Array(0);
  #pairs: Pair[] = [];

  constructor(curvature: SparseCurvature, x: Float64Array, memory: number) {
    this.#curvature = curvature;
    this.#memory = memory;
    this.#place = new Int32Array(x.length).fill(-1);
    this.moveTo(x);
  }

  /** Takes the Hessian at x; what was learned of steps goes. */
  moveTo(x: Float64Array): void {
    this.#curvature.moveTo(x);
    this.#forgetVariables();
    this.#pairs = [];
  }

  add(s: Float64Array, y: Float64Array): void {
    if (this.#pairs.length === this.#memory) this.#pairs.shift();
    this.#pairs.push({ s, y });
  }

  among(wanted: Int32Array): Submodel {
    this.#include(wanted);
    const own = Int32Array.from(wanted, (j) => this.#place[j]);
    const a = own.length;
    const size = this.#at.length;
    const H = new Float64Array(a * a);
    for (let i = 0; i < a; i++) {
      for (let l = 0, row = own[i] * size; l < a; l++) H[i * a + l] = this.#H[row + own[l]];
    }
    const unrolled = this.#unroll();
    const m = unrolled.length;
    const factors = new Float64Array(a * m);
    for (let i = 0; i < a; i++) {
      for (let f = 0; f < m; f++) factors[i * m + f] = unrolled[f][own[i]];
    }
    return { H, factors, m };
  }

  #forgetVariables(): void {
    for (const j of this.#at) this.#place[j] = -1;
    this.#at = new Int32Array(0);
    this.#H = new Float64Array(0);
  }

  #include(wanted: Int32Array): void {
    let fresh: Int32Array = wanted.filter((j) => this.#place[j] < 0);
    if (fresh.length === 0) return;
    if (this.#at.length + fresh.length > Math.max(MOST, wanted.length)) {
      this.#forgetVariables();
      fresh = wanted;
    }
    const known = this.#at.length;
    const size = known + fresh.length;
    const at = new Int32Array(size);
    at.set(this.#at);
    at.set(fresh, known);
    fresh.forEach((j, i) => {
      this.#place[j] = known + i;
    });
    this.#H = this.#curvature.among(at, known, this.#H);
    for (let i = known; i < size; i++) this.#H[i * size + i] *= 1 + RIDGE;
    this.#at = at;
  }

  #unroll(): Float64Array[] {
    const factors: Float64Array[] = [];
    this.#pairs = this.#pairs.filter(({ s, y }) => {
      const own = Float64Array.from(this.#at, (j) => s[j]);
      const rise = Float64Array.from(this.#at, (j) => y[j]);
      const product = this.#multiply(own);
      for (let f = 0; f < factors.length; f++) {
        addScaled(product, (f % 2 === 0 ? 1 : -1) * dot(factors[f], own), factors[f]);
      }
      const measured = dot(own, rise);
      const expected = dot(own, product);
      if (!(expected > 0 && measured > LEAST_CURVATURE * expected)) return false;
      const p = 1 / Math.sqrt(measured);
      const q = 1 / Math.sqrt(expected);
      factors.push(
        rise.map((value) => value * p),
        product.map((value) => value * q),
      );
      return true;
    });
    return factors;
  }

  #multiply(v: Float64Array): Float64Array {
    const size = v.length;
    const out = new Float64Array(size);
    for (let j = 0; j < size; j++) {
      if (v[j] !== 0) addScaled(out, v[j], this.#H.subarray(j * size, (j + 1) * size));
    }
    return out;
  }
}
