import type { SparseCurvature } from "./composite.ts";
import { addScaled, dot } from "./vectors.ts";

/** A curvature sᵀy below this share of the model's sᵀBs is rounding. */
const LEAST_CURVATURE = 1e-8;
/** Share of its own diagonal that is added to the Hessian: of collinear variables it is singular. */
const RIDGE = 1e-6;
/** Variables whose Hessian the model takes, at most; of more it knows a diagonal and what steps teach. */
const MOST_DENSE = 1024;

interface Pair {
  readonly s: Float64Array;
  readonly y: Float64Array;
}

/**
 * The model among a variables, of which the first h have a Hessian, h×h, and the rest a diagonal; with the factors
 * p_0, q_0, p_1, … of each variable, a×m.
 */
export interface Submodel {
  readonly at: Int32Array;
  readonly H: Float64Array;
  readonly rest: Float64Array;
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
  /** Place of each variable in the diagonal, or −1. */
  readonly #loosePlace: Int32Array;
  #at: Int32Array = new Int32Array(0);
  #H: Float64Array = new Float64Array(0);
  #loose: Int32Array = new Int32Array(0);
  #diagonal: Float64Array = new Float64Array(0);
  #pairs: Pair[] = [];

  constructor(curvature: SparseCurvature, x: Float64Array, memory: number) {
    this.#curvature = curvature;
    this.#memory = memory;
    this.#place = new Int32Array(x.length).fill(-1);
    this.#loosePlace = new Int32Array(x.length).fill(-1);
    this.moveTo(x);
  }

  /** Takes the Hessian at x; what was learned of steps goes. */
  moveTo(x: Float64Array): void {
    this.#curvature.moveTo(x);
    for (const j of this.#at) this.#place[j] = -1;
    for (const j of this.#loose) this.#loosePlace[j] = -1;
    this.#at = new Int32Array(0);
    this.#H = new Float64Array(0);
    this.#loose = new Int32Array(0);
    this.#diagonal = new Float64Array(0);
    this.#pairs = [];
  }

  add(s: Float64Array, y: Float64Array): void {
    if (this.#pairs.length === this.#memory) this.#pairs.shift();
    this.#pairs.push({ s, y });
  }

  among(wanted: Int32Array): Submodel {
    this.#include(wanted);
    const size = this.#at.length;
    const own = wanted.filter((j) => this.#place[j] >= 0);
    const others = wanted.filter((j) => this.#place[j] < 0);
    const h = own.length;
    const H = new Float64Array(h * h);
    for (let i = 0; i < h; i++) {
      const row = this.#place[own[i]] * size;
      for (let l = 0; l < h; l++) H[i * h + l] = this.#H[row + this.#place[own[l]]];
    }
    const at = joined(own, others);
    const unrolled = this.#unroll();
    const m = unrolled.length;
    const factors = new Float64Array(at.length * m);
    at.forEach((j, i) => {
      const from = this.#place[j] >= 0 ? this.#place[j] : size + this.#loosePlace[j];
      for (let f = 0; f < m; f++) factors[i * m + f] = unrolled[f][from];
    });
    const rest = Float64Array.from(others, (j) => this.#diagonal[this.#loosePlace[j]]);
    return { at, H, rest, factors, m };
  }

  /** Variables that are new get a Hessian while there is room: of too many, evenly spaced ones. */
  #include(wanted: Int32Array): void {
    const fresh = wanted.filter((j) => this.#place[j] < 0 && this.#loosePlace[j] < 0);
    if (fresh.length === 0) return;
    const room = Math.min(fresh.length, MOST_DENSE - this.#at.length);
    const dense = new Uint8Array(fresh.length);
    for (let r = 0; r < room; r++) dense[Math.floor((r * fresh.length) / room)] = 1;
    this.#extend(fresh.filter((_, i) => dense[i] === 1));
    this.#loosen(fresh.filter((_, i) => dense[i] === 0));
  }

  #extend(fresh: Int32Array): void {
    if (fresh.length === 0) return;
    const known = this.#at.length;
    this.#at = joined(this.#at, fresh);
    const size = this.#at.length;
    for (let i = known; i < size; i++) this.#place[this.#at[i]] = i;
    this.#H = this.#curvature.among(this.#at, known, this.#H);
    for (let i = known; i < size; i++) this.#H[i * size + i] *= 1 + RIDGE;
  }

  #loosen(fresh: Int32Array): void {
    if (fresh.length === 0) return;
    const known = this.#loose.length;
    this.#loose = joined(this.#loose, fresh);
    for (let i = known; i < this.#loose.length; i++) this.#loosePlace[this.#loose[i]] = i;
    const diagonal = new Float64Array(this.#loose.length);
    diagonal.set(this.#diagonal);
    diagonal.set(this.#curvature.levels(fresh), known);
    this.#diagonal = diagonal;
  }

  #unroll(): Float64Array[] {
    const at = joined(this.#at, this.#loose);
    const factors: Float64Array[] = [];
    this.#pairs = this.#pairs.filter(({ s, y }) => {
      const own = Float64Array.from(at, (j) => s[j]);
      const rise = Float64Array.from(at, (j) => y[j]);
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
    const size = this.#at.length;
    const out = new Float64Array(v.length);
    const head = out.subarray(0, size);
    for (let j = 0; j < size; j++) {
      if (v[j] !== 0) addScaled(head, v[j], this.#H.subarray(j * size, (j + 1) * size));
    }
    for (let j = size; j < v.length; j++) out[j] = v[j] * this.#diagonal[j - size];
    return out;
  }
}

function joined(a: Int32Array, b: Int32Array): Int32Array {
  const out = new Int32Array(a.length + b.length);
  out.set(a);
  out.set(b, a.length);
  return out;
}
