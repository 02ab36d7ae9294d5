import type { Journal } from "../../src/classifier/journal.ts";

export type Save = readonly [key: string, bytes: Uint8Array];

/** A journal in memory that begins with these saves, and the saves that follow. */
export function memoryJournal(saves: readonly Save[] = [], everyMs = 0) {
  const kept = new Map(saves);
  const history: Save[] = [];
  const journal: Journal = {
    everyMs,
    load: async (key) => kept.get(key) ?? null,
    async save(key, bytes) {
      kept.set(key, bytes.slice());
      history.push([key, bytes.slice()]);
    },
  };
  return { journal, history, kept };
}
