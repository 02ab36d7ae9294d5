import {
  ACCENTS,
  DECOMPOSITIONS,
  FOLDINGS,
  JOINING,
  KINDS,
  RANKS,
  STROKES,
} from "./unicode-tables.ts";
import { mixed } from "./words.ts";

/** A value for each code point, in two stages: equal pages of 128 share one. */
export interface Paged<T extends Uint16Array | Int32Array> {
  readonly index: Uint16Array;
  readonly values: T;
}

export const PAGE = 128;
export const CODE_POINTS = 0x110000;

export const lookUp = (paged: Paged<Uint16Array | Int32Array>, code: number): number =>
  paged.values[(paged.index[code >> 7] << 7) | (code & 127)];

/** Properties of a code point: its kind in bits 0…3, flags, and the rank of its combining class from RANK_SHIFT on. */
export const KIND_MASK = 15;
export const JOINS_SCRIPT = 1 << 4;
export const ACCENT = 1 << 5;
/** It may merge with, or change places with, what stands before it. */
export const COMBINES = 1 << 6;
export const RANK_SHIFT = 7;

/** What the frozen version of Unicode says of code points. */
export interface CodePoints {
  readonly properties: Paged<Uint16Array>;
  /** Full canonical decompositions, with <wide> and <narrow> mappings; Hangul syllables are computed. */
  readonly decompositions: ReadonlyMap<number, readonly number[]>;
  /** Primary composites by `pairKey`; Hangul syllables are computed. */
  readonly composites: ReadonlyMap<number, number>;
  /** Full case foldings of what has no decomposition. */
  readonly foldings: ReadonlyMap<number, readonly number[]>;
  /** Base letters of Latin letters with a stroke, hook or the like. */
  readonly strokes: ReadonlyMap<number, readonly number[]>;
}

export const pairKey = (first: number, second: number): number => first * 0x200000 + second;

let known: CodePoints | undefined;

/** The tables, unpacked once, when they are first asked for. */
export function codePoints(): CodePoints {
  known ??= unpack();
  return known;
}

function unpack(): CodePoints {
  const steps = readMappings(DECOMPOSITIONS);
  const composites = new Map<number, number>();
  const seconds = new Set<number>();
  for (const [code, { to, composes }] of steps) {
    if (!composes) continue;
    composites.set(pairKey(to[0], to[1]), code);
    seconds.add(to[1]);
  }
  return {
    properties: readProperties(seconds),
    decompositions: decompose(steps),
    composites,
    foldings: targets(readMappings(FOLDINGS)),
    strokes: targets(readMappings(STROKES)),
  };
}

/** U+1161…U+1175 and U+11A8…U+11C2, the vowels and final consonants of Hangul syllables. */
const isHangulPart = (code: number): boolean =>
  (code >= 0x1161 && code <= 0x1175) || (code >= 0x11a8 && code <= 0x11c2);

function readProperties(seconds: ReadonlySet<number>): Paged<Uint16Array> {
  const values = new Uint16Array(CODE_POINTS);
  // Pages in which a run begins or ends: of two others, neighbours, all values are equal.
  const edges = new Uint8Array(CODE_POINTS / PAGE + 1);
  const markEdges = (from: number, to: number): void => {
    edges[from >> 7] = 1;
    edges[to >> 7] = 1;
  };
  readRuns(KINDS, (kind, from, to) => {
    values.fill(kind, from, to);
    markEdges(from, to);
  });
  const mark = (base64: string, bits: (value: number) => number): void =>
    readWideRuns(base64, (value, from, to) => {
      if (value === 0) return;
      const own = bits(value);
      for (let code = from; code < to; code++) values[code] |= own;
      markEdges(from, to);
    });
  mark(JOINING, () => JOINS_SCRIPT);
  mark(ACCENTS, () => ACCENT);
  mark(RANKS, (rank) => (rank << RANK_SHIFT) | COMBINES);
  const combine = (code: number): void => {
    values[code] |= COMBINES;
    markEdges(code, code + 1);
  };
  seconds.forEach(combine);
  for (let code = 0x1161; code <= 0x11c2; code++) if (isHangulPart(code)) combine(code);
  return paged(values, edges);
}

