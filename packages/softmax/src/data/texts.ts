import { readFile, stat } from "node:fs/promises";
import { basename } from "node:path";
import * as errors from "../errors.ts";
import { fileBytes, type SourceBytes, unpacked } from "./bytes.ts";
import { decodedBlocks, type Encoding, encodingOf } from "./encoding.ts";
import {
  checkList,
  type Listing,
  labelledFiles,
  listFolder,
  listImages,
  listTexts,
  type TextFile,
} from "./folder.ts";
import { foreignKind, HEAD_BYTES } from "./format.ts";
import { holdsImages, readImages } from "./images.ts";
import { textFault } from "./labelled.ts";
import { characterFault, damageOf, textLines } from "./lines.ts";
import { pause } from "./pause.ts";
import { countLineEnds } from "./records.ts";
import { type LedgerBook, ledgerBook } from "./rejects.ts";
import {
  type Dialect,
  MAX_BYTES,
  MAX_CELL_BYTES,
  NO_TEXT_DIALECT,
  type ReadOptions,
  type ReadTable,
} from "./source.ts";
import { LABEL, type TextTable, textTable } from "./text-table.ts";

/** Files that are read at the same time. */
const AT_ONCE = 16;

/** What reading several files needs and finds. */
interface Job {
  readonly name: string;
  readonly listing: Listing;
  readonly options: ReadOptions;
  readonly table: TextTable;
  readonly book: LedgerBook;
  readonly encodings: EncodingBook;
  readonly remarks: string[];
  bytes: number;
}

/**
 * Reads a folder of texts as columns `label` and `text`: a folder a class with a file a row, or a file a class with a line a row
 * (folder.ts); one of images as `readImages` does. With the format "texts" every file is a row, in columns `file` and `text`. A text is passed on as it stands.
 */
export async function readFolder(path: string, options: ReadOptions): Promise<ReadTable> {
  checkFormat(options);
  if (options.format === "texts") return readListing(path, await listTexts(path), options);
  const images = await listImages(path);
  if (images !== null) return readImages(path, images, options);
  const listing = await listFolder(path);
  const areImages = listing.row === "file" && (await holdsImages(listing));
  return areImages ? readImages(path, listing, options) : readListing(path, listing, options);
}

/** Reads several files as columns `label` and `text`, a row a line that is not blank; with the format "texts" as `text` alone. */
export async function readTextFiles(
  paths: readonly string[],
  options: ReadOptions,
): Promise<ReadTable> {
  checkFormat(options);
  for (const path of paths) {
    if ((await stat(path).catch(() => null))?.isDirectory()) throw errors.folderInList(path);
  }
  checkList(paths);
  const files =
    options.format === "texts" ? paths.map((path) => ({ path, label: "" })) : labelledFiles(paths);
  return readListing(listName(paths), { row: "line", files, folders: 0, remarks: [] }, options);
}

function checkFormat({ format = "auto", labelUntil }: ReadOptions): void {
  if (format !== "auto" && format !== "texts") throw errors.notOfSeveral(format);
  if (labelUntil !== undefined) throw errors.notOfSeveral("lines");
}

function listName(paths: readonly string[]): string {
  const names = paths.map((path) => basename(path));
  if (names.length > 3) return `${names[0]} and ${names.length - 1} more files`;
  return names.join(" and ");
}

async function readListing(
  name: string,
  listing: Listing,
  options: ReadOptions,
): Promise<ReadTable> {
  const before = options.format !== "texts" ? LABEL : listing.row === "file" ? "file" : null;
  const job: Job = {
    name,
    listing,
    options,
    table: textTable(before),
    book: ledgerBook(name, options),
    encodings: encodingBook(),
    remarks: [...listing.remarks],
    bytes: 0,
  };
  await (listing.row === "file" ? readDocuments(job) : readLines(job));
  const ledger = job.book.ledger();
  if (ledger.read === 0) throw errors.emptySource(name);
  const read = {
    table: job.table.finish(),
    ledger,
    dialect: dialectOf(job),
    name,
    remarks: [...job.remarks, ...job.encodings.remarks()],
    rejected: job.book.all,
  };
  return before === LABEL ? { ...read, target: LABEL } : read;
}

function dialectOf({ listing, encodings }: Job): Dialect {
  return {
    ...NO_TEXT_DIALECT,
    format: listing.row === "file" ? "folder" : "files",
    compression: "none",
    encoding: encodings.most(),
    files: { count: listing.files.length, folders: listing.folders },
  };
}

// A row a file

/** A file's text, or the line and reason why it is none. */
interface Document {
  readonly text: string;
  readonly bytes: number;
  readonly encoding: Encoding | null;
  readonly fault: { readonly line: number; readonly reason: string } | null;
}

async function readDocuments(job: Job): Promise<void> {
  const { listing, options } = job;
  let empty = 0;
  for (let start = 0; start < listing.files.length; start += AT_ONCE) {
    const files = listing.files.slice(start, start + AT_ONCE);
    const documents = await Promise.all(files.map(({ path }) => readDocument(path, options)));
    for (const [i, document] of documents.entries()) {
      take(files[i], document, job);
      if (document.fault === null && document.text === "") empty++;
    }
    await pause(options, Math.min(1, (start + AT_ONCE) / listing.files.length));
  }
  if (empty > 0) job.remarks.push(`${empty} of the files ${empty === 1 ? "is" : "are"} empty`);
}

