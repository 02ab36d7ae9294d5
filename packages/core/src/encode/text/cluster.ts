import {
  ACCENT,
  COMBINES,
  type CodePoints,
  codePoints,
  KIND_MASK,
  lookUp,
  pairKey,
  RANK_SHIFT,
} from "./code-points.ts";
import type { CutOptions } from "./options.ts";
import { LETTER, UNSPACED } from "./unicode-tables.ts";

/** Hangul syllables: S = S0 + (l·21 + v)·28 + t (The Unicode Standard, §3.12). */
const [S0, L0, V0, T0] = [0xac00, 0x1100, 0x1161, 0x11a7];
const [LS, VS, TS] = [19, 21, 28];
const SYLLABLES = LS * VS * TS;

/** Above this many marks in a row, a sort by keys: insertion would be quadratic. */
const FEW = 32;

/**
 * A code point and those that combine with it, on their way to the folded form:
 * decomposed, put in canonical order, without accents, case folded, composed (The Unicode Standard, §3.11 and D145).
 * Grows to the longest cluster it meets, and gives the room back with the next.
 */
export class Cluster {
  codes = new Int32Array(2 * FEW);
  /** Where each code comes from; never decreasing. */
  at = new Int32Array(2 * FEW);
  length = 0;
  readonly #options: CutOptions;
  readonly #known: CodePoints = codePoints();

  constructor(options: CutOptions) {
    this.#options = options;
  }

  clear(): void {
    this.length = 0;
    if (this.codes.length > 64 * FEW) this.#resize(2 * FEW);
  }

  /** Appends the decomposition of a code point. */
  push(code: number, at: number): void {
    const parts = this.#known.decompositions.get(code);
    const s = code - S0;
    if (parts !== undefined) {
      for (const part of parts) this.#append(part, at);
    } else if (s >= 0 && s < SYLLABLES) {
      this.#append(L0 + Math.floor(s / (VS * TS)), at);
      this.#append(V0 + (Math.floor(s / TS) % VS), at);
      if (s % TS > 0) this.#append(T0 + (s % TS), at);
    } else {
      this.#append(code === 0x2019 ? 0x27 : code, at);
    }
  }

  /** Turns what was pushed into its folded form. */
  finish(): void {
    this.#order();
    const { foldCase, foldAccents } = this.#options;
    const { foldings, strokes } = this.#known;
    if (foldAccents) this.#stripAccents();
    // Before folding, for ẜ, whose base ſ folds; and after, for Ɖ, which folds to ɖ.
    if (foldAccents) this.#replace(strokes);
    if (foldCase) this.#replace(foldings);
    if (foldCase && foldAccents) this.#replace(strokes);
    this.#compose();
  }

  #append(code: number, at: number): void {
    if (this.length === this.codes.length) this.#resize(2 * this.length);
    this.codes[this.length] = code;
    this.at[this.length++] = at;
  }

  #resize(capacity: number): void {
    const [codes, at] = [this.codes, this.at];
    this.codes = new Int32Array(capacity);
    this.at = new Int32Array(capacity);
    this.codes.set(codes.subarray(0, this.length));
    this.at.set(at.subarray(0, this.length));
  }

  #rank(code: number): number {
    return lookUp(this.#known.properties, code) >> RANK_SHIFT;
  }

  /** Sorts each run of codes of a rank above 0 by rank, equal ranks as they were; places stay where they are. */
  #order(): void {
    for (let start = 0, end: number; start < this.length; start = end + 1) {
      for (end = start; end < this.length && this.#rank(this.codes[end]) > 0; ) end++;
      if (end - start > FEW) this.#sortMany(start, end);
      else if (end - start > 1) this.#sortFew(start, end);
    }
  }

  #sortFew(start: number, end: number): void {
    const { codes } = this;
    for (let i = start + 1; i < end; i++) {
      const code = codes[i];
      const rank = this.#rank(code);
      let j = i;
      for (; j > start && this.#rank(codes[j - 1]) > rank; j--) codes[j] = codes[j - 1];
      codes[j] = code;
    }
  }

  #sortMany(start: number, end: number): void {
    const marks = this.codes.slice(start, end);
    const keys = Float64Array.from(marks, (code, i) => this.#rank(code) * 2 ** 32 + i).sort();
    for (let i = 0; i < keys.length; i++) this.codes[start + i] = marks[keys[i] % 2 ** 32];
  }

  /** A letter loses its accents; a symbol does not (≠ is not =), nor what has no base. */
  #stripAccents(): void {
    const { codes, at, length } = this;
    let onLetter = false;
    this.length = 0;
    for (let i = 0; i < length; i++) {
      const property = lookUp(this.#known.properties, codes[i]);
      const kind = property & KIND_MASK;
      if (property >> RANK_SHIFT === 0) onLetter = kind === LETTER || kind === UNSPACED;
      else if (onLetter && (property & ACCENT) !== 0) continue;
      codes[this.length] = codes[i];
      at[this.length++] = at[i];
    }
  }

  #replace(mapping: ReadonlyMap<number, readonly number[]>): void {
    const { codes, at, length } = this;
    let i = 0;
    while (i < length && (mapping.get(codes[i])?.length ?? 1) === 1) {
      codes[i] = mapping.get(codes[i])?.[0] ?? codes[i];
      i++;
    }
    const rest = codes.slice(i, length);
    const places = at.slice(i, length);
    this.length = i;
    for (let j = 0; j < rest.length; j++) {
      for (const code of mapping.get(rest[j]) ?? [rest[j]]) this.#append(code, places[j]);
    }
  }

  #compose(): void {
    const { codes, at, length } = this;
    let starter = -1;
    let last = 0;
    this.length = 0;
    for (let i = 0; i < length; i++) {
      const rank = this.#rank(codes[i]);
      const free = starter >= 0 && (this.length === starter + 1 || last < rank);
      const composite = free ? this.#pair(codes[starter], codes[i]) : 0;
      if (composite > 0) {
        codes[starter] = composite;
        continue;
      }
      if (rank === 0) starter = this.length;
      last = rank;
      codes[this.length] = codes[i];
      at[this.length++] = at[i];
    }
  }

  /** The primary composite of two codes, or 0. */
  #pair(first: number, second: number): number {
    if ((lookUp(this.#known.properties, second) & COMBINES) === 0) return 0;
    const [l, v] = [first - L0, second - V0];
    if (l >= 0 && l < LS && v >= 0 && v < VS) return S0 + (l * VS + v) * TS;
    const [s, t] = [first - S0, second - T0];
    if (s >= 0 && s < SYLLABLES && s % TS === 0 && t > 0 && t < TS) return first + t;
    return this.#known.composites.get(pairKey(first, second)) ?? 0;
  }
}
