import type { Table } from "@softmax/core";
import type { Dialect, Ledger, ReadTable, Reject } from "../source.ts";

/** What another process says of a table that it has read, checked piece by piece. Throws an Error where it is not what it should be. */
export function receivedRead(given: Record<string, unknown>, table: Table): ReadTable {
  const ledger = given.ledger as Partial<Ledger>;
  const { read, rejected } = Object(ledger) as Ledger;
  if (!isCount(read) || !isCount(rejected) || read !== table.rows + rejected) {
    throw new Error("rows that do not add up");
  }
  const target = given.target === undefined ? {} : { target: textOf(given.target) };
  return {
    table,
    ledger: { read, rejected, rejects: listOf(Object(ledger).rejects, rejectOf) },
    dialect: dialectOf(Object(given.dialect)),
    name: textOf(given.name),
    remarks: listOf(given.remarks, textOf),
    rejected: listOf(given.rejected, rejectOf),
    ...target,
  };
}

const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0;

function countOf(value: unknown): number {
  if (!isCount(value)) throw new Error("a count that is none");
  return value;
}

function textOf(value: unknown): string {
  if (typeof value !== "string") throw new Error("a text that is none");
  return value;
}

const orNull = (value: unknown): string | null => (value === null ? null : textOf(value));

function listOf<T>(value: unknown, itemOf: (item: unknown) => T): T[] {
  if (!Array.isArray(value)) throw new Error("a list that is none");
  return value.map(itemOf);
}

function rejectOf(value: unknown): Reject {
  const { line, reason, text } = Object(value) as { [K in keyof Reject]: unknown };
  return { line: countOf(line), reason: textOf(reason), text: textOf(text) };
}

function dialectOf(given: { [K in keyof Dialect]?: unknown }): Dialect {
  const files = given.files as { count: unknown; folders: unknown } | undefined;
  return {
    format: textOf(given.format) as Dialect["format"],
    compression: given.compression === "gzip" ? "gzip" : "none",
    encoding: orNull(given.encoding),
    delimiter: orNull(given.delimiter),
    quote: orNull(given.quote),
    header: given.header === true,
    lineEnd: orNull(given.lineEnd) as Dialect["lineEnd"],
    decimal: given.decimal === "," ? "," : ".",
    skippedLines: countOf(given.skippedLines),
    ...(files === undefined
      ? {}
      : { files: { count: countOf(files.count), folders: countOf(files.folders) } }),
  };
}
