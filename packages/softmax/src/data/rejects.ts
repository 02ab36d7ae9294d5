import * as errors from "../errors.ts";
import { writeFileAtomically } from "./atomic.ts";
import { csvLine } from "./csv.ts";
import { openSink } from "./sink.ts";
import type { Ledger, ReadOptions, Reject } from "./source.ts";

/** Bad rows that a ledger names. */
export const KEPT = 20;

/** Keeps account of the rows of one source. */
export interface LedgerBook {
  /** Counts rows that are kept; one unless told otherwise. */
  accept(rows?: number): void;
  /** Counts a bad row; throws it as an error unless bad rows are to be left out. `file` is named where there are several. */
  reject(line: number, reason: string, text: string, file?: string): void;
  ledger(): Ledger;
  /** Every reject, where a file was asked for. */
  readonly all: readonly Reject[];
}

export function ledgerBook(
  name: string,
  options: ReadOptions,
  unit: "line" | "row" = "line",
): LedgerBook {
  const all: Reject[] = [];
  let accepted = 0;
  let rejected = 0;
  return {
    all,
    accept: (rows = 1) => {
      accepted += rows;
    },
    reject(line, reason, text, file) {
      if (!options.skipBadRows) throw errors.badRow(file ?? name, unit, line, reason);
      rejected++;
      if (options.rejectsPath === undefined && all.length >= KEPT) return;
      all.push({ line, reason: file === undefined ? reason : `${file}: ${reason}`, text });
    },
    ledger: () => ({ read: accepted + rejected, rejected, rejects: all.slice(0, KEPT) }),
  };
}

/** A file of the rows left out, as CSV: line, reason, text. */
export interface RejectsFile {
  add(reject: Reject): Promise<void>;
  /** Puts the file in its place. */
  close(): Promise<void>;
  /** Leaves no file. */
  abort(): Promise<void>;
}

export async function openRejects(path: string): Promise<RejectsFile> {
  const sink = await openSink(path);
  await sink.write(csvLine(["line", "reason", "text"]));
  return {
    add: ({ line, reason, text }) => sink.write(csvLine([String(line), reason, text])),
    close: sink.close,
    abort: sink.abort,
  };
}

/** Writes the rows left out. */
export async function writeRejects(path: string, rejects: readonly Reject[]): Promise<void> {
  const lines = rejects.map(({ line, reason, text }) => csvLine([String(line), reason, text]));
  await writeFileAtomically(path, [csvLine(["line", "reason", "text"]), ...lines].join(""));
}
