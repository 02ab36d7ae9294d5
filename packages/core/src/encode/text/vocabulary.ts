import type { Cut } from "./cutter.ts";
import { createGrams, type GramRange, walkGrams } from "./grams.ts";
import {
  boundaryOf,
  characterSymbols,
  createSymbols,
  START,
  START_TEXT,
  type WordChanges,
  wordSymbols,
} from "./symbols.ts";
import { Trie } from "./trie.ts";
import { grown, WordTable } from "./words.ts";

/** Which n-grams become features. */
export interface Selection {
  /** Texts that must hold a term, at least. */
  readonly least: number;
  /** Texts that may hold it, at most. */
  readonly most: number;
  /** Terms, at most: those in the most texts, the first of equals. */
  readonly size: number;
}

/** Terms in the order in which they first appeared, and how many texts hold each. */
export interface Terms {
  readonly terms: readonly string[];
  readonly counts: Int32Array;
}

export interface VocabularyLearner {
  /** Counts the n-grams of one more text. */
  add(cut: Cut): void;
  finish(selection: Selection): Terms;
}

/** n-grams counted at a time, at most; beyond, those that only one text held so far are forgotten. */
const MOST_NODES = 1 << 22;

/** Learns which n-grams the texts have, one text after another. `mostNodes` is for tests. */
export function createVocabulary(
  range: GramRange,
  changes: WordChanges,
  mostNodes: number = MOST_NODES,
): VocabularyLearner {
  const words = new WordTable();
  const symbolise = range.of === "words" ? wordSymbols(words, changes, true) : characterSymbols;
  const boundary = boundaryOf(range);
  const symbols = createSymbols();
  const grams = createGrams();
  let trie = new Trie();
  let counts: Int32Array = new Int32Array(1 << 10);
  let stamps: Int32Array = new Int32Array(1 << 10);
  let text = 0;
  let limit = mostNodes;
  const forget = (): void => {
    ({ trie, counts, stamps } = withoutRare(trie, counts, stamps));
    // Where little was rare the next round comes later, so that the work stays proportional to the texts.
    limit = Math.max(mostNodes, 2 * trie.size);
  };
  return {
    add(cut) {
      text++;
      symbolise(cut, symbols);
      walkGrams(symbols, range, boundary, (parent, symbol) => trie.add(parent, symbol), grams);
      if (trie.size > counts.length) {
        counts = grown(counts, trie.size);
        stamps = grown(stamps, trie.size);
      }
      for (let at = 0; at < grams.count; at++) {
        const node = grams.nodes[at];
        if (stamps[node] === text) continue;
        stamps[node] = text;
        counts[node]++;
      }
      if (trie.size > limit) forget();
    },
    finish(selection) {
      const chosen = select(counts, trie.size, selection);
      const textsOf = range.of === "words" ? wordTerm : characterTerm;
      return {
        terms: Array.from(chosen, (node) => textsOf(trie.symbols(node), words)),
        counts: chosen.map((node) => counts[node]),
      };
    },
  };
}

const wordTerm = (symbols: readonly number[], words: WordTable): string =>
  symbols.map((word) => (word === START ? START_TEXT : words.text(word))).join(" ");

const characterTerm = (symbols: readonly number[]): string => String.fromCodePoint(...symbols);

/** Nodes to keep, ascending. */
function select(
  counts: Int32Array,
  size: number,
  { least, most, size: room }: Selection,
): Int32Array {
  const fits: number[] = [];
  for (let node = 1; node < size; node++) {
    if (counts[node] >= Math.max(1, least) && counts[node] <= most) fits.push(node);
  }
  if (fits.length <= room) return Int32Array.from(fits);
  fits.sort((a, b) => counts[b] - counts[a] || a - b);
  return Int32Array.from(fits.slice(0, room)).sort();
}

/** The nodes that more than one text held, with those that lead to them, in the order in which they came. */
function withoutRare(
  trie: Trie,
  counts: Int32Array,
  stamps: Int32Array,
): { trie: Trie; counts: Int32Array; stamps: Int32Array } {
  const wanted = new Uint8Array(trie.size);
  for (let node = trie.size - 1; node > 0; node--) {
    if (counts[node] > 1) wanted[node] = 1;
    if (wanted[node] === 1) wanted[trie.parent(node)] = 1;
  }
  const kept = new Trie();
  const moved = new Int32Array(trie.size);
  const newCounts = new Int32Array(counts.length);
  const newStamps = new Int32Array(stamps.length);
  for (let node = 1; node < trie.size; node++) {
    if (wanted[node] === 0) continue;
    moved[node] = kept.add(moved[trie.parent(node)], trie.symbol(node));
    newCounts[moved[node]] = counts[node];
    newStamps[moved[node]] = stamps[node];
  }
  return { trie: kept, counts: newCounts, stamps: newStamps };
}
