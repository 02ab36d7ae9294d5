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
import { WordTable } from "./words.ts";

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
  const symbolise =
    range.of === "words" ? wordSymbols(changes, words.add.bind(words)) : characterSymbols;
  const boundary = boundaryOf(range);
  const symbols = createSymbols();
  const grams = createGrams();
  // A node's two numbers: how many texts held it, and the last that did.
  let trie = new Trie();
  let text = 0;
  let limit = mostNodes;
  const forget = (): void => {
    trie = withoutRare(trie);
    // Where little was rare the next round comes later, so that the work stays proportional to the texts.
    limit = Math.max(mostNodes, 2 * trie.size);
  };
  const step = (parent: number, symbol: number): number => trie.add(parent, symbol);
  return {
    add(cut) {
      text++;
      symbolise(cut, symbols);
      walkGrams(symbols, range, boundary, step, grams);
      for (let at = 0; at < grams.count; at++) {
        const node = grams.nodes[at];
        if (trie.second(node) !== text) trie.set(node, trie.first(node) + 1, text);
      }
      if (trie.size > limit) forget();
    },
    finish(selection) {
      const chosen = select(trie, selection);
      const termOf = range.of === "words" ? wordTerms(words) : characterTerm;
      return {
        terms: Array.from(chosen, (node) => termOf(trie.symbols(node))),
        counts: chosen.map((node) => trie.first(node)),
      };
    },
  };
}

/** Terms of words, the text of each word made once. */
function wordTerms(words: WordTable): (symbols: readonly number[]) => string {
  const texts = new Map<number, string>([[START, START_TEXT]]);
  const textOf = (word: number): string => {
    const text = texts.get(word) ?? words.text(word);
    texts.set(word, text);
    return text;
  };
  return (symbols) => symbols.map(textOf).join(" ");
}

const characterTerm = (symbols: readonly number[]): string => String.fromCodePoint(...symbols);

/** Nodes to keep, ascending. */
function select(trie: Trie, { least, most, size: room }: Selection): Int32Array {
  const fits: number[] = [];
  for (let node = 1; node < trie.size; node++) {
    const count = trie.first(node);
    if (count >= Math.max(1, least) && count <= most) fits.push(node);
  }
  if (fits.length <= room) return Int32Array.from(fits);
  fits.sort((a, b) => trie.first(b) - trie.first(a) || a - b);
  return Int32Array.from(fits.slice(0, room)).sort();
}

/** The nodes that more than one text held, with those that lead to them, in the order in which they came. */
function withoutRare(trie: Trie): Trie {
  const wanted = new Uint8Array(trie.size);
  for (let node = trie.size - 1; node > 0; node--) {
    if (trie.first(node) > 1) wanted[node] = 1;
    if (wanted[node] === 1) wanted[trie.parent(node)] = 1;
  }
  const kept = new Trie();
  const moved = new Int32Array(trie.size);
  for (let node = 1; node < trie.size; node++) {
    if (wanted[node] === 0) continue;
    moved[node] = kept.add(moved[trie.parent(node)], trie.symbol(node));
    kept.set(moved[node], trie.first(node), trie.second(node));
  }
  return kept;
}
