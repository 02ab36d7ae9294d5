import * as errors from "../errors.ts";
import type { SourceBytes } from "./bytes.ts";
import { decodedBlocks, encodingOf } from "./encoding.ts";
import type { Format, ReadOptions } from "./source.ts";

const ONE_IMAGE = "name the folder that it is in, or a table with a column of paths (--images)";

/** What a file that is no table begins with, what to call it, and what to do. */
const FOREIGN: readonly [signature: string, what: string, remedy: string][] = [
  [
    "PK\x03\x04",
    "a spreadsheet (.xlsx, .ods) or zip archive",
    "save the sheet as CSV, or unpack it",
  ],
  ["\xd0\xcf\x11\xe0", "an old Excel file (.xls)", "save the sheet as CSV"],
  ["SQLite format 3\0", "an SQLite database", "export the table as CSV"],
  ["ARROW1", "an Arrow (Feather) file", "save it as Parquet"],
  ["FEA1", "a Feather file", "save it as Parquet"],
  ["ORC", "an ORC file", "save it as Parquet"],
  ["Obj\x01", "an Avro file", "save it as Parquet or JSON lines"],
  ["\x89HDF", "an HDF5 file", "save it as Parquet or CSV"],
  ["\x93NUMPY", "a NumPy array", "save it as CSV"],
  ["\x80\x04", "a Python pickle", "save the table as Parquet or CSV"],
  ["\x80\x05", "a Python pickle", "save the table as Parquet or CSV"],
  ["RDX", "an R data file", "save the table as CSV"],
  ["$FL2", "an SPSS file", "save it as CSV"],
  ["<stata_dta>", "a Stata file", "save it as CSV"],
  ["\x28\xb5\x2f\xfd", "packed with zstd", "unpack it with zstd -d"],
  ["BZh", "packed with bzip2", "unpack it with bunzip2"],
  ["\xfd7zXZ", "packed with xz", "unpack it with unxz"],
  ["7z\xbc\xaf", "a 7z archive", "unpack it"],
  ["%PDF", "a PDF document", "a table is needed, such as CSV"],
  ["\x89PNG", "an image", ONE_IMAGE],
  ["\xff\xd8\xff", "an image", ONE_IMAGE],
  ["GIF8", "an image", "a table is needed, such as CSV"],
];

/** Bytes that show what a file is. */
export const HEAD_BYTES = 1 << 16;

const DELIMITED_EXTENSIONS = new Set(["csv", "tsv", "tab", "txt", "data", "dat"]);
const JSON_EXTENSIONS = new Set(["json", "jsonl", "ndjson"]);

/** Whether the bytes begin as an IDX file of grey images (idx.ts). */
const isIdxImages = (head: Uint8Array): boolean => latin1(head.subarray(0, 4)) === "\0\0\x08\x03";

/** Whether the bytes are a Parquet file, whose first four say so. */
export const isParquet = (head: Uint8Array): boolean => latin1(head.subarray(0, 4)) === "PAR1";

/** The format that the options name, else the one that the content shows. Throws for known formats that cannot be read. */
export function formatOf(source: SourceBytes, options: ReadOptions): Format {
  const wanted = options.format ?? "auto";
  if (isParquet(source.bytes)) return "parquet";
  if (wanted === "csv" || wanted === "tsv") return "delimited";
  if (wanted !== "auto") return wanted;
  if (options.labelUntil !== undefined) return "lines";
  const head = source.bytes.subarray(0, HEAD_BYTES);
  if (isIdxImages(head)) return "idx";
  refuseForeign(head, source.name);
  const text = headText(head, options);
  if (/^\s*<(!doctype|html|\?xml)/i.test(text)) {
    const remedy = "a table is needed, such as CSV (did a download deliver an error page?)";
    throw errors.unsupportedFormat(source.name, "a web page or XML", remedy);
  }
  return textFormat(text, source.extension);
}

function refuseForeign(head: Uint8Array, name: string): void {
  const kind = foreignKind(head);
  if (kind !== null) throw errors.unsupportedFormat(name, ...kind);
}

/** What a file that holds no text or table of ours is, and what to do; null where its first bytes do not tell. */
export function foreignKind(head: Uint8Array): [what: string, remedy: string] | null {
  const start = latin1(head.subarray(0, 16));
  const found = FOREIGN.find(([signature]) => start.startsWith(signature));
  if (found !== undefined) return [found[1], found[2]];
  const isTar = latin1(head.subarray(257, 262)) === "ustar";
  return isTar ? ["a tar archive", "unpack it and name a file in it"] : null;
}

const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");

function headText(head: Uint8Array, options: ReadOptions): string {
  const encoding = encodingOf(head, options.encoding ?? "auto");
  return [...decodedBlocks(head, encoding)].join("");
}

function textFormat(text: string, extension: string): Format {
  if (isFastText(text)) return "fasttext";
  if (extension === "arff" || /^(\s|%.*)*@relation\b/i.test(text)) return "arff";
  const looksLikeArray = /^\s*\[\s*([{[\]]|$)/.test(text);
  const looksLikeObject = /^\s*\{\s*(["}]|$)/.test(text);
  const isNamedJson = JSON_EXTENSIONS.has(extension);
  if (DELIMITED_EXTENSIONS.has(extension) || !(isNamedJson || looksLikeArray || looksLikeObject)) {
    return "delimited";
  }
  return /^\s*\[/.test(text) ? "json" : "jsonl";
}

/** Lines looked at for labels in fastText's way. */
const FIRST_LINES = 20;

/** The first lines that are not blank all start with a label in fastText's way. */
function isFastText(text: string): boolean {
  if (!/^\s*__label__/.test(text)) return false;
  const lines = text.split(/[\r\n]+/, 3 * FIRST_LINES).filter((line) => line.trim() !== "");
  return lines.slice(0, FIRST_LINES).every((line) => /^\s*__label__[^\s,;"]+(\s|$)/.test(line));
}

const TABLE = /\.(csv|tsv|tab|json|jsonl|ndjson|parquet|arff|xlsx?|ods)(\.gz)?$/i;

/** Whether the name says that the file is a table. */
export const isTableName = (path: string): boolean => TABLE.test(path);
