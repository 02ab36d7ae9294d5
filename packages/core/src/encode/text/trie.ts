import { grown, mixed, slotsFor, spread } from "./words.ts";

/** Numbers of a node in `entries`. */
const STRIDE = 3;

/**
 * Sequences of symbols as nodes of a tree: node 0 is the empty one, others are numbered from 1 as they come. A parent's
 * number is below its children's. Each node keeps a number for whoever uses the tree, 0 at first, beside what finds it: in
 * large trees each array more would be one more wait for memory.
 */
export class Trie {
  /** Parent, last symbol and value of each node. */
  #entries: Int32Array;
  /** Entries 2 s and 2 s + 1: the node in slot s, 0 for none, and its hash. */
  #slots: Int32Array;
  #size = 1;

  /** With room for so many nodes before it grows. */
  constructor(nodes = 1 << 10) {
    this.#entries = new Int32Array(STRIDE * nodes);
    this.#slots = new Int32Array(slotsFor(nodes));
  }

  /** Nodes, the empty sequence among them. */
  get size(): number {
    return this.#size;
  }

  value(node: number): number {
    return this.#entries[STRIDE * node + 2];
  }

  set(node: number, value: number): void {
    this.#entries[STRIDE * node + 2] = value;
  }

  /** The node of a sequence and one symbol more, 0 where it is not there. */
  find(parent: number, symbol: number): number {
    return this.#slots[this.#slotOf(parent, symbol, hashOfPair(parent, symbol))];
  }

  /** The same, new where it was not there. */
  add(parent: number, symbol: number): number {
    const hash = hashOfPair(parent, symbol);
    const slot = this.#slotOf(parent, symbol, hash);
    if (this.#slots[slot] !== 0) return this.#slots[slot];
    const node = this.#size++;
    this.#slots[slot] = node;
    this.#slots[slot + 1] = hash;
    const at = STRIDE * node;
    if (at >= this.#entries.length) this.#entries = grown(this.#entries, at + STRIDE);
    this.#entries[at] = parent;
    this.#entries[at + 1] = symbol;
    if (4 * this.#size > this.#slots.length) this.#slots = spread(this.#slots);
    return node;
  }

  #slotOf(parent: number, symbol: number, hash: number): number {
    const entries = this.#entries;
    const slots = this.#slots;
    const mask = slots.length - 2;
    for (let slot = (2 * hash) & mask; ; slot = (slot + 2) & mask) {
      const node = slots[slot];
      if (node === 0) return slot;
      if (slots[slot + 1] !== hash) continue;
      if (entries[STRIDE * node] === parent && entries[STRIDE * node + 1] === symbol) return slot;
    }
  }
}

/** Also the hash of a sequence, from that of all but its last symbol. */
export const hashOfPair = (parent: number, symbol: number): number =>
  mixed(Math.imul(parent, 0x9e3779b1) ^ Math.imul(symbol + 0x7f4a7c15, 0x85ebca77));
