import { stat } from "node:fs/promises";
import type { Table } from "@softmax/core";
import { type BlockDecoder, blockDecoder } from "./block-decoder.ts";
import { allBytes, type ByteStream, openBytes } from "./byte-stream.ts";
import type { SourceBytes } from "./bytes.ts";
import { formatOf } from "./format.ts";
import { checkReadOptions } from "./options.ts";
import { checkRejectsPath } from "./paths.ts";
import type { PiecePlan } from "./piece-reader.ts";
import { type Piece, pieceCutter, type TextBlock } from "./pieces.ts";
import type { Dialect, ReadOptions } from "./source.ts";
import type { Start } from "./start.ts";
import { delimitedStart } from "./start-delimited.ts";
import { jsonLinesStart } from "./start-jsonl.ts";

/** A source whose rows come in pieces, for those who need not have them all at once. */
export interface RowStream {
  /** What to call the source in words. */
  readonly name: string;
  readonly plan: PiecePlan;
  /** As the head shows it; its line ends are those of the head. */
  readonly dialect: Dialect;
  /** The rows of the head, for checking columns before any work is done; gone once the pieces are asked for. */
  readonly head: Table;
  /** Lines above the first piece. */
  readonly linesAbove: number;
  /** Every row of the source, from the first. To be asked for once. */
  pieces(): AsyncGenerator<Piece>;
  /** Share of a file that has been read; 0 for a pipe. */
  share(): number;
  /** Sentences about what was understood; whole once the pieces are. */
  remarks(): string[];
  close(): Promise<void>;
}

/** How much is looked at before the first row goes on, and how much is read at a time from there, in bytes. */
export interface Sizes {
  readonly head: number;
  readonly block: number;
}

export const SIZES: Sizes = { head: 1 << 22, block: 1 << 20 };

/**
 * Opens a file, or standard input ("-"), for reading in pieces: delimited text and JSON lines that are longer than the head. All
 * that is decided of a source (dialect, columns, decimal separator) is decided from its head. Where that might differ
 * from what the whole says, a file is read whole.
 *
 * Returns the bytes where the source is short or of another format, the path where a file is better read whole. Throws as
 * `readTable` does.
 */
export async function openRows(
  path: string,
  options: ReadOptions,
  sizes: Sizes = SIZES,
): Promise<RowStream | SourceBytes | string> {
  checkReadOptions(options);
  checkRejectsPath(path, options.rejectsPath);
  const found = path === "-" ? null : await stat(path).catch(() => null);
  // What is missing or a folder is readTable's affair.
  if (path !== "-" && (found === null || found.isDirectory())) return path;
  const bytes = await openBytes(path, sizes.head);
  try {
    if (bytes.isWhole) return await whole(bytes, path);
    const format = formatOf({ ...bytes, bytes: bytes.head }, options);
    if (format !== "delimited" && format !== "jsonl") return await whole(bytes, path);
    const decoder = blockDecoder(bytes.head, options.encoding ?? "auto");
    const text = decoder.decode(bytes.head, false);
    const startOf = format === "jsonl" ? jsonLinesStart : delimitedStart;
    const again = bytes.canReopen ? () => allBlocks(path, options, sizes) : null;
    const start = await startOf(bytes.name, text, options, again);
    return start === null
      ? await whole(bytes, path)
      : rowStream(bytes, decoder, text, start, sizes);
  } catch (error) {
    await bytes.close();
    throw error;
  }
}

/** A file is opened again; what came through a pipe is read to its end. */
async function whole(bytes: ByteStream, path: string): Promise<SourceBytes | string> {
  if (!bytes.canReopen) return allBytes(bytes);
  await bytes.close();
  return path;
}

async function* allBlocks(
  path: string,
  options: ReadOptions,
  sizes: Sizes,
): AsyncGenerator<TextBlock> {
  const bytes = await openBytes(path, sizes.head);
  const decoder = blockDecoder(bytes.head, options.encoding ?? "auto");
  try {
    yield decoder.decode(bytes.head, false);
    for await (const block of bytes.rest(sizes.block)) yield decoder.decode(block, false);
    yield decoder.decode(NOTHING, true);
  } finally {
    await bytes.close();
  }
}

const NOTHING = new Uint8Array(0);

function rowStream(
  bytes: ByteStream,
  decoder: BlockDecoder,
  first: TextBlock,
  start: Start,
  sizes: Sizes,
): RowStream {
  const { name, compression } = bytes;
  const { plan, dialect, linesAbove, skip, remarks } = start;
  const cutter = pieceCutter(start.syntax);
  // Some ten megabytes of text and its rows, which nobody needs while the rest goes by.
  let head: { readonly table: Table; readonly block: TextBlock } | null = {
    table: start.head,
    block: first,
  };
  return {
    ...{ name, plan, linesAbove },
    dialect: { ...dialect, compression, encoding: decoder.name },
    get head() {
      if (head === null) throw new Error("internal: the head was asked for after the pieces");
      return head.table;
    },
    share: bytes.share,
    remarks: () => [...remarks, ...decoder.remarks()],
    close: bytes.close,
    async *pieces() {
      const { block } = head as NonNullable<typeof head>;
      head = null;
      yield* present(cutter.push({ ...block, text: block.text.slice(skip) }, false));
      for await (const block of bytes.rest(sizes.block)) {
        yield* present(cutter.push(decoder.decode(block, false), false));
      }
      yield* present(cutter.push(decoder.decode(NOTHING, true), true));
    },
  };
}

const present = (piece: Piece | null): readonly Piece[] => (piece === null ? [] : [piece]);
