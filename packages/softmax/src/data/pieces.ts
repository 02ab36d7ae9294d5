import {
  MAX_RECORD_LENGTH,
  type RecordProblem,
  type RecordSyntax,
  recordReader,
} from "./records.ts";

/** Whole records of a text that comes in blocks. Plain data, so that another thread can take them apart. */
export interface Piece {
  readonly text: string;
  /** Records of it that are none, in order. */
  readonly faults: readonly Fault[];
  /** The encoding, where U+FFFD may stand for bytes that are not in it; else null. */
  readonly damaged: string | null;
}

/** A record that breaks the syntax: [start, end) of the piece's text without its line end, `after` with it. */
export interface Fault {
  readonly start: number;
  readonly end: number;
  readonly after: number;
  readonly lines: number;
  readonly problem: { readonly column: number; readonly reason: RecordProblem };
}

/** A block of text as decoded. */
export interface TextBlock {
  readonly text: string;
  readonly damaged: string | null;
}

export interface PieceCutter {
  /** Adds a block; `final` says that no more will come. Null where no record is whole yet, or none is left. */
  push(block: TextBlock, final: boolean): Piece | null;
}

/**
 * Cuts blocks of text where records end, so that the pieces give the same records as the whole text. Text without quotes is cut at
 * its last line end; with quotes the records are walked.
 */
export function pieceCutter(syntax: RecordSyntax): PieceCutter {
  let rest = "";
  let damaged: string | null = null;
  /** Length of the rest when it last held no whole record: it is looked at again when it has doubled. */
  let tried = 0;
  return {
    push(block, final) {
      rest = rest === "" ? block.text : rest + block.text;
      damaged ??= block.damaged;
      if (rest === "" || (!final && rest.length < 2 * tried)) return null;
      const plain = isPlain(rest, syntax);
      const { end, faults } = plain ? plainEnd(rest, final) : walked(rest, syntax, final);
      tried = end === 0 ? rest.length : 0;
      if (end === 0) return null;
      const piece = { text: rest.slice(0, end), faults, damaged };
      rest = rest.slice(end);
      damaged = rest === "" ? null : block.damaged;
      return piece;
    },
  };
}

/** Whether every line end ends a record, and every record is one. */
export const isPlain = (text: string, { quote }: RecordSyntax): boolean =>
  text.length <= MAX_RECORD_LENGTH && (quote === null || !text.includes(quote));

interface Walk {
  /** Where the last whole record ends, with its line end. */
  readonly end: number;
  readonly faults: readonly Fault[];
}

/** A CR at the end may be half of a line end still to come. */
function plainEnd(text: string, final: boolean): Walk {
  if (final) return { end: text.length, faults: [] };
  const feed = text.lastIndexOf("\n");
  const end = feed >= 0 ? feed : text.slice(0, -1).lastIndexOf("\r");
  return { end: end + 1, faults: [] };
}

function walked(text: string, syntax: RecordSyntax, final: boolean): Walk {
  const reader = recordReader(syntax, false);
  reader.push(text, final);
  const faults: Fault[] = [];
  let end = 0;
  for (let record = reader.next(); record !== null; record = reader.next()) {
    const { problem, start, lines } = record;
    end = record.after;
    if (problem !== null) faults.push({ start, end: record.end, after: end, lines, problem });
  }
  return { end, faults };
}
