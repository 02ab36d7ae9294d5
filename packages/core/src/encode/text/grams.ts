/**
 * n-grams: `from` to `to` symbols in a row. Symbols are words, after one that stands for the start of the text, or
 * characters, with a space on either side of each run between spaces.
 */
export interface GramRange {
  readonly of: "words" | "characters";
  readonly from: number;
  readonly to: number;
}

/** n-grams of a text column as features. */
export interface GramEncoder extends GramRange {
  /** One feature each, in this order; empty where terms are hashed. */
  readonly terms: readonly string[];
  /** w, one a term; empty for 1. */
  readonly weights: Float64Array;
  /** Terms are hashed to 2^bits features, with a sign; 0: they are listed. */
  readonly bits: number;
}

/** Features of one kind of n-grams. */
export const gramWidth = ({ terms, bits }: Pick<GramEncoder, "terms" | "bits">): number =>
  bits > 0 ? 1 << bits : terms.length;

/** Bits of a hash, at most. */
export const MOST_BITS = 22;
/** The longest n-gram. */
export const MOST_SYMBOLS = 16;

/** A text's symbols. The object and its arrays are reused by the next text. */
export interface Symbols {
  list: Int32Array;
  count: number;
  /** Codes of the Cut that symbol i stands for: from starts[i] to ends[i]. */
  starts: Int32Array;
  ends: Int32Array;
}

/** n-grams of a text in order. The object and its arrays are reused by the next text. */
export interface Grams {
  /** What `step` gave for each. */
  nodes: Int32Array;
  /** Its first and last symbol. */
  firsts: Int32Array;
  lasts: Int32Array;
  count: number;
}

export const createGrams = (): Grams => ({
  nodes: new Int32Array(1 << 10),
  firsts: new Int32Array(1 << 10),
  lasts: new Int32Array(1 << 10),
  count: 0,
});

/**
 * Walks the n-grams of `symbols` and keeps those that `step` knows: it gets the node of all but the last symbol (0 for
 * none) and the last symbol, and returns the node of both, 0 for none. `boundary`, the symbol between runs, stands at an
 * end of an n-gram only, and alone is none.
 */
export function walkGrams(
  { list, count }: Symbols,
  { from, to }: GramRange,
  boundary: number,
  step: (parent: number, symbol: number) => number,
  out: Grams,
): void {
  let found = 0;
  const most = count * (to - from + 1);
  if (out.nodes.length < most) {
    out.nodes = new Int32Array(most);
    out.firsts = new Int32Array(most);
    out.lasts = new Int32Array(most);
  }
  const { nodes, firsts, lasts } = out;
  for (let first = 0; first < count; first++) {
    const end = Math.min(count, first + to);
    let node = 0;
    for (let at = first; at < end; at++) {
      node = step(node, list[at]);
      if (node === 0) break;
      const closes = list[at] === boundary && at > first;
      if (at - first + 1 >= from && (at > first || list[at] !== boundary)) {
        nodes[found] = node;
        firsts[found] = first;
        lasts[found++] = at;
      }
      if (closes) break;
    }
  }
  out.count = found;
}
