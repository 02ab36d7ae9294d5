import { Cluster } from "./cluster.ts";
import { CODE_POINTS, COMBINES, codePoints, KIND_MASK, lookUp, PAGE } from "./code-points.ts";
import type { CutOptions } from "./options.ts";
import { IGNORED, JOINER, SPACE } from "./unicode-tables.ts";
import { grown } from "./words.ts";

/** An entry: the folded code in bits 0…20 (where MAPPED), its kind from KIND_SHIFT on, and flags. */
export const CODE_MASK = 0x1fffff;
export const KIND_SHIFT = 21;
/** Bits 0…20 hold a code, or the number of an expansion; without it a code point stands for itself. */
export const MAPPED = 1 << 25;
/** It becomes more than one code. */
export const EXPANDS = 1 << 26;
/** It merges with, or changes places with, what stands before it. */
export const MERGES = 1 << 27;
/** It is not simply one code in the place of one UTF-16 unit. */
export const SPECIAL = 1 << 28;

/** Every entry of a page that was not made yet: the loop over plain code points stops at it. */
const PENDING = SPECIAL;

/** What becomes of each code point that stands alone. A page of entries is made when a text first needs it. */
export class Folding {
  /** Page 0 stands for all that were not made. */
  readonly index = new Uint16Array(CODE_POINTS / PAGE);
  values: Int32Array = new Int32Array(16 * PAGE).fill(PENDING, 0, PAGE);
  readonly expansions: number[][] = [];
  #pages = 1;
  readonly #cluster: Cluster;
  /** Of pages that no mapping touches, what they follow from: one serves all. */
  readonly #plain = new Map<number, number>();

  constructor(options: CutOptions) {
    this.#cluster = new Cluster(options);
  }

  /** Makes the page of a code point; false where it was there. */
  prepare(code: number): boolean {
    if (this.index[code >> 7] !== 0) return false;
    this.index[code >> 7] = this.#pageOf(code >> 7);
    return true;
  }

  entryOf(code: number): number {
    this.prepare(code);
    return this.values[(this.index[code >> 7] << 7) | (code & 127)];
  }

  #pageOf(page: number): number {
    if (isTouched(page)) return this.#make(page);
    const key = codePoints().properties.index[page] * 2 + (page >= 0x10000 / PAGE ? 1 : 0);
    const known = this.#plain.get(key) ?? this.#make(page);
    this.#plain.set(key, known);
    return known;
  }

  #make(page: number): number {
    const start = this.#pages * PAGE;
    if (start === this.values.length) this.values = grown(this.values, start + PAGE);
    for (let i = 0; i < PAGE; i++) this.values[start + i] = this.#entry(page * PAGE + i);
    return this.#pages++;
  }

  #entry(code: number): number {
    const to = isChanged(code) ? folded(code, this.#cluster) : [code];
    return entryOf(code, to, this.expansions);
  }
}

const made: Folding[] = [];

/** The folding for these options, made once. */
export function foldingOf({ foldCase, foldAccents }: CutOptions): Folding {
  const number = (foldCase ? 1 : 0) + (foldAccents ? 2 : 0);
  made[number] ??= new Folding({ foldCase, foldAccents });
  return made[number];
}

function isChanged(code: number): boolean {
  const { decompositions, foldings, strokes } = codePoints();
  return decompositions.has(code) || foldings.has(code) || strokes.has(code) || code === 0x2019;
}

/** Whether some code point of a page has more than its properties. */
function isTouched(page: number): boolean {
  if (page >= 0xd800 / PAGE && page <= 0xdfff / PAGE) return true;
  for (let i = 0; i < PAGE; i++) if (isChanged(page * PAGE + i)) return true;
  return false;
}

function folded(code: number, cluster: Cluster): number[] {
  cluster.clear();
  cluster.push(code, 0);
  cluster.finish();
  return [...cluster.codes.subarray(0, cluster.length)];
}

function entryOf(code: number, to: number[], expansions: number[][]): number {
  const { properties, decompositions } = codePoints();
  if (code >= 0xd800 && code <= 0xdfff) return MAPPED | SPECIAL | 0xfffd;
  const expands = to.length > 1;
  const first = decompositions.get(code)?.[0] ?? code;
  const merges = (lookUp(properties, first) & COMBINES) !== 0;
  const kind = lookUp(properties, to[0]) & KIND_MASK;
  const never = kind === SPACE || kind === IGNORED || kind === JOINER;
  return (
    (kind << KIND_SHIFT) |
    (expands || to[0] !== code ? MAPPED | (expands ? expansions.push(to) - 1 : to[0]) : 0) |
    (expands ? EXPANDS : 0) |
    (merges && kind !== IGNORED ? MERGES : 0) |
    (expands || merges || never || code > 0xffff ? SPECIAL : 0)
  );
}
