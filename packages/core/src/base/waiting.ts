/** Looks at a word before a thread lies down: calls follow each other within microseconds. */
const LOOKS = 4000;
/** A sleeper looks around so often, whatever happens to those who should wake it. */
const NAP_MS = 100;

/** Returns once a word of shared memory is not `from` any more, or after a nap. Not for the main thread of a page. */
export function awaitChange(words: Int32Array, word: number, from: number): void {
  for (let look = 0; look < LOOKS; look++) if (Atomics.load(words, word) !== from) return;
  Atomics.wait(words, word, from, NAP_MS);
}

/** Sets a word and wakes who waits for it. */
export function announceWord(words: Int32Array, word: number, value: number): void {
  Atomics.store(words, word, value);
  Atomics.notify(words, word);
}
