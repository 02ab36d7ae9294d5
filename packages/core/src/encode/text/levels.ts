import { BOUNDARY, type SymbolStream } from "./stream.ts";
import { grown } from "./words.ts";

/** The n-grams of one length that enough texts hold, numbered from 1. */
export interface Level {
  /** The n-gram that starts at each place; 0 for none. */
  readonly numbers: Int32Array;
  readonly size: number;
  /** Of each n-gram: how many texts hold it, and the first place where it starts. */
  readonly held: Int32Array;
  readonly firsts: Int32Array;
}

/**
 * The n-grams of lengths 1 to `longest` that at least `least` texts hold, level by level (Agrawal & Srikant 1994: an n-gram
 * is in no more texts than its parts are). The boundary is kept at any number, alone only to lead to longer ones, which end
 * where they meet it.
 *
 * A level sorts the places by the n-gram before: what follows one n-gram is then counted in an array as long as there are
 * symbols, which a cache holds, where a table of all n-grams would wait for memory at every step.
 */
export function countLevels(stream: SymbolStream, longest: number, least: number): Level[] {
  const levels = [firstLevel(stream, least)];
  while (levels.length < longest) {
    const last = levels[levels.length - 1];
    levels.push(nextLevel(stream, last, levels.length + 1, least));
  }
  return levels;
}

function firstLevel({ symbols, texts, places, size }: SymbolStream, least: number): Level {
  const held = new Int32Array(size + 1);
  const firsts = new Int32Array(size + 1);
  const last = new Int32Array(size + 1).fill(-1);
  for (let place = 0; place < places; place++) {
    const symbol = symbols[place];
    if (last[symbol] === texts[place]) continue;
    last[symbol] = texts[place];
    if (held[symbol]++ === 0) firsts[symbol] = place;
  }
  const numbers = new Int32Array(places);
  for (let place = 0; place < places; place++) {
    const symbol = symbols[place];
    if (symbol === BOUNDARY || held[symbol] >= least) numbers[place] = symbol;
  }
  return { numbers, size, held, firsts };
}

/** Numbers that are kept for each symbol while the places after one n-gram are counted. */
const STRIDE = 4;

function nextLevel(stream: SymbolStream, before: Level, length: number, least: number): Level {
  const { symbols, texts } = stream;
  const { sorted, ends } = sortPlaces(stream, before, length);
  const numbers = new Int32Array(stream.places);
  // For each symbol: the n-gram it was last seen after, in how many texts, the last of them, and the number of both together.
  const seen = new Int32Array(STRIDE * (stream.size + 1));
  let held: Int32Array = new Int32Array(1 << 8);
  let firsts: Int32Array = new Int32Array(1 << 8);
  let size = 0;
  for (let gram = 1, start = 0; gram <= before.size; gram++) {
    const from = start;
    start = ends[gram];
    if (start - from < least) continue;
    for (let at = from; at < start; at++) {
      const place = sorted[at];
      const entry = STRIDE * symbols[place + length - 1];
      if (seen[entry] !== gram) {
        seen[entry] = gram;
        seen[entry + 1] = 1;
        seen[entry + 2] = texts[place];
        seen[entry + 3] = 0;
      } else if (seen[entry + 2] !== texts[place]) {
        seen[entry + 1]++;
        seen[entry + 2] = texts[place];
      }
    }
    for (let at = from; at < start; at++) {
      const place = sorted[at];
      const entry = STRIDE * symbols[place + length - 1];
      if (seen[entry + 1] < least) continue;
      if (seen[entry + 3] === 0) {
        seen[entry + 3] = ++size;
        if (size === held.length) {
          held = grown(held, size + 1);
          firsts = grown(firsts, size + 1);
        }
        held[size] = seen[entry + 1];
        firsts[size] = place;
      }
      numbers[place] = seen[entry + 3];
    }
  }
  return { numbers, size, held, firsts };
}

/** The places that may start an n-gram of this length, by the n-gram before; its places end at ends[n-gram]. */
function sortPlaces(
  { symbols, texts, places }: SymbolStream,
  { numbers, size }: Level,
  length: number,
): { sorted: Int32Array; ends: Int32Array } {
  const ends = new Int32Array(size + 2);
  const most = places - length + 1;
  const goesOn = (place: number): boolean =>
    numbers[place] !== 0 &&
    numbers[place + 1] !== 0 &&
    texts[place] === texts[place + length - 1] &&
    (length === 2 || symbols[place + length - 2] !== BOUNDARY);
  for (let place = 0; place < most; place++) if (goesOn(place)) ends[numbers[place] + 1]++;
  for (let gram = 1; gram <= size + 1; gram++) ends[gram] += ends[gram - 1];
  const sorted = new Int32Array(ends[size + 1]);
  for (let place = 0; place < most; place++) {
    if (goesOn(place)) sorted[ends[numbers[place]]++] = place;
  }
  return { sorted, ends };
}
