import { Cluster } from "./cluster.ts";
import { codePoints, JOINS_SCRIPT, KIND_MASK, lookUp } from "./code-points.ts";
import {
  CODE_MASK,
  EXPANDS,
  type Folding,
  foldingOf,
  KIND_SHIFT,
  MAPPED,
  MERGES,
  SPECIAL,
} from "./folding.ts";
import type { CutOptions } from "./options.ts";
import { EMOJI, IGNORED, JOINER, MODIFIER, SPACE } from "./unicode-tables.ts";

const SMALL = 1 << 10;
/** Room above this many codes is given back when a text needs less than a quarter of it. */
const LARGE = 1 << 18;
/** Entries behind the last: `at[length]`, and kinds that may be looked at. */
const MARGIN = 4;

const kindOf = (entry: number): number => (entry >> KIND_SHIFT) & KIND_MASK;
/** UTF-16 units of a code point. */
const unitsOf = (code: number): number => (code > 0xffff ? 2 : 1);

/** Turns texts into folded code points. Owns the arrays, which the next text overwrites. */
export class Folder {
  codes = new Int32Array(SMALL);
  /** Where each code comes from; `at[length]` is the end of the last. */
  at = new Int32Array(SMALL);
  /** Kind of each code; spaces follow the last. */
  kinds = new Uint8Array(SMALL);
  length = 0;
  readonly #folding: Folding;
  readonly #cluster: Cluster;
  /** Where the last cluster ends, in the codes and in the text. */
  #clusterLength = -1;
  #clusterEnd = 0;

  constructor(options: CutOptions) {
    this.#folding = foldingOf(options);
    this.#cluster = new Cluster(options);
  }

  fold(text: string): void {
    this.#begin(text.length);
    for (let i = 0; i < text.length; ) {
      i = this.#foldPlain(text, i);
      if (i < text.length) i = this.#foldSpecial(text, i);
    }
    this.#end(text);
  }

