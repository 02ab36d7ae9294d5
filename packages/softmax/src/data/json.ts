import type { TypedCell } from "@softmax/core";
import * as errors from "../errors.ts";
import type { SourceBytes } from "./bytes.ts";
import { decodedBlocks, encodingOf, encodingRemarks } from "./encoding.ts";
import { textLines } from "./lines.ts";
import { type LedgerBook, ledgerBook } from "./rejects.ts";
import { type RowBuilder, rowBuilder, typedRow } from "./rows.ts";
import { type Dialect, NO_TEXT_DIALECT, type ReadOptions, type ReadTable } from "./source.ts";

/** Characters of a string at most, in V8. */
const MAX_TEXT = 2 ** 29 - 24;

/** Reads JSON lines: one object a line, a column for each name. */
export async function readJsonLines(source: SourceBytes, options: ReadOptions): Promise<ReadTable> {
  const book = ledgerBook(source.name, options);
  const builder = rowBuilder(source.name);
  for await (const lines of textLines(source, options)) {
    for (const { line, text, fault } of lines) {
      const row = fault ?? rowOfJson(text);
      if (typeof row === "string") book.reject(line, row, text);
      else {
        builder.add(row);
        book.accept();
      }
    }
  }
  return assembled(source, options, "jsonl", builder, book);
}

/** Reads a JSON array of objects. Faults name the row, as lines are not known. */
export async function readJsonArray(source: SourceBytes, options: ReadOptions): Promise<ReadTable> {
  const { name, bytes } = source;
  if (bytes.length > MAX_TEXT) throw errors.tooLarge(name, bytes.length, MAX_TEXT);
  const encoding = encodingOf(bytes, options.encoding ?? "auto");
  const values = parsed([...decodedBlocks(bytes, encoding)].join(""));
  if (values instanceof Error) throw errors.badJson(name, values.message);
  if (!Array.isArray(values)) throw errors.noArray(name);
  const book = ledgerBook(name, options, "row");
  const builder = rowBuilder(name);
  for (const [i, value] of values.entries()) {
    const row = rowOf(value);
    if (typeof row === "string") book.reject(i + 1, row, JSON.stringify(value));
    else {
      builder.add(row);
      book.accept();
    }
  }
  return assembled(source, options, "json", builder, book);
}

/** The cells of an object in JSON, or a sentence about why it is no row. */
export const rowOfJson = (text: string): Map<string, TypedCell> | string => rowOf(parsed(text));

/** The cells of a parsed object, or a sentence about why it is no row. */
function rowOf(value: unknown): Map<string, TypedCell> | string {
  if (value instanceof Error) return errors.noJson(value.message);
  const isObject = value !== null && typeof value === "object" && !Array.isArray(value);
  return isObject ? typedRow(value) : errors.noObject(value);
}

/** The value, or the SyntaxError. Integers that a number cannot hold come as text. */
function parsed(text: string): unknown {
  try {
    const value = JSON.parse(text);
    return /\d{16}/.test(text) ? JSON.parse(quoteLongIntegers(text)) : value;
  } catch (error) {
    return error;
  }
}

/** Puts integers beyond ±(2⁵³ − 1) in quotes; `json` is known to be valid. */
export function quoteLongIntegers(json: string): string {
  return json.replace(/"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/g, (token) =>
    /^-?\d{16,}$/.test(token) && !Number.isSafeInteger(Number(token)) ? `"${token}"` : token,
  );
}

function assembled(
  source: SourceBytes,
  options: ReadOptions,
  format: "json" | "jsonl",
  builder: RowBuilder,
  book: LedgerBook,
): ReadTable {
  const ledger = book.ledger();
  if (ledger.read === 0) throw errors.emptySource(source.name);
  const encoding = encodingOf(source.bytes, options.encoding ?? "auto");
  const dialect: Dialect = {
    format,
    compression: source.compression,
    encoding: encoding.name,
    ...NO_TEXT_DIALECT,
  };
  const decimal = options.decimal === "," ? "," : ".";
  const table = { ...builder.finish(), decimal } as const;
  return {
    table,
    ledger,
    dialect: { ...dialect, decimal },
    name: source.name,
    remarks: encodingRemarks(encoding),
    rejected: book.all,
  };
}
