import { basename, resolve } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import * as errors from "../errors.ts";
import { checkFile } from "./bytes.ts";
import {
  createTable,
  type Database,
  identifier,
  literal,
  lock,
  openDatabase,
  selectTable,
} from "./duckdb.ts";
import { isPlainPath, startsAsParquet } from "./parquet.ts";
import { NO_TEXT_DIALECT, type ReadOptions, type ReadTable, type TableSource } from "./source.ts";

type ReadFile = (path: string, options: ReadOptions) => Promise<TableSource>;

/**
 * The result of a SELECT over the named files, sorted by all of its columns. Each file is a table under its path as given, its
 * name, its name up to the first dot, and the first of them also as `data`. All but Parquet are read as `readTable` reads
 * them, so their columns are texts. No other file can be reached.
 */
export async function readQuery(
  query: string,
  files: readonly string[],
  readFile: ReadFile,
  options: ReadOptions,
): Promise<ReadTable> {
  if (files.length === 0) throw errors.queryWithoutFiles();
  const database = await openDatabase();
  try {
    const { names, decimal } = await prepare(database, files, readFile, options);
    const read = await run(database.connection, query, names, options);
    if (decimal === ".") return read;
    const dialect = { ...read.dialect, decimal };
    return { ...read, dialect, table: { ...read.table, decimal } };
  } finally {
    database.close();
  }
}

/** Loads the files, locks the database; returns the tables' names, and "," where a file has decimal commas. */
async function prepare(
  { connection }: Database,
  files: readonly string[],
  readFile: ReadFile,
  options: ReadOptions,
): Promise<{ names: string[]; decimal: "." | "," }> {
  let decimal: "." | "," = ".";
  const taken = new Set<string>();
  const { rejectsPath: _, ...fileOptions } = options;
  await connection.run("set TimeZone='UTC'");
  for (const [i, path] of files.entries()) {
    await checkFile(path);
    const source = `file ${i + 1}`;
    if (isPlainPath(path) && (await startsAsParquet(path))) {
      const parquet = `read_parquet(${literal(resolve(path))})`;
      await connection.run(`create view ${identifier(source)} as select * from ${parquet}`);
    } else {
      const { table } = await readFile(path, fileOptions);
      if (table.decimal === ",") decimal = ",";
      await createTable(connection, source, table);
    }
    for (const name of namesOf(path, i)) {
      if (taken.has(name.toLowerCase())) continue;
      taken.add(name.toLowerCase());
      const view = `create view ${identifier(name)} as select * from ${identifier(source)}`;
      await connection.run(view);
    }
  }
  await lock(
    connection,
    files.map((path) => resolve(path)),
  );
  return { names: [...taken], decimal };
}

function namesOf(path: string, i: number): string[] {
  const base = basename(path);
  return [path, base, base.split(".", 1)[0], ...(i === 0 ? ["data"] : [])].filter((s) => s !== "");
}

async function run(
  connection: DuckDBConnection,
  query: string,
  names: readonly string[],
  options: ReadOptions,
): Promise<ReadTable> {
  const sql = `select * from (${query.replace(/[\s;]+$/, "")}\n) order by all`;
  const { table, remarks } = await selectOnly(connection, sql, options).catch((cause) => {
    throw cause instanceof Error && cause.name !== "SoftmaxError"
      ? errors.queryFailed(cause.message, names)
      : cause;
  });
  if (table.rows === 0) throw errors.emptySource("the query's result");
  const ledger = { read: table.rows, rejected: 0, rejects: [] };
  const dialect = {
    ...NO_TEXT_DIALECT,
    format: "query",
    compression: "none",
    encoding: null,
  } as const;
  return { table, ledger, dialect, name: "query", remarks, rejected: [] };
}

async function selectOnly(connection: DuckDBConnection, sql: string, options: ReadOptions) {
  const statements = await connection.extractStatements(sql);
  if (statements.count !== 1) throw errors.noSelect();
  return selectTable(connection, sql, "query", options);
}
