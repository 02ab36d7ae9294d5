import * as errors from "../errors.ts";
import { lineEndOf } from "./delimited.ts";
import type { PieceRows } from "./piece-reader.ts";
import { type LedgerBook, ledgerBook, type RejectsFile } from "./rejects.ts";
import type { RowStream } from "./row-stream.ts";
import type { Dialect, Ledger } from "./source.ts";

/** What a stream's pieces held, once all are taken. */
export interface Account {
  readonly rows: number;
  readonly ledger: Ledger;
  readonly dialect: Dialect;
  /** Sentences about what was understood. */
  readonly remarks: string[];
}

export interface PieceAccount {
  /** Takes what the next piece held. Throws at a bad row, unless such rows are left out. */
  take(piece: Pick<PieceRows, "rejects" | "lines" | "lineEnds">, rows: number): Promise<void>;
  /** Throws where there was no row. */
  close(): Account;
}

/** Counts rows and lines of a stream, piece by piece. */
export function pieceAccount(stream: RowStream, rejects: RejectsFile | null): PieceAccount {
  const { name, plan, dialect } = stream;
  const book: LedgerBook = ledgerBook(name, { skipBadRows: plan.skipBadRows });
  const lineEnds = { cr: 0, lf: 0, crlf: 0 };
  let rows = 0;
  let lines = stream.linesAbove;
  return {
    async take(piece, more) {
      for (const { line, reason, text } of piece.rejects) {
        book.reject(lines + line, reason, text);
        await rejects?.add({ line: lines + line, reason, text });
      }
      book.accept(more);
      rows += more;
      lines += piece.lines;
      for (const kind of ["cr", "lf", "crlf"] as const) lineEnds[kind] += piece.lineEnds[kind];
    },
    close() {
      const ledger = book.ledger();
      if (ledger.read === 0) {
        throw plan.format === "delimited" ? errors.noRows(name) : errors.emptySource(name);
      }
      if (rows === 0) throw errors.allRejected(name, ledger.rejected, ledger.rejects[0].reason);
      const lineEnd = plan.format === "delimited" ? lineEndOf(lineEnds) : dialect.lineEnd;
      return { rows, ledger, dialect: { ...dialect, lineEnd }, remarks: stream.remarks() };
    },
  };
}
