import { Folder } from "./folder.ts";
import type { CutOptions } from "./options.ts";
import { cutRun } from "./segmenter.ts";
import {
  DIGIT,
  EMOJI,
  JOINER,
  KEYCAP,
  LETTER,
  LINK,
  MARK,
  MODIFIER,
  POINT,
  REGIONAL,
  SPACE,
  UNDERSCORE,
  UNSPACED,
} from "./unicode-tables.ts";

export type { CutOptions } from "./options.ts";
export { segmenterFingerprint } from "./segmenter.ts";

/** A text cut up. The object and its arrays are reused by the next call and may be longer than what they hold. */
export interface Cut {
  /** Folded code points; every run of white space is one U+0020; none at the start or end. */
  codes: Int32Array;
  length: number;
  /** Where each folded code point comes from: UTF-16 position in the text; at[length] is the end of the last one. */
  at: Int32Array;
  /** Tokens: half-open ranges of codes, in order, disjoint, never empty. */
  starts: Int32Array;
  ends: Int32Array;
  tokens: number;
  /** Whether Intl.Segmenter had a say (scripts without spaces). */
  segmented: boolean;
}

export type Cutter = (text: string) => Cut;

/** Most codes of a token of equal symbols: "!!!!!" and "!!!" are one word to a model. */
const REPEATS = 3;
const SMALL = 256;
const LARGE = 1 << 16;

const IN_WORD = new Uint8Array(16);
for (const kind of [LETTER, MARK, DIGIT, UNDERSCORE, JOINER]) IN_WORD[kind] = 1;

/**
 * A cutter of texts into folded code points and tokens, by the rules of docs/text.md ("How a text is cut"): the same in
 * every engine but where `segmented` says so. It never throws, and takes time linear in the length of the text.
 */
export function createCutter(options: CutOptions): Cutter {
  const cutting = new Cutting(options);
  return (text) => cutting.cut(text);
}

class Cutting {
  readonly #folder: Folder;
  readonly #cut: Cut;
  readonly #emit = (start: number, end: number): void => this.#token(start, end);

  constructor(options: CutOptions) {
    const folder = new Folder(options);
    this.#folder = folder;
    this.#cut = {
      codes: folder.codes,
      length: 0,
      at: folder.at,
      starts: new Int32Array(SMALL),
      ends: new Int32Array(SMALL),
      tokens: 0,
      segmented: false,
    };
  }

  cut(text: string): Cut {
    const folder = this.#folder;
    const cut = this.#cut;
    folder.fold(text);
    cut.codes = folder.codes;
    cut.length = folder.length;
    cut.at = folder.at;
    cut.tokens = 0;
    cut.segmented = false;
    if (cut.starts.length > LARGE && 4 * folder.length < cut.starts.length) this.#resize(SMALL);
    for (let k = 0; k < folder.length; ) k = this.#next(k);
    return cut;
  }

  /** Cuts what stands at k; returns where to go on. */
  #next(k: number): number {
    const kind = this.#folder.kinds[k];
    if (kind === SPACE) return k + 1;
    if (kind === UNSPACED) return this.#unspaced(k);
    if (IN_WORD[kind] === 0 && kind !== KEYCAP) return this.#symbol(k);
    const end = this.#wordEnd(k);
    this.#token(k, end);
    return end;
  }

  /** End of the word at k: letters, marks, digits, with apostrophes between letters and points between digits. */
  #wordEnd(k: number): number {
    const { kinds } = this.#folder;
    for (let end = k; ; end++) {
      const kind = kinds[end];
      if (IN_WORD[kind] === 1) continue;
      const before = end === k ? SPACE : kinds[end - 1];
      const after = kinds[end + 1];
      if (kind === LINK && (before === LETTER || before === MARK) && after === LETTER) continue;
      const between = before === DIGIT && after === DIGIT && kinds[end + 2] !== KEYCAP;
      if (kind === POINT && between) continue;
      if (kind !== KEYCAP) return end;
      if (before === DIGIT) return end - 1 > k ? end - 1 : end + 1;
    }
  }

  /** A run of letters without spaces and their marks. */
  #unspaced(k: number): number {
    const { kinds, codes } = this.#folder;
    let end = k + 1;
    let letters = 1;
    for (; kinds[end] === UNSPACED || kinds[end] === MARK; end++) {
      if (kinds[end] === UNSPACED) letters++;
    }
    if (letters === 1) this.#token(k, end);
    else if (cutRun(codes, k, end, this.#emit)) this.#cut.segmented = true;
    return end;
  }

  /** A symbol or emoji at k, or a run of one and the same. */
  #symbol(k: number): number {
    const { codes, length } = this.#folder;
    let end = this.#symbolEnd(k);
    if (end > k + 1) {
      this.#token(k, end);
      return end;
    }
    while (end < length && codes[end] === codes[k] && this.#symbolEnd(end) === end + 1) end++;
    this.#token(k, Math.min(end, k + REPEATS));
    return end;
  }

  /** End of one symbol with its marks: emoji joined to others or coloured, and flags, are one (UTS #51, ED-17). */
  #symbolEnd(k: number): number {
    const { kinds } = this.#folder;
    let end = k + 1;
    if (kinds[k] === REGIONAL && kinds[end] === REGIONAL) end++;
    if (kinds[k] === EMOJI) {
      if (kinds[end] === MODIFIER) end++;
      while (kinds[end] === JOINER && kinds[end + 1] === EMOJI) {
        end += kinds[end + 2] === MODIFIER ? 3 : 2;
      }
    }
    while (kinds[end] === MARK || kinds[end] === KEYCAP) end++;
    return end;
  }

  #token(start: number, end: number): void {
    const cut = this.#cut;
    if (cut.tokens === cut.starts.length) this.#resize(2 * cut.tokens);
    cut.starts[cut.tokens] = start;
    cut.ends[cut.tokens++] = end;
  }

  #resize(capacity: number): void {
    const cut = this.#cut;
    const { starts, ends } = cut;
    cut.starts = new Int32Array(capacity);
    cut.ends = new Int32Array(capacity);
    cut.starts.set(starts.subarray(0, cut.tokens));
    cut.ends.set(ends.subarray(0, cut.tokens));
  }
}