function paged(values: Uint16Array, edges: Uint8Array): Paged<Uint16Array> {
  const index = new Uint16Array(values.length / PAGE);
  const known = new Map<number, number>();
  let kept = new Uint16Array(512 * PAGE);
  let pages = 0;
  for (let page = 0; page < index.length; page++) {
    if (page > 0 && edges[page] === 0 && edges[page - 1] === 0) {
      index[page] = index[page - 1];
      continue;
    }
    const start = page * PAGE;
    let hash = 0;
    for (let i = start; i < start + PAGE; i++) hash = mixed(Math.imul(hash, 31) + values[i]);
    const same = known.get(hash);
    if (same !== undefined && sameAs(values, start, kept, same * PAGE)) {
      index[page] = same;
      continue;
    }
    if ((pages + 1) * PAGE > kept.length) kept = widened(kept);
    kept.set(values.subarray(start, start + PAGE), pages * PAGE);
    known.set(hash, pages);
    index[page] = pages++;
  }
  return { index, values: kept };
}

function sameAs(a: Uint16Array, at: number, b: Uint16Array, from: number): boolean {
  for (let i = 0; i < PAGE; i++) if (a[at + i] !== b[from + i]) return false;
  return true;
}

function widened(values: Uint16Array): Uint16Array<ArrayBuffer> {
  const wider = new Uint16Array(2 * values.length);
  wider.set(values);
  return wider;
}

interface Mapping {
  readonly to: readonly number[];
  readonly composes: boolean;
}

const targets = (mappings: ReadonlyMap<number, Mapping>): Map<number, readonly number[]> =>
  new Map([...mappings].map(([code, { to }]) => [code, to]));

/** Each mapping followed to its end: of what a code point becomes only the first may become more (UAX #15). */
function decompose(steps: ReadonlyMap<number, Mapping>): Map<number, readonly number[]> {
  const full = new Map<number, readonly number[]>();
  for (const [code, { to }] of steps) {
    let parts = to;
    for (let next = steps.get(to[0]); next !== undefined; next = steps.get(parts[0])) {
      parts = [...next.to, ...parts.slice(1)];
    }
    full.set(code, parts);
  }
  return full;
}

/** Reads what scripts/unicode-tables.mjs wrote; the forms are explained there. */
class Reader {
  readonly #bytes: string;
  #next = 0;

  constructor(base64: string) {
    this.#bytes = atob(base64);
  }

  get more(): boolean {
    return this.#next < this.#bytes.length;
  }

  byte(): number {
    return this.#bytes.charCodeAt(this.#next++);
  }

  varint(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
  }

  signed(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
}

type Run = (value: number, from: number, to: number) => void;

function readRuns(base64: string, run: Run): void {
  const reader = new Reader(base64);
  for (let from = 0; reader.more; ) {
    const byte = reader.byte();
    const length = (byte & 15) === 15 ? 15 + reader.varint() : byte & 15;
    run(byte >> 4, from, from + length);
    from += length;
  }
}

function readWideRuns(base64: string, run: Run): void {
  const reader = new Reader(base64);
  for (let from = 0; reader.more; ) {
    const value = reader.varint();
    const length = reader.varint();
    run(value, from, from + length);
    from += length;
  }
}

function readMappings(base64: string): Map<number, Mapping> {
  const reader = new Reader(base64);
  const mappings = new Map<number, Mapping>();
  let code = 0;
  let distance = 0;
  let first = 0;
  while (reader.more) {
    const head = reader.varint();
    const form = head & 7;
    code += head >> 3;
    let to: number[];
    if (form === 4) {
      to = [code + reader.signed(), code + reader.signed(), code + reader.signed()];
    } else if (form >= 2) {
      first += reader.signed();
      to = [first, 0x300 + reader.signed()];
    } else {
      if (form === 0) distance = reader.signed();
      to = [code + distance];
    }
    mappings.set(code, { to, composes: form === 2 });
  }
  return mappings;
}
