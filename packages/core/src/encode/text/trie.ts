import { grown, mixed } from "./words.ts";

/** Numbers of a node in `entries`. */
const STRIDE = 4;

/**
 * Sequences of symbols as nodes of a tree: node 0 is the empty one, others are numbered from 1 as they come. A parent's
 * number is below its children's. Each node keeps two numbers for whoever uses the tree, 0 at first, beside what finds
 * it: in large trees each array more would be one more wait for memory.
 */
export class Trie {
  /** Parent, last symbol, and the two numbers of each node. */
  #entries: Int32Array = new Int32Array(STRIDE << 10);
  #slots: Int32Array = new Int32Array(1 << 11);
  #size = 1;

  /** Nodes, the empty sequence among them. */
  get size(): number {
    return this.#size;
  }

  parent(node: number): number {
    return this.#entries[STRIDE * node];
  }

  symbol(node: number): number {
    return this.#entries[STRIDE * node + 1];
  }

  first(node: number): number {
    return this.#entries[STRIDE * node + 2];
  }

  second(node: number): number {
    return this.#entries[STRIDE * node + 3];
  }

  set(node: number, first: number, second: number): void {
    this.#entries[STRIDE * node + 2] = first;
    this.#entries[STRIDE * node + 3] = second;
  }

  /** The node of a sequence and one symbol more, 0 where it is not there. */
  find(parent: number, symbol: number): number {
    return this.#slots[this.#slotOf(parent, symbol)];
  }

  /** The same, new where it was not there. */
  add(parent: number, symbol: number): number {
    const slot = this.#slotOf(parent, symbol);
    if (this.#slots[slot] !== 0) return this.#slots[slot];
    const node = this.#size++;
    this.#slots[slot] = node;
    const at = STRIDE * node;
    if (at === this.#entries.length) this.#entries = grown(this.#entries, at + STRIDE);
    this.#entries[at] = parent;
    this.#entries[at + 1] = symbol;
    if (2 * this.#size > this.#slots.length) this.#spread();
    return node;
  }

  /** The symbols of a node, first to last. */
  symbols(node: number): number[] {
    const list: number[] = [];
    for (let at = node; at > 0; at = this.parent(at)) list.push(this.symbol(at));
    return list.reverse();
  }

  #slotOf(parent: number, symbol: number): number {
    const entries = this.#entries;
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let slot = hashOfPair(parent, symbol) & mask; ; slot = (slot + 1) & mask) {
      const at = STRIDE * slots[slot];
      if (at === 0 || (entries[at] === parent && entries[at + 1] === symbol)) return slot;
    }
  }

  #spread(): void {
    const slots = new Int32Array(2 * this.#slots.length);
    const mask = slots.length - 1;
    for (let node = 1; node < this.#size; node++) {
      let slot = hashOfPair(this.parent(node), this.symbol(node)) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = node;
    }
    this.#slots = slots;
  }
}

/** Also the hash of a sequence, from that of all but its last symbol. */
export const hashOfPair = (parent: number, symbol: number): number =>
  mixed(Math.imul(parent, 0x9e3779b1) ^ Math.imul(symbol + 0x7f4a7c15, 0x85ebca77));
