import { checkKind, checkNumber } from "../base/checks.ts";

/**
 * Keeps what a training has done so far, so that another process can go on with it to the same bytes. The caller sees to it that
 * a journal is of the same table and options: what it holds is taken at its word, beyond damage.
 */
export interface Journal {
  /** What was saved last under the key; null where nothing was. */
  load(key: string): Promise<Uint8Array | null>;
  /** Puts the bytes in the place of what was kept under the key: whole or not at all. Keys are small letters, digits and "-". */
  save(key: string, bytes: Uint8Array): Promise<void>;
  /** Milliseconds of work that may be lost. Default 30,000; 0: everything is saved at once. */
  readonly everyMs?: number;
}

const EVERY_MS = 30_000;

export const everyMsOf = ({ everyMs = EVERY_MS }: Journal): number => everyMs;

/** A journal whose keys all begin with `prefix` in the one that it is a part of. */
interface JournalPart extends Journal {
  readonly prefix?: string;
}

/** A key as the whole journal knows it. */
export const wholeKey = ({ prefix = "" }: JournalPart, key: string): string => prefix + key;

/** The part of a journal whose keys begin with `prefix`; null where there is none. */
export function journalPart(journal: JournalPart | undefined, prefix: string): JournalPart | null {
  if (journal === undefined) return null;
  return {
    load: (key) => journal.load(`${prefix}-${key}`),
    save: (key, bytes) => journal.save(`${prefix}-${key}`, bytes),
    everyMs: everyMsOf(journal),
    prefix: wholeKey(journal, `${prefix}-`),
  };
}

/** The option of a part of a training whose keys begin with `prefix`. */
export function partOption(
  journal: Journal | undefined,
  prefix: string,
): { readonly checkpoint?: Journal } {
  const part = journalPart(journal, prefix);
  return part === null ? {} : { checkpoint: part };
}

/** Throws TypeError and RangeError unless it is a Journal. */
export function checkJournal(journal: Journal | undefined): void {
  if (journal === undefined) return;
  const { load, save, everyMs } = journal ?? {};
  const holds = typeof load === "function" && typeof save === "function";
  checkKind("checkpoint", "an object that can load and save", journal, holds);
  if (everyMs !== undefined) checkNumber("checkpoint.everyMs", everyMs, 0, Number.MAX_VALUE);
}