function take({ path, label }: TextFile, document: Document, job: Job): void {
  const { text, encoding, fault } = document;
  addBytes(document.bytes, job);
  if (fault !== null) {
    job.book.reject(fault.line, fault.reason, path, path);
    return;
  }
  job.table.add(label, text);
  job.book.accept();
  if (encoding !== null) job.encodings.add(encoding, path);
}

function addBytes(bytes: number, job: Job): void {
  job.bytes += bytes;
  if (job.bytes > MAX_BYTES) throw errors.tooLarge(job.name, job.bytes, MAX_BYTES);
}

async function readDocument(path: string, options: ReadOptions): Promise<Document> {
  const fail = (cause: NodeJS.ErrnoException): never => {
    throw errors.cannotRead(path, cause.code ?? cause.message);
  };
  const { size } = await stat(path).catch(fail);
  const unread = { text: "", bytes: 0, encoding: null };
  if (size > MAX_CELL_BYTES) {
    return { ...unread, fault: { line: 1, reason: errors.longDocument(size, MAX_CELL_BYTES) } };
  }
  const { bytes } = await unpacked(await readFile(path).catch(fail), path, MAX_CELL_BYTES);
  if (bytes.length === 0) return { ...unread, fault: null };
  const encoding = encodingOf(bytes, options.encoding ?? "auto");
  const text = [...decodedBlocks(bytes, encoding)].join("");
  return { text, bytes: bytes.length, encoding, fault: documentFault(bytes, text, encoding) };
}

function documentFault(bytes: Uint8Array, text: string, encoding: Encoding): Document["fault"] {
  const what = foreignText(bytes, text);
  if (what !== null) return { line: 1, reason: errors.noText(what) };
  const nul = text.indexOf("\0");
  const at = nul >= 0 ? nul : encoding.damaged ? text.indexOf("\ufffd") : -1;
  if (at >= 0) {
    const shown = text.slice(Math.max(0, at - 20), at + 20);
    const reason = characterFault(shown, damageOf(encoding)) as string;
    return { line: 1 + countLineEnds(text, 0, at), reason };
  }
  const reason = textFault({ line: 1, text, fault: null });
  return reason === null ? null : { line: 1, reason };
}

/** What a file is that begins as no text does; some begin with letters, which alone say nothing. */
function foreignText(bytes: Uint8Array, text: string): string | null {
  const kind = foreignKind(bytes.subarray(0, HEAD_BYTES));
  const isBinary = text.includes("\0") || text.includes("\ufffd") || text.startsWith("%PDF-");
  return kind !== null && isBinary ? kind[0] : null;
}

// A row a line

async function readLines(job: Job): Promise<void> {
  const { listing, options } = job;
  const total = listing.files.length;
  for (const [i, file] of listing.files.entries()) {
    const source = await fileBytes(file.path);
    addBytes(source.bytes.length, job);
    await readFileLines(source, file, job, (share) => options.onProgress?.((i + share) / total));
  }
}

async function readFileLines(
  source: SourceBytes,
  { path, label }: TextFile,
  { book, table, options, encodings, remarks }: Job,
  onProgress: (share: number) => void,
): Promise<void> {
  const kind = foreignText(
    source.bytes,
    source.bytes.subarray(0, HEAD_BYTES).includes(0) ? "\0" : "",
  );
  if (kind !== null) throw errors.unsupportedFormat(path, kind, "a text is needed");
  let rows = 0;
  for await (const lines of textLines(source, { ...options, onProgress })) {
    for (const line of lines) {
      const fault = textFault(line);
      rows++;
      if (fault !== null) book.reject(line.line, fault, line.text, path);
      else {
        table.add(label, line.text);
        book.accept();
      }
    }
  }
  if (rows === 0) remarks.push(`${path} holds no text`);
  else encodings.add(encodingOf(source.bytes, options.encoding ?? "auto"), path);
}

// Encodings

/** Counts the encodings of several files. */
interface EncodingBook {
  add(encoding: Encoding, path: string): void;
  /** The most frequent one, of several the first in code-point order; null where all files are empty. */
  most(): string | null;
  remarks(): string[];
}

function encodingBook(): EncodingBook {
  const counts = new Map<string, number>();
  let guessed = 0;
  let first = "";
  const ranked = (): (readonly [name: string, files: number])[] =>
    [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  return {
    add({ name, guessedAt }, path) {
      counts.set(name, (counts.get(name) ?? 0) + 1);
      if (guessedAt === null) return;
      if (guessed === 0) first = `${path}, line ${guessedAt}`;
      guessed++;
    },
    most: () => ranked()[0]?.[0] ?? null,
    remarks() {
      const words = ranked().map(([name, files]) => `${files} in ${name}`);
      const said = words.length > 1 ? [`the files differ in encoding: ${words.join(", ")}`] : [];
      if (guessed === 0) return said;
      const files = guessed === 1 ? "1 file is" : `${guessed} files are`;
      const why = `${files} read as windows-1252, being no valid UTF-8 (the first: ${first})`;
      return [...said, `${why}; --encoding overrides this`];
    },
  };
}
