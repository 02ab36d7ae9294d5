import type { Table } from "@softmax/core";
import * as errors from "../errors.ts";
import { csvEncoder } from "./csv.ts";
import { jsonLinesEncoder } from "./jsonl.ts";
import type { Encode } from "./lines-out.ts";
import { parquetWriter } from "./parquet-writer.ts";
import { openSink, type Sink } from "./sink.ts";

export type OutputFormat = "csv" | "tsv" | "jsonl" | "parquet";

export interface WriterOptions {
  /** Default: from the path's extension; "csv" for standard output. */
  readonly format?: OutputFormat;
  /** Of CSV; default ",". */
  readonly delimiter?: string;
  /** Of numbers in CSV; default ".". */
  readonly decimal?: "." | ",";
}

/** Writes tables one below the other; all must have the same columns. */
export interface TableWriter {
  write(table: Table): Promise<void>;
  /** Puts the file in its place. Until then, nobody sees any of it. */
  close(): Promise<void>;
  /** Leaves no file. */
  abort(): Promise<void>;
  /** False once nobody reads standard output any more: the caller may stop. */
  readonly isRead: boolean;
}

/**
 * Opens a file, or standard output ("-"), for tables. Texts are written as they are, numbers as JavaScript writes them (the
 * shortest text that reads back as the same number), missing values as nothing (CSV) or null.
 * Throws a RangeError for an unknown extension, a SoftmaxError where the place cannot be written to.
 */
export async function openWriter(path: string, options: WriterOptions = {}): Promise<TableWriter> {
  const format = options.format ?? outputFormatOf(path);
  const sink = await openSink(path);
  if (format === "parquet") return checked(parquetWriter(sink), sink);
  return checked(textWriter(sink, textEncoder(format, options)), sink);
}

/** How tables become bytes. */
export function textEncoder(
  format: Exclude<OutputFormat, "parquet">,
  { delimiter, decimal = "." }: Omit<WriterOptions, "format">,
): Encode {
  if (format === "jsonl") return jsonLinesEncoder;
  return csvEncoder(delimiter ?? (format === "tsv" ? "\t" : ","), decimal);
}

const FORMATS = new Map<string, OutputFormat>([
  ["csv", "csv"],
  ["tsv", "tsv"],
  ["jsonl", "jsonl"],
  ["ndjson", "jsonl"],
  ["parquet", "parquet"],
]);

/** The format that the path's extension names. Throws a RangeError for an unknown one. */
export function outputFormatOf(path: string): OutputFormat {
  if (path === "-" || path.startsWith("/dev/")) return "csv";
  const format = FORMATS.get(path.slice(path.lastIndexOf(".") + 1).toLowerCase());
  if (format === undefined) throw errors.unknownOutput(path);
  return format;
}

type Body = Pick<TableWriter, "write" | "close" | "abort">;

function textWriter(sink: Sink, encode: Encode): Body {
  let first = true;
  return {
    async write(table) {
      for (const bytes of encode(table, first)) {
        if (!sink.isRead) return;
        await sink.write(bytes);
      }
      first = false;
    },
    close: () => sink.close(),
    abort: () => sink.abort(),
  };
}

/** Refuses other columns, and leaves no file where anything fails. */
function checked(body: Body, sink: Sink): TableWriter {
  let shape: string | null = null;
  const orAbort = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (cause) {
      await body.abort();
      throw cause;
    }
  };
  return {
    get isRead() {
      return sink.isRead;
    },
    write: (table) =>
      orAbort(async () => {
        const now = JSON.stringify(table.columns.map(({ name, kind }) => [name, kind]));
        if (now !== (shape ??= now)) throw errors.otherColumns();
        await body.write(table);
      }),
    close: () => orAbort(body.close),
    abort: () => body.abort(),
  };
}
