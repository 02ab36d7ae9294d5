import type { TypedCell } from "@softmax/core";
import * as errors from "../errors.ts";
import type { SourceBytes } from "./bytes.ts";
import { typedColumn } from "./columns.ts";
import { looksNumeric } from "./decimal.ts";
import { encodingOf, encodingRemarks } from "./encoding.ts";
import { type TextLine, textLines } from "./lines.ts";
import { columnNames } from "./names.ts";
import { type LedgerBook, ledgerBook } from "./rejects.ts";
import { NO_TEXT_DIALECT, type ReadOptions, type ReadTable } from "./source.ts";

/** One @attribute; `levels` of nominal ones only. */
interface Attribute {
  readonly name: string;
  readonly kind: "numeric" | "text";
  readonly levels: ReadonlySet<string> | null;
}

/** A field with its quotes taken off; an unquoted "?" is a missing value. */
interface Field {
  readonly text: string;
  readonly quoted: boolean;
}

/**
 * Reads an ARFF file, dense or sparse, as Weka and OpenML write it. Numeric attributes become number columns, all others text
 * columns; "?" is missing.
 */
export async function readArff(source: SourceBytes, options: ReadOptions): Promise<ReadTable> {
  const book = ledgerBook(source.name, options);
  const attributes: Attribute[] = [];
  let columns: TypedCell[][] | null = null;
  for await (const lines of textLines(source, options)) {
    for (const line of lines) {
      if (/^\s*%/.test(line.text)) continue;
      if (columns !== null) takeRow(line, attributes, columns, book);
      else if (/^\s*@data\b/i.test(line.text)) columns = attributes.map(() => []);
      else declare(line.text.trim(), line.line, source.name, attributes);
    }
  }
  if (columns === null || attributes.length === 0) throw errors.noArff(source.name);
  return assembled(source, options, attributes, columns, book);
}

function declare(text: string, line: number, file: string, attributes: Attribute[]): void {
  if (/^@relation\b/i.test(text)) return;
  const match = /^@attribute\s+(.*)$/i.exec(text);
  const attribute = match === null ? null : attributeOf(match[1]);
  if (attribute === null) throw errors.badArffHeader(file, line, text);
  attributes.push(attribute);
}

function attributeOf(text: string): Attribute | null {
  const [name, rest] = leadingWord(text);
  if (name === null) return null;
  const nominal = /^\{(.*)\}\s*$/.exec(rest);
  if (nominal !== null) {
    const levels = fieldsOf(nominal[1]);
    return levels && { name, kind: "text", levels: new Set(levels.map((level) => level.text)) };
  }
  if (/^(numeric|real|integer)\b/i.test(rest)) return { name, kind: "numeric", levels: null };
  return /^(string|date)\b/i.test(rest) ? { name, kind: "text", levels: null } : null;
}

