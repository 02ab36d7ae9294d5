import type { Table, TableColumn, TypedCell } from "@softmax/core";
import * as errors from "../errors.ts";
import { textBuilder } from "./columns.ts";
import type { Sniffed } from "./dialect.ts";
import { rowOfJson } from "./json.ts";
import { LINES, linesOf, type TextLine } from "./lines.ts";
import type { Piece } from "./pieces.ts";
import { recordReader } from "./records.ts";
import { type RowTaker, rowTaker } from "./row-taker.ts";
import type { Reject } from "./source.ts";

/** What a piece's reader must know of the source. Plain data, so that it can be sent to other threads. */
export type PiecePlan = DelimitedPlan | JsonLinesPlan;

interface Plan {
  readonly name: string;
  readonly skipBadRows: boolean;
}

export interface DelimitedPlan extends Plan {
  readonly format: "delimited";
  readonly sniffed: Sniffed;
  readonly header: readonly string[] | null;
  /** Of the columns. */
  readonly names: readonly string[];
  readonly decimal: "." | ",";
}

export interface JsonLinesPlan extends Plan {
  readonly format: "jsonl";
  readonly columns: readonly JsonColumn[];
  readonly decimal: "." | ",";
}

export interface JsonColumn {
  readonly name: string;
  readonly kind: "number" | "text";
}

/** What one piece holds. */
export interface PieceRows {
  readonly table: Table;
  /** Rows that are none; their lines count from 1 at the piece's start. Where none may be left out, the first ends the piece. */
  readonly rejects: readonly Reject[];
  readonly lines: number;
  readonly lineEnds: RowTaker["lineEnds"];
}

/** Reads one piece alone: what comes before and after it makes no difference to its rows. The first holds the header. */
export const readPiece = (plan: PiecePlan, piece: Piece, isFirst: boolean): PieceRows =>
  plan.format === "delimited" ? readRecords(plan, piece, isFirst) : readJson(plan, piece);

/** Ends a piece at its first bad row. */
const STOP = new Error("internal: a piece was not stopped at its bad row");

interface Book {
  readonly rejects: Reject[];
  accept(): void;
  reject(line: number, reason: string, text: string): void;
}

function pieceBook({ skipBadRows }: Plan): Book {
  const rejects: Reject[] = [];
  return {
    rejects,
    accept() {},
    reject(line, reason, text) {
      rejects.push({ line, reason, text });
      if (!skipBadRows) throw STOP;
    },
  };
}

/** Runs `work` up to the first bad row, or to the end where such rows are left out. */
function untilStopped(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (error !== STOP) throw error;
  }
}

function readRecords(plan: DelimitedPlan, piece: Piece, isFirst: boolean): PieceRows {
  const { name, sniffed, names, decimal } = plan;
  const book = pieceBook(plan);
  const columns = names.map(textBuilder);
  const header = isFirst ? null : plan.header;
  const taker = rowTaker({ name, sniffed, header, columns, book }, 0);
  untilStopped(() => taker.take(piece));
  const built = columns.map((builder, j) => builder.finish(names[j]));
  const table = { rows: built[0].codes.length, columns: built, decimal };
  return { table, rejects: book.rejects, lines: taker.lines, lineEnds: taker.lineEnds };
}

function readJson(plan: JsonLinesPlan, piece: Piece): PieceRows {
  const book = pieceBook(plan);
  const columns = new Map(plan.columns.map(({ name, kind }) => [name, jsonColumn(name, kind)]));
  const lineEnds = { cr: 0, lf: 0, crlf: 0 };
  let rows = 0;
  let lines = 0;
  const take = ({ line, text, fault }: TextLine): void => {
    const row = fault ?? rowOfJson(text);
    const reason = typeof row === "string" ? row : misfitOf(row, columns);
    if (typeof row === "string" || reason !== null) {
      book.reject(lines + line, reason as string, text);
      return;
    }
    for (const [name, column] of columns) column.add(row.get(name) ?? null);
    rows++;
  };
  const walk = (text: string): void => {
    const reader = recordReader(LINES);
    reader.push(text, true);
    for (const line of linesOf(reader, piece.damaged)) take(line);
    lines += reader.passed;
    for (const kind of ["cr", "lf", "crlf"] as const) lineEnds[kind] += reader.lineEnds[kind];
  };
  untilStopped(() => {
    let from = 0;
    for (const fault of piece.faults) {
      walk(piece.text.slice(from, fault.start));
      const text = piece.text.slice(fault.start, fault.end);
      take({ line: 1, text, fault: errors.brokenLine(text.length) });
      lines++;
      from = fault.after;
    }
    walk(piece.text.slice(from));
  });
  const built = Array.from(columns.values(), (column) => column.finish());
  const table = { rows, columns: built, decimal: plan.decimal };
  return { table, rejects: book.rejects, lines, lineEnds };
}

interface JsonBuilder {
  readonly kind: JsonColumn["kind"];
  add(cell: TypedCell): void;
  finish(): TableColumn;
}

function jsonColumn(name: string, kind: JsonColumn["kind"]): JsonBuilder {
  if (kind === "number") {
    const values: number[] = [];
    const add = (cell: TypedCell): void => {
      values.push(typeof cell === "number" ? cell : Number.NaN);
    };
    return { kind, add, finish: () => ({ kind, name, values: Float64Array.from(values) }) };
  }
  const texts = textBuilder();
  const add = (cell: TypedCell): void => texts.add(typeof cell === "number" ? String(cell) : cell);
  return { kind, add, finish: () => texts.finish(name) };
}

/** Why a row does not fit into the columns, or null. */
function misfitOf(
  row: ReadonlyMap<string, TypedCell>,
  columns: ReadonlyMap<string, JsonBuilder>,
): string | null {
  for (const [name, cell] of row) {
    const column = columns.get(name);
    if (column === undefined) return errors.lateColumn(name);
    if (column.kind === "number" && typeof cell === "string") return errors.lateText(name, cell);
  }
  return null;
}
