import * as errors from "../errors.ts";
import type { Ledger, Reject } from "./source.ts";

const KEPT = 20;

/** Keeps account of the rows of one source. */
export interface LedgerBook {
  accept(): void;
  /** Counts a bad row; throws it as an error unless bad rows are to be left out. */
  reject(line: number, reason: string, text: string): void;
  ledger(): Ledger;
  /** Every reject, where a file was asked for. */
  readonly all: readonly Reject[];
}

export function ledgerBook(name: string, skipBadRows: boolean, keepAll: boolean): LedgerBook {
  const all: Reject[] = [];
  let accepted = 0;
  let rejected = 0;
  return {
    all,
    accept: () => {
      accepted++;
    },
    reject(line, reason, text) {
      if (!skipBadRows) throw errors.badRow(name, line, reason);
      rejected++;
      if (keepAll || all.length < KEPT) all.push({ line, reason, text });
    },
    ledger: () => ({ read: accepted + rejected, rejected, rejects: all.slice(0, KEPT) }),
  };
}
