import { stat } from "node:fs/promises";
import { MISSING_TEXTS, meansMissing, type RowStorage } from "@softmax/core";
import * as errors from "../../errors.ts";
import type { SourceBytes } from "../bytes.ts";
import { hashOfColumns } from "../hash.ts";
import { pause } from "../pause.ts";
import { pieceAccount } from "../piece-account.ts";
import { readPiece } from "../piece-reader.ts";
import { openRejects } from "../rejects.ts";
import { openRows, type RowStream, SIZES, type Sizes } from "../row-stream.ts";
import type { ReadOptions, TableSource } from "../source.ts";
import { createCollector } from "./collect.ts";
import { rowSpool } from "./row-store.ts";
import { openScratch, type ScratchCalls, type ScratchFile } from "./scratch-file.ts";
import { StoredColumn, type TextRoom } from "./stored-column.ts";
import { orderedParts, storedTable } from "./stored-table.ts";

/** How much memory a training may take, and where rows go that do not fit. */
export interface MemoryLimit {
  /** At least MIN_MEMORY_BYTES. */
  readonly bytes: number;
  /** A folder for files without a name, on a disk with room. */
  readonly folder: string;
  /** Whether standard input may be kept there too: what its first 4 MiB leave open is then decided by them. Default false. */
  readonly pipes?: boolean;
  /** For tests. */
  readonly calls?: ScratchCalls;
  readonly sizes?: Sizes;
}

export const MIN_MEMORY_BYTES = 2 ** 28;

/** Shares of the limit, in 1/x: a process that does nothing takes some 80 MB of the least one. */
const SHARES = {
  /** The file of a table that is read into memory whole: texts take many times their bytes in a file. */
  file: 16,
  /** Rows of an encoding. */
  rows: 4,
  /** A chunk of them, which is there three times. */
  chunk: 24,
  /** Different texts of all columns. */
  texts: 8,
  /** What each row takes in any case: its class, weight, place and order, some columns and results. */
  always: 2,
  /** What may have been let go before the engine is told to collect it. */
  garbage: 16,
} as const;
const BYTES_A_ROW = 56;
const CHUNK = { least: 2 ** 20, most: 2 ** 26 };
/** Rows of more are never in one memory of the kernels. */
const MOST_IN_MEMORY = 3 * 2 ** 30;

/** Of a packed file, what it may hold unpacked. */
const PACKED = 8;

/** Whether a file, or standard input ("-"), may hold more than is read into memory whole within the limit. */
export async function isBeyond(path: string, limit: MemoryLimit): Promise<boolean> {
  if (path === "-") return limit.pipes ?? false;
  const found = await stat(path).catch(() => null);
  if (found === null || !found.isFile()) return false;
  return isMuch(/\.gz$/i.test(path) ? PACKED * found.size : found.size, limit);
}

/** Whether a file of so many bytes is more than is to be read into memory whole. */
export const isMuch = (size: number, { bytes }: MemoryLimit): boolean => size > bytes / SHARES.file;

/** Where the rows of encodings go that are too many for the limit. */
export function storageWithin({
  bytes,
  folder,
  calls,
}: MemoryLimit): Pick<RowStorage, "bytes" | "create"> {
  const chunk = Math.min(CHUNK.most, Math.max(CHUNK.least, Math.floor(bytes / SHARES.chunk)));
  return {
    bytes: Math.min(MOST_IN_MEMORY, Math.floor(bytes / SHARES.rows)),
    create: (shape) => rowSpool(folder, shape, chunk, calls),
  };
}

/** A table in a file. */
export interface StoredSource extends TableSource {
  readonly storage: RowStorage;
  close(): void;
}

/**
 * Reads delimited text or JSON lines into a scratch file, column by column: the same table as `readTable`, of which one column at a
 * time is in memory. Returns the bytes where the source is short or of another format, the path where it is better read whole.
 *
 * `missing`: texts that mean missing. Throws as `readTable`, and where texts do not fit within the limit.
 */
export async function readStored(
  path: string,
  options: ReadOptions,
  limit: MemoryLimit,
  missing: readonly string[] = MISSING_TEXTS,
): Promise<StoredSource | SourceBytes | string> {
  const stream = await openRows(path, options, limit.sizes ?? SIZES);
  if (typeof stream === "string" || !("pieces" in stream)) return stream;
  let file: ScratchFile | null = null;
  try {
    file = openScratch(limit.folder, limit.calls);
    return await storedSource(stream, options, limit, missing, file);
  } catch (error) {
    file?.close();
    throw error;
  } finally {
    await stream.close();
  }
}

async function storedSource(
  stream: RowStream,
  options: ReadOptions,
  limit: MemoryLimit,
  missing: readonly string[],
  file: ScratchFile,
): Promise<StoredSource> {
  const { plan, name } = stream;
  const all = Math.floor(limit.bytes / SHARES.texts);
  const room: TextRoom = { left: all, all };
  const { decimal } = plan;
  const columns = stream.head.columns.map(
    (column) => new StoredColumn(column.kind, { name: column.name, decimal, file, room }),
  );
  const { rejectsPath } = options;
  const rejects = rejectsPath === undefined ? null : await openRejects(rejectsPath);
  const account = pieceAccount(stream, rejects);
  try {
    let isFirst = true;
    for await (const piece of stream.pieces()) {
      const read = readPiece(plan, piece, isFirst);
      isFirst = false;
      await account.take(read, read.table.rows);
      for (const [j, column] of read.table.columns.entries()) columns[j].add(column);
      if (room.left < 0) makeRoom(columns, room);
      await pause(options, stream.share());
    }
    const { rows, ledger, dialect, remarks } = account.close();
    checkRows(name, rows, limit);
    await rejects?.close();
    const collector = createCollector(limit.bytes / SHARES.garbage);
    const isMissing = (text: string): boolean => meansMissing(text, missing, decimal);
    const finished = columns.map((column) => column.finish(isMissing));
    const kinds = columns.map((column, j) => ({ kind: column.kind, name: finished[j].name }));
    const hashes = finished.map(({ hash }) => hash);
    const sha256 = hashOfColumns({ rows, decimal, columns: kinds }, hashes);
    return {
      table: storedTable(finished, { rows, decimal }, collector),
      ...{ ledger, dialect, name, remarks, sha256 },
      storage: { ...storageWithin(limit), parts: orderedParts(file, collector) },
      close: file.close,
    };
  } catch (error) {
    await rejects?.abort();
    throw error;
  }
}

/** Throws where the texts of columns that are no numbers alone take too much. */
function makeRoom(columns: readonly StoredColumn[], room: TextRoom): void {
  for (const column of columns) column.giveUpTexts();
  if (room.left >= 0) return;
  const most = columns.reduce((a, b) => (b.texts > a.texts ? b : a));
  throw errors.textsBeyondMemory(most.name, most.texts, room.all);
}

function checkRows(name: string, rows: number, { bytes }: MemoryLimit): void {
  const always = rows * BYTES_A_ROW;
  if (always > bytes / SHARES.always)
    throw errors.rowsBeyondMemory(name, rows, SHARES.always * always);
}
