import * as errors from "../errors.ts";
import type { TextBuilder } from "./columns.ts";
import { isBlank, type Sniffed } from "./dialect.ts";
import { type Fault, isPlain, type Piece } from "./pieces.ts";
import { type RecordReader, recordReader, type TextRecord } from "./records.ts";
import type { LedgerBook } from "./rejects.ts";
import { MAX_CELL_LENGTH } from "./source.ts";

/** Where rows go, and what is known of them. */
export interface RowSink {
  /** The source, for sentences. */
  readonly name: string;
  readonly sniffed: Sniffed;
  /** The header's cells; null where it is still to come, or there is none. */
  readonly header: readonly string[] | null;
  readonly columns: readonly TextBuilder[];
  readonly book: Pick<LedgerBook, "accept" | "reject">;
}

/** Takes pieces of delimited text apart, row by row. */
export interface RowTaker {
  /** Throws where the header is broken, and what the book throws. */
  take(piece: Piece): void;
  readonly header: readonly string[] | null;
  /** Lines so far, those above the first piece among them. */
  readonly lines: number;
  readonly lineEnds: Readonly<RecordReader["lineEnds"]>;
  /** Whether a quoted cell was among the rows. */
  readonly hasQuoted: boolean;
}

type Record = Pick<TextRecord, "cells" | "quoted" | "line" | "problem" | "raw">;

/** `linesAbove`: lines of the source before the first piece. */
export function rowTaker(sink: RowSink, linesAbove: number): RowTaker {
  const { sniffed, columns, book } = sink;
  const { syntax, width } = sniffed;
  const starts = new Int32Array(width + 1);
  const state = {
    header: sink.header,
    lines: linesAbove,
    lineEnds: { cr: 0, lf: 0, crlf: 0 },
    hasQuoted: false,
  };

  function takeRecord(record: Record, damaged: string | null): void {
    if (isBlank(record)) return;
    if (sniffed.header && state.header === null) {
      state.header = headerOf(record, damaged);
      return;
    }
    const reason = faultOf(record, sniffed, state.header, damaged);
    if (reason !== null) {
      book.reject(state.lines + record.line, reason, record.raw());
      return;
    }
    state.hasQuoted ||= record.quoted > 0;
    for (let j = 0; j < width; j++) columns[j].add(record.cells[j]);
    book.accept();
  }

  /** The header's cells, an empty one for row names. */
  function headerOf(record: Record, damaged: string | null): string[] {
    const cells = [...record.cells];
    if (sniffed.rowNames && cells.length === width - 1) cells.unshift("");
    const fault = faultOf({ ...record, cells }, sniffed, null, damaged);
    if (fault !== null) throw errors.badHeader(sink.name, state.lines + record.line, fault);
    return cells.slice(0, width);
  }

  function walk(text: string, damaged: string | null): void {
    const reader = recordReader(syntax);
    reader.push(text, true);
    for (let record = reader.next(); record !== null; record = reader.next()) {
      takeRecord(record, damaged);
    }
    state.lines += reader.passed;
    for (const kind of ["cr", "lf", "crlf"] as const) {
      state.lineEnds[kind] += reader.lineEnds[kind];
    }
  }

  /** Lines [from, to) of a text without quotes: those that are rows go straight to the columns. */
  function takeLines(text: string, from: number, to: number, damaged: string | null): void {
    const delimiter = syntax.delimiter === null ? -1 : syntax.delimiter.charCodeAt(0);
    for (let at = from; at < to; ) {
      const start = at;
      let cells = 0;
      starts[0] = start;
      for (; at < to; at++) {
        const code = text.charCodeAt(at);
        if (code === delimiter) {
          if (++cells < width) starts[cells] = at + 1;
        } else if (code === LF || code === CR) break;
      }
      if (cells === width - 1 && isRow(text, start, at)) addRow(text, at);
      else if (at > start) {
        walk(text.slice(start, at), damaged);
        state.lines--;
      }
      if (at < to || at > start) state.lines++;
      if (at < to) at = passLineEnd(text, at, state.lineEnds);
    }
  }

  /** Whether a line of as many cells as a row has is one for certain. */
  const isRow = (text: string, from: number, to: number): boolean =>
    (state.header !== null || !sniffed.header) &&
    to - from <= MAX_CELL_LENGTH &&
    (width > 1 || text.slice(from, to).trim() !== "");

  function addRow(text: string, end: number): void {
    for (let j = 0; j < width - 1; j++) columns[j].add(text.slice(starts[j], starts[j + 1] - 1));
    columns[width - 1].add(text.slice(starts[width - 1], end));
    book.accept();
  }

  function takeFault(fault: Fault, text: string, damaged: string | null): void {
    const { start, end, after, lines, problem } = fault;
    const raw = (): string => text.slice(start, end);
    takeRecord({ cells: [], quoted: 0, line: 1, problem: { ...problem }, raw }, damaged);
    state.lines += lines;
    if (after > end) passLineEnd(text, end, state.lineEnds);
  }

  function take({ text, faults, damaged }: Piece): void {
    const isOdd = text.includes("\0") || text.includes("\ufffd");
    const isSimple = (syntax.delimiter ?? "").length < 2 && !isOdd;
    const takeSpan = (from: number, to: number): void => {
      const span = from === 0 && to === text.length ? text : text.slice(from, to);
      if (isSimple && isPlain(span, syntax)) takeLines(text, from, to, damaged);
      else walk(span, damaged);
    };
    let from = 0;
    for (const fault of faults) {
      takeSpan(from, fault.start);
      takeFault(fault, text, damaged);
      from = fault.after;
    }
    takeSpan(from, text.length);
  }

  return {
    take,
    get header() {
      return state.header;
    },
    get lines() {
      return state.lines;
    },
    lineEnds: state.lineEnds,
    get hasQuoted() {
      return state.hasQuoted;
    },
  };
}

