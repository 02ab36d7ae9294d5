import type { Cut } from "./cutter.ts";
import { createGrams, type GramEncoder, gramWidth, walkGrams } from "./grams.ts";
import {
  boundaryOf,
  characterSymbols,
  createSymbols,
  LEFT_OUT,
  SPACE,
  START,
  START_CODE,
  type Symbolise,
  type WordChanges,
  wordSymbols,
} from "./symbols.ts";
import { hashOfPair, Trie } from "./trie.ts";
import { grown, hashOf, WordTable, writeCodes } from "./words.ts";

/** The features that a text has, in order of first occurrence. The object and its arrays are reused by the next text. */
export interface Found {
  features: Int32Array;
  /** How often the text has each. */
  counts: Int32Array;
  /** 1 or −1; of hashed terms that fall on one feature the signed sum over their number, else 1. */
  signs: Float64Array;
  size: number;
}

/** Finds the n-grams of an encoder in texts. */
export interface Finder {
  find(cut: Cut): Found;
  /** Visits every occurrence, by codes of the cut. */
  visit(cut: Cut, place: (feature: number, from: number, to: number) => void): void;
}

/** What `step` of a walk gives, and which feature with which sign that is; −1 for none. */
interface Lookup {
  readonly symbolise: Symbolise;
  step(parent: number, symbol: number): number;
  featureOf(node: number): number;
  signOf(node: number): number;
}

export function createFinder(encoder: GramEncoder, changes: WordChanges): Finder {
  const { symbolise, step, featureOf, signOf } =
    encoder.bits > 0 ? hashedLookup(encoder, changes) : listedLookup(encoder, changes);
  const boundary = boundaryOf(encoder);
  const symbols = createSymbols();
  const grams = createGrams();
  const width = gramWidth(encoder);
  /** Where a feature stands in what was found, if its stamp is this text's. */
  const positions = new Int32Array(width);
  const stamps = new Int32Array(width);
  let text = 0;
  const found: Found = { ...emptyFound(256), size: 0 };
  const walk = (cut: Cut): void => {
    symbolise(cut, symbols);
    walkGrams(symbols, encoder, boundary, step, grams);
  };
  return {
    find(cut) {
      walk(cut);
      text = nextStamp(text, stamps);
      if (found.features.length < grams.count) Object.assign(found, emptyFound(2 * grams.count));
      const { features, counts, signs } = found;
      let size = 0;
      for (let at = 0; at < grams.count; at++) {
        const feature = featureOf(grams.nodes[at]);
        if (feature < 0) continue;
        if (stamps[feature] !== text) {
          stamps[feature] = text;
          positions[feature] = size;
          features[size] = feature;
          counts[size] = 0;
          signs[size++] = 0;
        }
        counts[positions[feature]]++;
        signs[positions[feature]] += signOf(grams.nodes[at]);
      }
      for (let at = 0; at < size; at++) signs[at] /= counts[at];
      found.size = size;
      return found;
    },
    visit(cut, place) {
      walk(cut);
      const { starts, ends } = symbols;
      for (let at = 0; at < grams.count; at++) {
        const feature = featureOf(grams.nodes[at]);
        if (feature >= 0) place(feature, starts[grams.firsts[at]], ends[grams.lasts[at]]);
      }
    },
  };
}

/** Terms that are listed, as nodes of a tree; a node's value is its feature and 1 more. */
function listedLookup({ of, terms }: GramEncoder, changes: WordChanges): Lookup {
  const words = new WordTable();
  const trie = new Trie(terms.length + 1);
  const nodeOf = of === "words" ? wordNodes(trie, words) : characterNodes(trie);
  let codes: Int32Array = new Int32Array(256);
  terms.forEach((term, feature) => {
    if (term.length > codes.length) codes = grown(codes, term.length);
    trie.set(nodeOf(codes, writeCodes(term, codes)), feature + 1);
  });
  return {
    symbolise: of === "words" ? wordSymbols(changes, words.find.bind(words)) : characterSymbols,
    step: (parent, symbol) => trie.find(parent, symbol),
    featureOf: (node) => trie.value(node) - 1,
    signOf: () => 1,
  };
}

/** The node of the first `length` codes. */
type NodeOf = (codes: Int32Array, length: number) => number;

const characterNodes =
  (trie: Trie): NodeOf =>
  (codes, length) => {
    let node = 0;
    for (let at = 0; at < length; at++) node = trie.add(node, codes[at]);
    return node;
  };

const wordNodes =
  (trie: Trie, words: WordTable): NodeOf =>
  (codes, length) => {
    let node = 0;
    for (let from = 0, to = 0; from <= length; from = to + 1) {
      to = from;
      while (to < length && codes[to] !== SPACE) to++;
      const isStart = to === from + 1 && codes[from] === START_CODE;
      node = trie.add(node, isStart ? START : words.add(codes, from, to));
    }
    return node;
  };

/** Every n-gram by its hash: the low bits say which feature, the highest the sign (Weinberger et al. 2009). */
function hashedLookup({ of, bits }: GramEncoder, changes: WordChanges): Lookup {
  const mask = (1 << bits) - 1;
  return {
    symbolise: of === "words" ? wordSymbols(changes, wordHash) : characterSymbols,
    step: (parent, symbol) => hashOfPair(parent, symbol) || 1,
    featureOf: (node) => node & mask,
    signOf: (node) => (node < 0 ? -1 : 1),
  };
}

/** A word by its hash instead of a number; none is taken for the start of the text. */
const wordHash = (codes: Int32Array, from: number, to: number): number => {
  const hash = hashOf(codes, from, to);
  return hash === START || hash === LEFT_OUT ? 1 : hash;
};

const emptyFound = (length: number): Omit<Found, "size"> => ({
  features: new Int32Array(length),
  counts: new Int32Array(length),
  signs: new Float64Array(length),
});

/** Stamps are numbered up to 2^31 − 1, then anew. */
function nextStamp(text: number, stamps: Int32Array): number {
  if (text < 0x7fffffff) return text + 1;
  stamps.fill(0);
  return 1;
}
