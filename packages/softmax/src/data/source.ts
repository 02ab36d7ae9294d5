import type { Backbone, Row, Table } from "@softmax/core";

export type Format = "delimited" | "json" | "jsonl" | "parquet" | "arff" | "idx" | TextFormat;

/**
 * Texts without the form of a table. "fasttext": `__label__x text`; "lines": a label, a blank or tab, a text; "texts": no
 * labels, each line of a file or each file of a folder is a text.
 */
export type TextFormat = "fasttext" | "lines" | "texts";

/** What can be read. A text is the path of a file or of a folder of texts, or "-" for standard input. */
export type Source =
  | string
  | { readonly path: string }
  /** Images: a folder a class with a file a row (images.ts). Texts: a folder a class with a file a row, or a file a class with a line a row (folder.ts). */
  | { readonly folder: string }
  /** Texts: a file a class with a line a row. */
  | { readonly files: readonly string[] }
  /** SQL over the named files; see query.ts for the names under which it sees them. */
  | { readonly query: string; readonly files: readonly string[] }
  | { readonly bytes: Uint8Array; readonly name?: string }
  | { readonly rows: readonly Row[]; readonly name?: string };

export interface ReadOptions {
  /** Default "auto": from the content, with the file's extension as a hint. "csv" and "tsv" mean "delimited". */
  readonly format?: "auto" | Format | "csv" | "tsv";
  /** Default "auto". One or more characters; "tab" and "space" by name; "none" for one cell a line. */
  readonly delimiter?: string;
  /** Default "auto". One character, or "none". */
  readonly quote?: string;
  /**
   * Default "auto": by byte order mark, else UTF-16 where every other byte is 0, else UTF-8, or windows-1252 (with a remark)
   * where the bytes are no UTF-8 and look like Latin text. Any label of TextDecoder.
   */
  readonly encoding?: string;
  /** Default "auto": "," where whole columns are numbers only when read so. */
  readonly decimal?: "auto" | "." | ",";
  /** Default "auto": from the kinds of the cells. */
  readonly header?: "auto" | "yes" | "no";
  /** In lines of a label and a text: the label ends before this text. It makes "lines" the format. */
  readonly labelUntil?: string;
  /** Names that the reader expects, as a model does: a first line that holds most of them is a header. */
  readonly knownColumns?: readonly string[];
  /** Lines to leave out at the top, whatever they hold. Default 0; leading lines that start with # go by themselves. */
  readonly skipLines?: number;
  /** Default false: the first bad row is an error. True: bad rows are left out and counted. */
  readonly skipBadRows?: boolean;
  /** With skipBadRows: a CSV file for the rows left out (line, reason, text). */
  readonly rejectsPath?: string;
  /** A column of paths of images, which are read as the column `pixels` (image-paths.ts). */
  readonly images?: string;
  /** Where those paths start, and what they do not leave. Default: the folder of the file that is read. */
  readonly imageRoot?: string;
  /** Pixels that the header of an image may say, at most. Default 50,000,000. */
  readonly maxPixels?: number;
  /** A pretrained network that says the features of images (onnx.ts). */
  readonly backbone?: Backbone;
  /** Of an IDX file of images: the file of their labels. Default: the one beside it, by name. */
  readonly labels?: string;
  /** Stops the reading between two blocks. */
  readonly signal?: AbortSignal;
  /** Called between two blocks with the share done, 0…1. */
  readonly onProgress?: (share: number) => void;
  /**
   * Read in a process of its own, for files that nobody vouches for: what ends it, a crash or want of memory, is an error. Rows of a
   * program are taken as they are.
   */
  readonly sandbox?: Sandbox;
}

/** Limits of a process that reads. */
export interface Sandbox {
  /** Memory at most. */
  readonly bytes: number;
  /** Time at most. */
  readonly seconds: number;
}

/** Bytes of a sandbox at least: a process that does nothing takes about 80 MB. */
export const MIN_SANDBOX_BYTES = 2 ** 27;

/** How the text was understood, for showing and for writing alike. */
export interface Dialect {
  readonly format: Format | "query" | "rows" | "folder" | "files" | "images";
  readonly compression: "none" | "gzip";
  /** The name that TextDecoder gives it; null where there is no text. */
  readonly encoding: string | null;
  readonly delimiter: string | null;
  readonly quote: string | null;
  readonly header: boolean;
  readonly lineEnd: "LF" | "CRLF" | "CR" | "mixed" | null;
  readonly decimal: "." | ",";
  /** Lines passed over above the table: comments and what skipLines named. */
  readonly skippedLines: number;
  /** Where the source is several files: how many, in how many folders of classes (0 where a file is a class). */
  readonly files?: { readonly count: number; readonly folders: number };
}

/** The part of a dialect that says nothing, for sources that are not delimited text. */
export const NO_TEXT_DIALECT = {
  delimiter: null,
  quote: null,
  header: true,
  lineEnd: null,
  decimal: ".",
  skippedLines: 0,
} as const satisfies Partial<Dialect>;

export interface Reject {
  /** From 1; of a JSON array, the row. */
  readonly line: number;
  readonly reason: string;
  /** The row as it stands in the file. */
  readonly text: string;
}

/** read = rows of the table + rejected. */
export interface Ledger {
  readonly read: number;
  readonly rejected: number;
  /** The first rejects, at most 20; all of them are in the file that `rejectsPath` names. */
  readonly rejects: readonly Reject[];
}

export interface TableSource {
  readonly table: Table;
  readonly ledger: Ledger;
  readonly dialect: Dialect;
  /** What to call the source in words: the file's name, "standard input", "query" or "rows". */
  readonly name: string;
  /** Sentences about what was understood and is worth knowing (columns renamed, lines passed over). */
  readonly remarks: readonly string[];
  /** The column of labels, where the source has a place for them: "label" for texts. */
  readonly target?: string;
  /** SHA-256 of the table (hash.ts), in hexadecimal: equal for equal typed tables, however they were stored. */
  readonly sha256: string;
}

/** A table as the reader of one format delivers it; `rejected` holds every reject where a file was asked for. */
export type ReadTable = Omit<TableSource, "sha256"> & { readonly rejected: readonly Reject[] };

/** Columns of a table at most. */
export const MAX_COLUMNS = 100_000;
/** Characters of a cell at most. */
export const MAX_CELL_LENGTH = 1 << 22;
/** Files of a source at most. */
export const MAX_FILES = 1_000_000;
/** Bytes of a file that is one cell at most: no encoding takes more for a character. */
export const MAX_CELL_BYTES = 4 * MAX_CELL_LENGTH;
/** Bytes of a source at most, unpacked: what one read of the file system delivers. */
export const MAX_BYTES = 2 ** 31 - 1;
