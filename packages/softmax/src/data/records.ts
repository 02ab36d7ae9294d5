/**
 * Delimited text cut into records, as RFC 4180 has it, with every line end (CR, LF, CRLF) in any mixture, any delimiter,
 * and the line number of each record.
 *
 * A quote opens a quoted cell at the cell's start, or after spaces that follow the delimiter; elsewhere it is text. Inside,
 * a doubled quote is one quote. After the closing quote only spaces, the delimiter or a line end may follow. A record
 * that breaks this ends at its first line end, so that one bad line costs no other.
 */

export interface RecordSyntax {
  /** One or more characters; null for one cell a line. */
  readonly delimiter: string | null;
  /** One character, or null where quotes are text. */
  readonly quote: string | null;
}

export type RecordProblem = "unclosed quote" | "text after the closing quote" | "too long";

/** One record. The object and its cells are reused by the next call. */
export interface TextRecord {
  cells: string[];
  /** How many of the cells were quoted. */
  quoted: number;
  /** The line it starts on, from 1, and how many it takes. */
  line: number;
  lines: number;
  /** Where it stands in the text that was pushed last, with what was left of the one before in front: first character, line end, and what follows. */
  start: number;
  end: number;
  after: number;
  /** The column it went wrong in, from 1, with what was wrong. */
  problem: { column: number; reason: RecordProblem } | null;
  /** The record's own text, without its line end. */
  raw(): string;
}

export interface RecordReader {
  /** Adds text; `final` says that no more will come. */
  push(text: string, final: boolean): void;
  /** The next whole record, or null where more text is needed or none is left. */
  next(): TextRecord | null;
  /** Lines of the records so far. */
  readonly passed: number;
  /** Line ends seen outside quotes. */
  readonly lineEnds: { cr: number; lf: number; crlf: number };
}

/** A record of more characters than this is taken for an unclosed quote or a file that is no table, and cut after them. */
export const MAX_RECORD_LENGTH = 1 << 24;

const CR = 13;
const LF = 10;
const SPACE = 32;

/** Where a cell ended, or why it did not. */
const MORE = -1;
const UNCLOSED = -2;
const TRAILING = -3;

