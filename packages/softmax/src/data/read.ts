import { stat } from "node:fs/promises";
import * as errors from "../errors.ts";
import { readArff } from "./arff.ts";
import { fileBytes, type SourceBytes, streamBytes, unpacked } from "./bytes.ts";
import { readDelimited } from "./delimited.ts";
import { formatOf } from "./format.ts";
import { tableHash } from "./hash.ts";
import { readIdx } from "./idx.ts";
import { withImages } from "./image-paths.ts";
import { PIXELS } from "./images.ts";
import { readJsonArray, readJsonLines } from "./json.ts";
import { readTextLines } from "./labelled.ts";
import { checkReadOptions } from "./options.ts";
import { readParquet, readParquetFile } from "./parquet.ts";
import { checkRejectsPath } from "./paths.ts";
import { readQuery } from "./query.ts";
import { writeRejects } from "./rejects.ts";
import { tableFromRows } from "./rows.ts";
import { readSandboxed } from "./sandbox/sandbox.ts";
import {
  NO_TEXT_DIALECT,
  type ReadOptions,
  type ReadTable,
  type Source,
  type TableSource,
} from "./source.ts";
import { readFolder, readTextFiles } from "./texts.ts";

/**
 * Reads a table: from a file, a folder or list of texts, standard input ("-"), a query, bytes or rows. The format, unless stated, is decided by the
 * content, with the file's extension as a hint; file order is kept.
 *
 * Throws a SoftmaxError (code "data") that names file, line, column and value, and the remedy; a TypeError or RangeError for
 * wrong options.
 */
export async function readTable(source: Source, options: ReadOptions = {}): Promise<TableSource> {
  checkReadOptions(options);
  checkRejectsPath(source, options.rejectsPath);
  const { sandbox } = options;
  const isOutside = sandbox !== undefined && (typeof source === "string" || !("rows" in source));
  const read = isOutside
    ? readSandboxed(source, { ...options, sandbox })
    : readAny(source, options);
  return finished(await read, options);
}

/** `readTable` of bytes that are unpacked. */
export async function readUnpacked(
  source: SourceBytes,
  options: ReadOptions = {},
): Promise<TableSource> {
  checkReadOptions(options);
  return finished(await readBytes(source, options), options);
}

async function finished(
  { rejected, ...read }: ReadTable,
  options: ReadOptions,
): Promise<TableSource> {
  if (options.rejectsPath !== undefined) await writeRejects(options.rejectsPath, rejected);
  const { ledger, name } = read;
  if (read.table.rows === 0 && ledger.rejected > 0) {
    throw errors.allRejected(name, ledger.rejected, ledger.rejects[0].reason);
  }
  const { images } = read.table;
  if (options.backbone !== undefined && images === undefined) throw errors.noImagesToSee(name);
  return { ...read, sha256: tableHash(read.table) };
}

/** What `readTable` reads, in this process; rejected rows are kept and not yet written. */
export async function readAny(source: Source, options: ReadOptions): Promise<ReadTable> {
  const { images, knownColumns = [] } = options;
  if (images === undefined) return readCells(source, options);
  const known = [...knownColumns.filter((name) => name !== PIXELS), images];
  return withImages(await readCells(source, { ...options, knownColumns: known }), source, options);
}

async function readCells(source: Source, options: ReadOptions): Promise<ReadTable> {
  if (typeof source === "string") {
    return source === "-"
      ? readBytes(await streamBytes(process.stdin, "standard input"), options)
      : readPath(source, options);
  }
  if ("query" in source) return readQuery(source.query, source.files, readTable, options);
  if ("files" in source) return readTextFiles(source.files, options);
  if ("folder" in source) return readFolder(source.folder, options);
  if ("rows" in source) return givenRows(source.rows, source.name);
  if ("path" in source) return readPath(source.path, options);
  return readBytes(await unpacked(source.bytes, source.name ?? "bytes"), options);
}

async function readPath(path: string, options: ReadOptions): Promise<ReadTable> {
  if ((await stat(path).catch(() => null))?.isDirectory()) return readFolder(path, options);
  return (await readParquetFile(path, options)) ?? readBytes(await fileBytes(path), options, path);
}

/** `path`: where the bytes come from, where that is known. */
function readBytes(
  source: SourceBytes,
  options: ReadOptions,
  path: string | null = null,
): Promise<ReadTable> {
  if (source.bytes.length === 0) throw errors.emptySource(source.name);
  const format = formatOf(source, options);
  switch (format) {
    case "parquet":
      return readParquet(source, options);
    case "json":
      return readJsonArray(source, options);
    case "jsonl":
      return readJsonLines(source, options);
    case "arff":
      return readArff(source, options);
    case "idx":
      return readIdx(source, path, options);
    case "fasttext":
    case "lines":
    case "texts":
      return readTextLines(source, format, options);
    case "delimited":
      return readDelimited(source, options);
  }
}

function givenRows(rows: Parameters<typeof tableFromRows>[0], name = "rows"): ReadTable {
  const table = tableFromRows(rows, name);
  const ledger = { read: table.rows, rejected: 0, rejects: [] };
  const dialect = {
    format: "rows",
    compression: "none",
    encoding: null,
    ...NO_TEXT_DIALECT,
  } as const;
  return { table, ledger, dialect, name, remarks: [], rejected: [] };
}