  /** Folds until something special comes; returns its position. This loop decides the speed. */
  #foldPlain(text: string, from: number): number {
    const { codes, at, kinds } = this;
    const { index, values } = this.#folding;
    let { length } = this;
    let i = from;
    for (; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      const entry = values[(index[unit >> 7] << 7) | (unit & 127)];
      if ((entry & SPECIAL) === 0) {
        codes[length] = (entry & MAPPED) !== 0 ? entry & CODE_MASK : unit;
        kinds[length] = (entry >> KIND_SHIFT) & KIND_MASK;
        at[length++] = i;
      } else if (((entry >> KIND_SHIFT) & KIND_MASK) === SPACE) {
        if (length === 0 || kinds[length - 1] === SPACE) continue;
        codes[length] = 0x20;
        kinds[length] = SPACE;
        at[length++] = i;
      } else break;
    }
    this.length = length;
    return i;
  }

  /** Folds what is not one code for one unit, or has no entry yet; returns where to go on. */
  #foldSpecial(text: string, i: number): number {
    const code = text.codePointAt(i)!;
    if (this.#folding.prepare(code)) return i;
    const entry = this.#folding.entryOf(code);
    const kind = kindOf(entry);
    if ((entry & MERGES) !== 0) return this.#foldCluster(text, i);
    if (kind === IGNORED || kind === JOINER) return this.#foldIgnored(text, i);
    const next = i + unitsOf(code);
    if ((entry & EXPANDS) !== 0) {
      for (const part of this.#folding.expansions[entry & CODE_MASK]) {
        this.#emit(part, i, text.length - next);
      }
    } else {
      this.#emit((entry & MAPPED) !== 0 ? entry & CODE_MASK : code, i, text.length - next);
    }
    return next;
  }

  /** At a code point that merges: takes the one before it back, and folds both and all that merge with them. */
  #foldCluster(text: string, i: number): number {
    const cluster = this.#cluster;
    cluster.clear();
    let next = this.#takeBack(i);
    for (let merges = true; merges; ) {
      const code = text.codePointAt(next)!;
      cluster.push(this.#folding.entryOf(code) === LONE ? 0xfffd : code, next);
      next += unitsOf(code);
      this.#clusterEnd = next;
      const after = this.#skipIgnored(text, next);
      merges = after < text.length && (this.#entryAt(text, after) & MERGES) !== 0;
      if (merges) next = after;
    }
    cluster.finish();
    for (let k = 0; k < cluster.length; k++) {
      this.#emit(cluster.codes[k], cluster.at[k], text.length - next + cluster.length - k);
    }
    this.#clusterLength = this.length;
    return next;
  }

  /** Drops the codes of the last code point, unless nothing can merge with it; returns where it, or else i, stands. */
  #takeBack(i: number): number {
    const last = this.kinds[this.length - 1];
    if (this.length === 0 || last === SPACE || last === JOINER) return i;
    const start = this.at[this.length - 1];
    while (this.length > 0 && this.at[this.length - 1] === start) this.length--;
    return start;
  }

  /** At a run of ignored code points: keeps its first joiner where that joins; returns where the run ends. */
  #foldIgnored(text: string, i: number): number {
    const end = this.#skipIgnored(text, i);
    for (let k = i; k < end; k++) {
      const code = text.charCodeAt(k);
      if (code !== 0x200c && code !== 0x200d) continue;
      if (end < text.length && this.#joins(code, this.#entryAt(text, end), text, end)) {
        this.#emit(code, k, text.length - end);
      }
      break;
    }
    return end;
  }

  /** Whether a joiner between the last code and the code point at `next` says anything. */
  #joins(joiner: number, entry: number, text: string, next: number): boolean {
    const { length, kinds, codes } = this;
    if (length === 0 || (entry & MERGES) !== 0) return false;
    const last = kinds[length - 1];
    const emoji =
      last === EMOJI || (last === MODIFIER && length > 1 && kinds[length - 2] === EMOJI);
    if (joiner === 0x200d && emoji && kindOf(entry) === EMOJI) return true;
    const { properties } = codePoints();
    const joinsScript = (code: number): boolean => (lookUp(properties, code) & JOINS_SCRIPT) !== 0;
    return joinsScript(codes[length - 1]) && joinsScript(text.codePointAt(next)!);
  }

  #skipIgnored(text: string, from: number): number {
    let i = from;
    while (i < text.length) {
      const kind = kindOf(this.#entryAt(text, i));
      if (kind !== IGNORED && kind !== JOINER) break;
      i += unitsOf(text.codePointAt(i)!);
    }
    return i;
  }

  #entryAt(text: string, i: number): number {
    return this.#folding.entryOf(text.codePointAt(i)!);
  }

  /** Appends a code, keeping room for one code for each of the `rest` units that follow. */
  #emit(code: number, at: number, rest: number): void {
    if (this.length + 1 + rest + MARGIN > this.codes.length) {
      this.#resize(2 * (this.length + 1 + rest + MARGIN));
    }
    this.codes[this.length] = code;
    this.kinds[this.length] = lookUp(codePoints().properties, code) & KIND_MASK;
    this.at[this.length++] = at;
  }

  #begin(units: number): void {
    this.length = 0;
    this.#clusterLength = -1;
    const need = Math.max(units + MARGIN, SMALL);
    const capacity = this.codes.length;
    if (need > capacity || (capacity > LARGE && 4 * need < capacity)) this.#resize(need);
  }

  #resize(capacity: number): void {
    const { codes, at, kinds, length } = this;
    this.codes = new Int32Array(capacity);
    this.at = new Int32Array(capacity);
    this.kinds = new Uint8Array(capacity);
    this.codes.set(codes.subarray(0, length));
    this.at.set(at.subarray(0, length));
    this.kinds.set(kinds.subarray(0, length));
  }

  #end(text: string): void {
    if (this.length > 0 && this.kinds[this.length - 1] === SPACE) this.length--;
    const { length, at, kinds } = this;
    const last = length === 0 ? 0 : at[length - 1];
    const end = length === 0 ? 0 : last + unitsOf(text.codePointAt(last)!);
    at[length] = length === this.#clusterLength ? this.#clusterEnd : end;
    kinds.fill(SPACE, length, length + MARGIN);
  }
}

/** The entry of a lone surrogate. */
const LONE = MAPPED | SPECIAL | 0xfffd;
