import * as errors from "../errors.ts";
import type { SourceBytes } from "./bytes.ts";
import { decodedBlocks, type Encoding, encodingOf } from "./encoding.ts";
import { pause } from "./pause.ts";
import { type RecordReader, type RecordSyntax, recordReader } from "./records.ts";
import type { ReadOptions } from "./source.ts";

/** A line that is not blank. */
export interface TextLine {
  readonly line: number;
  readonly text: string;
  /** What is wrong with its characters, or null. */
  readonly fault: string | null;
}

/** What is wrong with the characters of a text, or null; `damaged` as in a Piece. */
export function characterFault(text: string, damaged: string | null): string | null {
  if (text.includes("\0")) return errors.nulByte(null, text);
  const isDamaged = damaged !== null && text.includes("\ufffd");
  return isDamaged ? errors.badCharacters(null, damaged, text) : null;
}

/** The encoding, where U+FFFD may stand for bytes that are not in it. */
export const damageOf = ({ damaged, name }: Encoding): string | null => (damaged ? name : null);

/** The lines that the reader, which knows no delimiter, has whole; blank ones left out. */
export function linesOf(reader: RecordReader, damaged: string | null): TextLine[] {
  const lines: TextLine[] = [];
  for (let record = reader.next(); record !== null; record = reader.next()) {
    const isWhole = record.problem === null;
    const text = isWhole ? record.cells[0] : record.raw();
    if (text.trim() === "") continue;
    const fault = isWhole ? characterFault(text, damaged) : errors.brokenLine(text.length);
    lines.push({ line: record.line, text, fault });
  }
  return lines;
}

/** Each line is one record of one cell. */
export const LINES: RecordSyntax = { delimiter: null, quote: null };

/** The lines of a text that are not blank, in batches. */
export async function* textLines(
  source: SourceBytes,
  options: ReadOptions,
): AsyncGenerator<TextLine[]> {
  const encoding = encodingOf(source.bytes, options.encoding ?? "auto");
  const damaged = damageOf(encoding);
  const reader = recordReader(LINES);
  let done = 0;
  for (const block of decodedBlocks(source.bytes, encoding)) {
    done += block.length;
    reader.push(block, false);
    yield linesOf(reader, damaged);
    await pause(options, Math.min(1, done / source.bytes.length));
  }
  reader.push("", true);
  yield linesOf(reader, damaged);
}
