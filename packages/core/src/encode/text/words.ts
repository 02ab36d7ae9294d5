/** Tokens by number: each different run of code points once, in order of first appearance, from 1. */
export class WordTable {
  #codes: Int32Array = new Int32Array(1 << 12);
  /** Where the codes of word w start; those of w + 1 follow. */
  #starts: Int32Array = new Int32Array(1 << 10);
  /** Entries 2 s and 2 s + 1: the word in slot s, 0 for none, and its hash. */
  #slots: Int32Array = new Int32Array(1 << 12);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The number of codes[from, to), 0 where it is not there. */
  find(codes: Int32Array, from: number, to: number): number {
    return this.#slots[this.#slotOf(codes, from, to, hashOf(codes, from, to))];
  }

  /** The number of codes[from, to), new where it was not there. */
  add(codes: Int32Array, from: number, to: number): number {
    const hash = hashOf(codes, from, to);
    const slot = this.#slotOf(codes, from, to, hash);
    if (this.#slots[slot] !== 0) return this.#slots[slot];
    const word = ++this.#size;
    this.#slots[slot] = word;
    this.#slots[slot + 1] = hash;
    this.#keep(word, codes, from, to);
    if (4 * this.#size > this.#slots.length) this.#slots = spread(this.#slots);
    return word;
  }

  text(word: number): string {
    return textOf(this.#codes.subarray(this.#starts[word], this.#starts[word + 1]));
  }

  #slotOf(codes: Int32Array, from: number, to: number, hash: number): number {
    const slots = this.#slots;
    const mask = slots.length - 2;
    for (let slot = (2 * hash) & mask; ; slot = (slot + 2) & mask) {
      const word = slots[slot];
      if (word === 0) return slot;
      if (slots[slot + 1] === hash && this.#holds(word, codes, from, to)) return slot;
    }
  }

  #holds(word: number, codes: Int32Array, from: number, to: number): boolean {
    const start = this.#starts[word];
    if (this.#starts[word + 1] - start !== to - from) return false;
    const own = this.#codes;
    for (let at = from; at < to; at++) if (own[start + at - from] !== codes[at]) return false;
    return true;
  }

  #keep(word: number, codes: Int32Array, from: number, to: number): void {
    if (word + 2 > this.#starts.length) this.#starts = grown(this.#starts, word + 2);
    const start = this.#starts[word];
    const end = start + to - from;
    if (end > this.#codes.length) this.#codes = grown(this.#codes, end);
    for (let at = from; at < to; at++) this.#codes[start + at - from] = codes[at];
    this.#starts[word + 1] = end;
  }
}

/** Length of slots for so many numbers, half of them free: a power of 2. */
export function slotsFor(count: number): number {
  let length = 4;
  while (length < 4 * count) length *= 2;
  return length;
}

/** Pairs of a number above 0 and its hash, in twice as many slots. */
export function spread(old: Int32Array): Int32Array {
  const slots = new Int32Array(2 * old.length);
  const mask = slots.length - 2;
  for (let from = 0; from < old.length; from += 2) {
    if (old[from] === 0) continue;
    let slot = (2 * old[from + 1]) & mask;
    while (slots[slot] !== 0) slot = (slot + 2) & mask;
    slots[slot] = old[from];
    slots[slot + 1] = old[from + 1];
  }
  return slots;
}

/** FNV-1a over code points, its last bits mixed (MurmurHash3's finaliser). */
export function hashOf(codes: Int32Array, from: number, to: number): number {
  let hash = 0x811c9dc5;
  for (let at = from; at < to; at++) hash = Math.imul(hash ^ codes[at], 0x01000193);
  return mixed(hash);
}

/** MurmurHash3's finaliser: every bit of the result depends on every bit of the number. */
export function mixed(number: number): number {
  let hash = number ^ (number >>> 16);
  hash = Math.imul(hash, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

/** The array with room for at least `length` numbers. */
export function grown(array: Int32Array, length: number): Int32Array {
  const larger = new Int32Array(Math.max(length, 2 * array.length));
  larger.set(array);
  return larger;
}

const AT_ONCE = 4096;

export function textOf(codes: Int32Array): string {
  let text = "";
  for (let at = 0; at < codes.length; at += AT_ONCE) {
    text += String.fromCodePoint(...codes.subarray(at, at + AT_ONCE));
  }
  return text;
}

/** Writes the code points of a text to `out`, which has room for text.length of them; returns their number. */
export function writeCodes(text: string, out: Int32Array): number {
  let length = 0;
  for (let i = 0; i < text.length; length++) {
    const code = text.codePointAt(i)!;
    out[length] = code;
    i += code > 0xffff ? 2 : 1;
  }
  return length;
}

export function codesOf(text: string): Int32Array {
  const codes = new Int32Array(text.length);
  return codes.subarray(0, writeCodes(text, codes));
}
