import { damagedPart } from "../../base/checks.ts";
import { sha256 } from "../../file/sha256.ts";
import type { Journal } from "../journal.ts";
import { Part } from "../records.ts";
import type { Judgement } from "./judging.ts";

/** Judgements in a journal, by the way of training and the round: what is there is not done again. */
export interface Kept {
  load(way: string, round: number): Promise<Judgement | null>;
  save(way: string, round: number, judgement: Judgement): Promise<void>;
}

export const NOTHING_KEPT: Kept = { load: async () => null, save: async () => {} };

interface Stored {
  readonly way: string;
  readonly judgement: Judgement;
}

/** Throws a SoftmaxError "data" where what was kept is damaged. */
export function keptIn(journal: Journal): Kept {
  const partOf = (way: string, round: number): Part<Stored> =>
    new Part<Stored>(journal, `tune-${round}-${hashOf(way)}`);
  return {
    async load(way, round) {
      const part = partOf(way, round);
      const stored = await part.load();
      if (stored === null) return null;
      const { judgement } = stored;
      const verdict = judgement?.verdict;
      const whole =
        stored.way === way &&
        (verdict === null ||
          [verdict?.losses, verdict?.bare].every((part) => part instanceof Float64Array));
      if (!whole) throw damagedPart(part.name, "it is of another way of training");
      return judgement;
    },
    async save(way, round, judgement) {
      const part = partOf(way, round);
      part.put({ way, judgement });
      await part.flush();
    },
  };
}

/** Part of a hash in hexadecimal digits. */
export const hashOf = (text: string): string =>
  Array.from(sha256(new TextEncoder().encode(text)).subarray(0, 12), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
