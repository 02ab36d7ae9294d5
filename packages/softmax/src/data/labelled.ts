import * as errors from "../errors.ts";
import type { SourceBytes } from "./bytes.ts";
import { encodingOf, encodingRemarks } from "./encoding.ts";
import { type TextLine, textLines } from "./lines.ts";
import { ledgerBook } from "./rejects.ts";
import {
  MAX_CELL_LENGTH,
  NO_TEXT_DIALECT,
  type ReadOptions,
  type ReadTable,
  type TextFormat,
} from "./source.ts";
import { LABEL, textTable } from "./text-table.ts";

/** A line taken apart. */
interface Labelled {
  /** Null where the line has none. */
  readonly label: string | null;
  readonly text: string;
  /** Labels in front of the text. */
  readonly labels: number;
}

/**
 * Reads lines that hold a text each, with a label before it unless the format is "texts". Blank lines are no rows; a text
 * is passed on as it stands, without the blanks that part it from its label.
 */
export async function readTextLines(
  source: SourceBytes,
  format: TextFormat,
  options: ReadOptions,
): Promise<ReadTable> {
  const { name, compression } = source;
  const book = ledgerBook(name, options);
  const table = textTable(format === "texts" ? null : LABEL);
  let several = 0;
  for await (const lines of textLines(source, options)) {
    for (const line of lines) {
      const { label, text, labels } = takenApart(line.text, format, options);
      const fault = textFault(line);
      if (fault !== null) {
        book.reject(line.line, fault, line.text);
        continue;
      }
      if (labels > 1) several++;
      table.add(label, text);
      book.accept();
    }
  }
  const ledger = book.ledger();
  if (ledger.read === 0) throw errors.emptySource(name);
  const encoding = encodingOf(source.bytes, options.encoding ?? "auto");
  const remarks = encodingRemarks(encoding);
  if (several > 0) {
    const lines = several === 1 ? "1 line has" : `${several} lines have`;
    remarks.push(`${lines} more than one label; the first is used`);
  }
  const dialect = { ...NO_TEXT_DIALECT, format, compression, encoding: encoding.name } as const;
  const read = { table: table.finish(), ledger, dialect, name, remarks, rejected: book.all };
  return format === "texts" ? read : { ...read, target: LABEL };
}

/** Why the line is no text of ours, or null. */
export function textFault({ text, fault }: TextLine): string | null {
  if (fault !== null || text.length <= MAX_CELL_LENGTH) return fault;
  return errors.longCell('"text"', text.length, MAX_CELL_LENGTH);
}

function takenApart(line: string, format: TextFormat, options: ReadOptions): Labelled {
  if (format === "texts") return { label: null, text: line, labels: 0 };
  return format === "fasttext" ? fastText(line) : labelFirst(line, options.labelUntil);
}

const FAST_TEXT_LABEL = /[ \t]*__label__(\S+)(?:[ \t]+|$)/y;

/** `__label__x __label__y text`: the first of the labels. */
function fastText(line: string): Labelled {
  let label: string | null = null;
  let labels = 0;
  let at = 0;
  for (;;) {
    FAST_TEXT_LABEL.lastIndex = at;
    const match = FAST_TEXT_LABEL.exec(line);
    if (match === null) return { label, text: line.slice(at), labels };
    label ??= match[1];
    labels++;
    at = FAST_TEXT_LABEL.lastIndex;
  }
}

/** The first word, up to `until`; a line that starts with a blank has no label. */
function labelFirst(line: string, until: string | undefined): Labelled {
  const end = line.search(/[ \t]/);
  const word = end < 0 ? line : line.slice(0, end);
  const text = end < 0 ? "" : line.slice(end).replace(/^[ \t]+/, "");
  const cut = until === undefined ? -1 : word.indexOf(until);
  const label = cut < 0 ? word : word.slice(0, cut);
  return label === "" ? { label: null, text, labels: 0 } : { label, text, labels: 1 };
}
