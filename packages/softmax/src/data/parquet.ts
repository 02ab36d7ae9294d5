import { join } from "node:path";
import * as errors from "../errors.ts";
import { writeFileAtomically } from "./atomic.ts";
import { checkFile, fileBytes, fileHead, type SourceBytes } from "./bytes.ts";
import { literal, openDatabase, selectTable } from "./duckdb.ts";
import { isParquet } from "./format.ts";
import { inScratchFolder } from "./scratch.ts";
import { NO_TEXT_DIALECT, type ReadOptions, type ReadTable } from "./source.ts";

/** The table, read from disk without taking the file into memory; null where it is no Parquet file. */
export async function readParquetFile(
  path: string,
  options: ReadOptions,
): Promise<ReadTable | null> {
  await checkFile(path);
  if (!(await startsAsParquet(path))) return null;
  if (isPlainPath(path)) return read(path, path, options);
  return readParquet(await fileBytes(path), options);
}

/** Reads Parquet from bytes, such as standard input's. */
export async function readParquet(source: SourceBytes, options: ReadOptions): Promise<ReadTable> {
  return inScratchFolder(async (folder) => {
    const path = join(folder, "table.parquet");
    await writeFileAtomically(path, source.bytes);
    return read(path, source.name, options);
  });
}

/** DuckDB would take others for patterns of several files. */
export const isPlainPath = (path: string): boolean => !/[*?[\]{}]/.test(path);

export async function startsAsParquet(path: string): Promise<boolean> {
  return isParquet(await fileHead(path, 4));
}

async function read(path: string, name: string, options: ReadOptions): Promise<ReadTable> {
  const { connection, close } = await openDatabase();
  try {
    const sql = `select * from read_parquet(${literal(path)})`;
    const { table, remarks } = await selectTable(connection, sql, name, options).catch((cause) => {
      throw cause instanceof Error && cause.name !== "SoftmaxError"
        ? errors.badParquet(name, cause.message)
        : cause;
    });
    if (table.rows === 0) throw errors.emptySource(name);
    const ledger = { read: table.rows, rejected: 0, rejects: [] };
    const dialect = {
      ...NO_TEXT_DIALECT,
      format: "parquet",
      compression: "none",
      encoding: null,
    } as const;
    return { table, ledger, dialect, name, remarks, rejected: [] };
  } finally {
    close();
  }
}