/** Counts the line end at `at`; returns what follows it. */
function passLineEnd(text: string, at: number, lineEnds: RecordReader["lineEnds"]): number {
  if (text.charCodeAt(at) === LF) lineEnds.lf++;
  else if (text.charCodeAt(at + 1) === LF) {
    lineEnds.crlf++;
    return at + 2;
  } else lineEnds.cr++;
  return at + 1;
}

const CR = 13;
const LF = 10;

/** Why the record is no row, or null. */
function faultOf(
  record: Record,
  { width, trailing }: Sniffed,
  header: readonly string[] | null,
  damaged: string | null,
): string | null {
  const { cells, problem } = record;
  if (problem !== null) {
    const column = columnLabel(header, problem.column - 1);
    return errors.brokenRecord(column, problem.reason, record.raw());
  }
  if (cells.length !== width && !(trailing && cells.length === width + 1 && cells[width] === "")) {
    return errors.raggedRow(cells.length, width, record.raw());
  }
  for (let j = 0; j < width; j++) {
    if (cells[j].length > MAX_CELL_LENGTH) {
      return errors.longCell(columnLabel(header, j), cells[j].length, MAX_CELL_LENGTH);
    }
  }
  return badCharacter(cells, header, damaged);
}

function badCharacter(
  cells: readonly string[],
  header: readonly string[] | null,
  damaged: string | null,
): string | null {
  for (const [j, cell] of cells.entries()) {
    if (cell.includes("\0")) return errors.nulByte(columnLabel(header, j), cell);
    if (damaged !== null && cell.includes("\ufffd")) {
      return errors.badCharacters(columnLabel(header, j), damaged, cell);
    }
  }
  return null;
}

const columnLabel = (header: readonly string[] | null, j: number): string =>
  header?.[j] === undefined ? `${j + 1}` : `${j + 1} ("${header[j]}")`;