/** The name in front, quoted or not, and what follows it. */
function leadingWord(text: string): [name: string | null, rest: string] {
  const quoted = /^(['"])((?:\\.|(?!\1)[^\\])*)\1\s*/.exec(text);
  if (quoted !== null) return [unescaped(quoted[2]), text.slice(quoted[0].length)];
  const plain = /^([^\s{'"]+)\s*/.exec(text);
  return plain === null ? [null, text] : [plain[1], text.slice(plain[0].length)];
}

const ESCAPES = new Map([
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
]);

const unescaped = (text: string): string =>
  text.replace(/\\(.)/g, (_, c: string) => ESCAPES.get(c) ?? c);

const FIELD = /\s*(?:'((?:\\.|[^'\\])*)'|"((?:\\.|[^"\\])*)"|([^,\t'"]*))\s*(,|\t|$)/y;

/** The fields of a line, or null where a quote does not close or text follows it. */
function fieldsOf(text: string): Field[] | null {
  const fields: Field[] = [];
  FIELD.lastIndex = 0;
  for (;;) {
    const match = FIELD.exec(text);
    if (match === null) return null;
    const quoted = match[1] ?? match[2];
    fields.push(
      quoted === undefined
        ? { text: match[3].trim(), quoted: false }
        : { text: unescaped(quoted), quoted: true },
    );
    if (match[4] === "") return fields;
  }
}

function takeRow(
  { line, text, fault }: TextLine,
  attributes: readonly Attribute[],
  columns: readonly TypedCell[][],
  book: LedgerBook,
): void {
  const cells = fault ?? rowOf(text.trim(), attributes);
  if (typeof cells === "string") book.reject(line, cells, text);
  else {
    for (const [j, cell] of cells.entries()) columns[j].push(cell);
    book.accept();
  }
}

/** The cells of a row, or why it is none. */
function rowOf(text: string, attributes: readonly Attribute[]): TypedCell[] | string {
  const sparse = /^\{(.*)\}$/.exec(text);
  if (sparse !== null) return sparseRow(sparse[1], attributes);
  const fields = fieldsOf(text);
  if (fields === null) return errors.brokenRecord(null, "unclosed quote", text);
  if (fields.length !== attributes.length) {
    return errors.raggedRow(fields.length, attributes.length, text);
  }
  return cellsOf(fields.map((field, j) => cellOf(field, attributes[j])));
}

/** `{1 4.5, 3 'b c'}`: index and value; what is left out is 0, or the first level. */
function sparseRow(text: string, attributes: readonly Attribute[]): TypedCell[] | string {
  const cells = attributes.map(
    ({ kind, levels }): TypedCell =>
      kind === "numeric" ? 0 : ((levels?.values().next().value as string | undefined) ?? ""),
  );
  const entry = /\s*(\d+)\s+(?:'((?:\\.|[^'\\])*)'|"((?:\\.|[^"\\])*)"|([^,\s'"]+))\s*(?:,|$)/y;
  while (entry.lastIndex < text.trimEnd().length) {
    const match = entry.exec(text);
    const attribute = match === null ? undefined : attributes[Number(match[1])];
    if (match === null || attribute === undefined) return errors.badSparseRow(text);
    const quoted = match[2] ?? match[3];
    const field =
      quoted === undefined
        ? { text: match[4], quoted: false }
        : { text: unescaped(quoted), quoted: true };
    const cell = cellOf(field, attribute);
    if (cell instanceof Error) return cell.message;
    cells[Number(match[1])] = cell;
  }
  return cells;
}

function cellsOf(cells: readonly (TypedCell | Error)[]): TypedCell[] | string {
  const fault = cells.find((cell) => cell instanceof Error);
  return fault === undefined ? (cells as TypedCell[]) : fault.message;
}

/** The value, or an Error whose message is the reason why it is none. */
function cellOf({ text, quoted }: Field, attribute: Attribute): TypedCell | Error {
  if (text === "?" && !quoted) return null;
  if (attribute.kind === "numeric") {
    const value = looksNumeric(text, ".") ? Number(text) : Number.NaN;
    return Number.isFinite(value) ? value : new Error(errors.noNumber(attribute.name, text));
  }
  const isLevel = attribute.levels === null || attribute.levels.has(text);
  return isLevel ? text : new Error(errors.noLevel(attribute.name, text));
}

function assembled(
  source: SourceBytes,
  options: ReadOptions,
  attributes: readonly Attribute[],
  cells: readonly (readonly TypedCell[])[],
  book: LedgerBook,
): ReadTable {
  const ledger = book.ledger();
  if (ledger.read === 0) throw errors.noRows(source.name);
  const encoding = encodingOf(source.bytes, options.encoding ?? "auto");
  const remarks = encodingRemarks(encoding);
  const names = columnNames(
    attributes.map(({ name }) => name),
    remarks,
  );
  const columns = cells.map((column, j) => typedColumn(names[j], column));
  return {
    table: { rows: ledger.read - ledger.rejected, columns, decimal: "." },
    ledger,
    dialect: {
      ...NO_TEXT_DIALECT,
      format: "arff",
      compression: source.compression,
      encoding: encoding.name,
    },
    name: source.name,
    remarks,
    rejected: book.all,
  };
}
