import { Cluster } from "./cluster.ts";
import { COMBINES, codePoints, KIND_MASK, lookUp, PAGE, type Paged } from "./code-points.ts";
import type { CutOptions } from "./options.ts";
import { IGNORED, JOINER, SPACE } from "./unicode-tables.ts";

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

/** What becomes of each code point that stands alone. */
export interface Folding {
  readonly entries: Paged<Int32Array>;
  readonly expansions: readonly (readonly number[])[];
}

const made: Folding[] = [];

/** The folding for these options, made once. */
export function foldingOf({ foldCase, foldAccents }: CutOptions): Folding {
  const number = (foldCase ? 1 : 0) + (foldAccents ? 2 : 0);
  made[number] ??= makeFolding({ foldCase, foldAccents });
  return made[number];
}

function makeFolding(options: CutOptions): Folding {
  const { properties, decompositions, foldings, strokes } = codePoints();
  const changes = new Set([...decompositions.keys(), ...foldings.keys(), ...strokes.keys()]);
  changes.add(0x2019);
  const cluster = new Cluster(options);
  const expansions: number[][] = [];
  const makePage = (page: number): Int32Array => {
    const entries = new Int32Array(PAGE);
    for (let i = 0; i < PAGE; i++) {
      const code = page * PAGE + i;
      entries[i] = entryOf(code, changes.has(code) ? folded(code, cluster) : [code], expansions);
    }
    return entries;
  };
  const touched = new Set([...changes].map((code) => code >> 7));
  for (let page = 0xd800 >> 7; page <= 0xdfff >> 7; page++) touched.add(page);
  return { entries: inPages(properties.index, touched, makePage), expansions };
}

/** Pages that nothing touches follow from their properties alone, and from being above the BMP: one serves all. */
function inPages(
  properties: Uint16Array,
  touched: ReadonlySet<number>,
  makePage: (page: number) => Int32Array,
): Paged<Int32Array> {
  const pages: Int32Array[] = [];
  const untouched = new Map<number, number>();
  const index = properties.map((same, page) => {
    const key = same * 2 + (page >= 0x10000 / PAGE ? 1 : 0);
    const before = touched.has(page) ? undefined : untouched.get(key);
    if (before !== undefined) return before;
    if (!touched.has(page)) untouched.set(key, pages.length);
    return pages.push(makePage(page)) - 1;
  });
  const values = new Int32Array(pages.length * PAGE);
  for (const [i, page] of pages.entries()) values.set(page, i * PAGE);
  return { index, values };
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