/** `withCells` false leaves the cells empty, for those who only look for where records end. */
export function recordReader(syntax: RecordSyntax, withCells = true): RecordReader {
  const delimiter = syntax.delimiter ?? "";
  const delimiterCode = delimiter === "" ? -1 : delimiter.charCodeAt(0);
  const delimiterLength = delimiter.length;
  const quote = syntax.quote ?? "";
  const quoteCode = quote === "" ? -1 : quote.charCodeAt(0);
  const lineEnds = { cr: 0, lf: 0, crlf: 0 };
  const cells: string[] = [];
  let text = "";
  let final = false;
  let position = 0;
  let line = 1;
  let cell = "";
  let start = 0;
  let closedAt = 0;
  const record: TextRecord = {
    cells,
    quoted: 0,
    line: 1,
    lines: 0,
    start: 0,
    end: 0,
    after: 0,
    problem: null,
    raw: () => text.slice(record.start, record.end),
  };

  const atDelimiter = (at: number): boolean =>
    text.charCodeAt(at) === delimiterCode &&
    (delimiterLength === 1 || text.startsWith(delimiter, at));

  function plainCell(from: number): number {
    const length = text.length;
    let at = from;
    for (; at < length; at++) {
      const code = text.charCodeAt(at);
      if (code === LF || code === CR || (code === delimiterCode && atDelimiter(at))) break;
    }
    if (withCells) cell = text.slice(from, at);
    return at;
  }

  /** `from` is the first character after the opening quote. */
  function quotedCell(from: number): number {
    let parts = "";
    let begin = from;
    for (;;) {
      const close = text.indexOf(quote, begin);
      if (close - from > MAX_RECORD_LENGTH) return UNCLOSED;
      if (close < 0 || (close + 1 === text.length && !final)) {
        return final || text.length - from > MAX_RECORD_LENGTH ? UNCLOSED : MORE;
      }
      if (text.charCodeAt(close + 1) !== quoteCode || close + 1 === text.length) {
        if (withCells) cell = parts + text.slice(begin, close);
        return afterQuote(close + 1);
      }
      if (withCells) parts += text.slice(begin, close + 1);
      begin = close + 2;
    }
  }

  function afterQuote(from: number): number {
    closedAt = from;
    let at = from;
    while (text.charCodeAt(at) === SPACE && delimiterCode !== SPACE) at++;
    if (at === text.length) return final ? at : MORE;
    const mayGoOn = !final && at + delimiterLength > text.length;
    if (mayGoOn && delimiter.startsWith(text.slice(at))) return MORE;
    const code = text.charCodeAt(at);
    return code === LF || code === CR || atDelimiter(at) ? at : TRAILING;
  }

  function anyCell(from: number): number {
    if (quoteCode < 0) return plainCell(from);
    if (text.charCodeAt(from) === quoteCode) {
      const at = quotedCell(from + 1);
      if (at >= 0) record.quoted++;
      return at;
    }
    if (text.charCodeAt(from) === SPACE) return spacedCell(from);
    return plainCell(from);
  }

  /** `, "a"` is a quoted cell; ` "a" said he` is text. */
  function spacedCell(from: number): number {
    let at = from + 1;
    while (text.charCodeAt(at) === SPACE) at++;
    if (text.charCodeAt(at) !== quoteCode || delimiterCode === SPACE) return plainCell(from);
    const closed = quotedCell(at + 1);
    if (closed === UNCLOSED || closed === TRAILING) return plainCell(from);
    if (closed >= 0) record.quoted++;
    return closed;
  }

  /** Passes the line end at `at`; MORE where a CR may be the first half of a CRLF still to come. */
  function passLineEnd(at: number): number {
    if (text.charCodeAt(at) === LF) {
      lineEnds.lf++;
      return at + 1;
    }
    if (at + 1 === text.length && !final) return MORE;
    if (text.charCodeAt(at + 1) === LF) {
      lineEnds.crlf++;
      return at + 2;
    }
    lineEnds.cr++;
    return at + 1;
  }

  function fail(reason: RecordProblem): TextRecord | null {
    const limit = start + MAX_RECORD_LENGTH + 1;
    let at = start;
    while (at < text.length && at < limit && !isLineEnd(at)) at++;
    if (at === text.length && at < limit && !final) return null;
    const isElsewhere = reason === "text after the closing quote" && closedAt > at;
    record.problem = { column: cells.length + 1, reason: isElsewhere ? "unclosed quote" : reason };
    return finish(at);
  }

  function isLineEnd(at: number): boolean {
    const code = text.charCodeAt(at);
    return code === LF || code === CR;
  }

  function finish(at: number): TextRecord | null {
    const after = at < text.length && isLineEnd(at) ? passLineEnd(at) : at;
    if (after === MORE) return null;
    record.start = start;
    record.end = at;
    record.after = after;
    record.line = line;
    record.lines = 1 + (record.quoted > 0 ? countLineEnds(text, start, at) : 0);
    line += record.lines;
    position = after;
    return record;
  }

  function next(): TextRecord | null {
    if (position >= text.length) return null;
    start = position;
    cells.length = 0;
    record.quoted = 0;
    record.problem = null;
    let at = start;
    for (;;) {
      at = anyCell(at);
      if (at === UNCLOSED) return fail("unclosed quote");
      if (at === TRAILING) return fail("text after the closing quote");
      if (at === MORE || (at === text.length && !final)) {
        return text.length - start > MAX_RECORD_LENGTH ? fail("too long") : null;
      }
      cells.push(cell);
      if (at - start > MAX_RECORD_LENGTH) return fail("too long");
      if (at === text.length || !atDelimiter(at)) return finish(at);
      at += delimiterLength;
    }
  }

  return {
    get passed() {
      return line - 1;
    },
    lineEnds,
    next,
    push(more, last) {
      text = position === 0 && text === "" ? more : text.slice(position) + more;
      position = 0;
      final = last;
    },
  };
}

/** Line ends in text[from, to): CRLF counts once. */
export function countLineEnds(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(at);
    if (code === LF) count++;
    else if (code === CR && text.charCodeAt(at + 1) !== LF) count++;
  }
  return count;
}
