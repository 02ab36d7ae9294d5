import * as errors from "../errors.ts";
import type { SourceBytes } from "./bytes.ts";
import { decodedBlocks, type Encoding, encodingOf } from "./encoding.ts";
import { pause } from "./pause.ts";
import { recordReader } from "./records.ts";
import type { ReadOptions } from "./source.ts";

/** A line that is not blank. */
export interface TextLine {
  readonly line: number;
  readonly text: string;
  /** What is wrong with its characters, or null. */
  readonly fault: string | null;
}

/** What is wrong with the characters of a text, or null. */
export function characterFault(text: string, encoding: Encoding): string | null {
  if (text.includes("\0")) return errors.nulByte(null, text);
  const isDamaged = encoding.damaged && text.includes("\ufffd");
  return isDamaged ? errors.badCharacters(null, encoding.name, text) : null;
}

/** The lines of a text that are not blank, in batches. */
export async function* textLines(
  source: SourceBytes,
  options: ReadOptions,
): AsyncGenerator<TextLine[]> {
  const encoding = encodingOf(source.bytes, options.encoding ?? "auto");
  const reader = recordReader({ delimiter: null, quote: null });
  const batch = (): TextLine[] => {
    const lines: TextLine[] = [];
    for (let record = reader.next(); record !== null; record = reader.next()) {
      const text = record.problem === null ? record.cells[0] : record.raw();
      const fault =
        record.problem === null ? characterFault(text, encoding) : errors.brokenLine(text.length);
      if (text.trim() !== "") lines.push({ line: record.line, text, fault });
    }
    return lines;
  };
  let done = 0;
  for (const block of decodedBlocks(source.bytes, encoding)) {
    done += block.length;
    reader.push(block, false);
    yield batch();
    await pause(options, Math.min(1, done / source.bytes.length));
  }
  reader.push("", true);
  yield batch();
}
