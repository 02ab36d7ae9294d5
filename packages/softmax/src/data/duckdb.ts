import { tmpdir } from "node:os";
import { join } from "node:path";
import type {
  DuckDBConnection,
  DuckDBDataChunk,
  DuckDBResult,
  DuckDBType,
  DuckDBValue,
} from "@duckdb/node-api";
import {
  type Table,
  type TableColumn,
  type TypedCell,
  timestampText,
  typedCell,
} from "@softmax/core";
import * as errors from "../errors.ts";
import { textBuilder, typedColumn } from "./columns.ts";
import { columnNames } from "./names.ts";
import { pause } from "./pause.ts";
import { MAX_COLUMNS, type ReadOptions } from "./source.ts";

/** Rows of one chunk of DuckDB at most. */
const CHUNK = 2048;

export interface Database {
  readonly connection: DuckDBConnection;
  close(): void;
}

let limitBytes: number | null = null;

/** From now on databases take at most so much memory, and none of the disk. */
export function limitDatabases(bytes: number): void {
  limitBytes = bytes;
}

/** A database in memory, with one thread: sums of floats in a user's query must not depend on how many there are. */
export async function openDatabase(): Promise<Database> {
  const { DuckDBInstance } = await import("@duckdb/node-api");
  const instance = await DuckDBInstance.create(":memory:", {
    threads: "1",
    temp_directory: join(tmpdir(), "softmax-duckdb"),
    ...(limitBytes === null
      ? {}
      : {
          memory_limit: `${Math.floor(limitBytes / 2 ** 20)}MiB`,
          max_temp_directory_size: "0MiB",
        }),
  });
  const connection = await instance.connect();
  return {
    connection,
    close: () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

/**
 * Leaves the connection no file but `paths` to read, and none to write; it cannot be undone. The order matters: allowed
 * paths can only be named while access is open.
 */
export async function lock(connection: DuckDBConnection, paths: readonly string[]): Promise<void> {
  await connection.run(`set allowed_paths=[${paths.map(literal).join(", ")}]`);
  await connection.run("set enable_external_access=false");
  await connection.run("set lock_configuration=true");
}

/** SQL's text literal. */
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** SQL's quoted name. */
export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Makes a table in the database from one of ours: numbers as DOUBLE, texts as VARCHAR. */
export async function createTable(
  connection: DuckDBConnection,
  name: string,
  table: Table,
): Promise<void> {
  const kinds = table.columns.map((column) => (column.kind === "text" ? "VARCHAR" : "DOUBLE"));
  const columns = table.columns.map(({ name }, j) => `${identifier(name)} ${kinds[j]}`);
  await connection.run(`create table ${identifier(name)} (${columns.join(", ")})`);
  await appendTable(connection, name, table);
}

/** Appends the rows to a table that `createTable` made. */
export async function appendTable(
  connection: DuckDBConnection,
  name: string,
  table: Table,
): Promise<void> {
  const api = await import("@duckdb/node-api");
  const types = table.columns.map(({ kind }) => (kind === "text" ? api.VARCHAR : api.DOUBLE));
  const appender = await connection.createAppender(name);
  for (let from = 0; from < table.rows; from += CHUNK) {
    const to = Math.min(table.rows, from + CHUNK);
    const chunk = api.DuckDBDataChunk.create(types, to - from);
    for (const [j, column] of table.columns.entries()) {
      chunk.setColumnValues(j, cellsOf(column, from, to));
    }
    appender.appendDataChunk(chunk);
  }
  appender.closeSync();
}

const cellsOf = (column: TableColumn, from: number, to: number): TypedCell[] =>
  column.kind === "text"
    ? Array.from(column.codes.subarray(from, to), (code) =>
        code < 0 ? null : column.dictionary[code],
      )
    : Array.from(column.values.subarray(from, to), (x) => (Number.isNaN(x) ? null : x));

/** Runs a SELECT and takes its result as a table, in the order in which it comes. */
export async function selectTable(
  connection: DuckDBConnection,
  sql: string,
  name: string,
  options: ReadOptions,
): Promise<{ table: Table; remarks: string[] }> {
  const result = await connection.stream(sql);
  if (result.columnCount > MAX_COLUMNS) {
    throw errors.tooManyColumns(name, result.columnCount, MAX_COLUMNS);
  }
  const remarks: string[] = [];
  const names = columnNames(result.columnNames(), remarks);
  const readers = await columnReaders(result, names, remarks);
  let rows = 0;
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) break;
    for (const reader of readers) reader.take(chunk, rows);
    rows += chunk.rowCount;
    await pause(options, 0.5);
  }
  const columns = readers.map((reader) => reader.finish());
  return { table: { rows, columns, decimal: "." }, remarks };
}

interface ColumnReader {
  take(chunk: DuckDBDataChunk, firstRow: number): void;
  finish(): TableColumn;
}

async function columnReaders(
  result: DuckDBResult,
  names: readonly string[],
  remarks: string[],
): Promise<ColumnReader[]> {
  const api = await import("@duckdb/node-api");
  const id = api.DuckDBTypeId;
  const { BLOB, LIST, STRUCT, MAP, ARRAY, UNION, VARIANT, GEOMETRY } = id;
  const nested = [BLOB, LIST, STRUCT, MAP, ARRAY, UNION, VARIANT, GEOMETRY];
  return result.columnTypes().flatMap((type, j) => {
    if (nested.includes(type.typeId)) {
      remarks.push(errors.nestedColumn(names[j], String(type)));
      return [];
    }
    const isText = type.typeId === id.VARCHAR || type.typeId === id.ENUM;
    return [isText ? textReader(j, names[j]) : cellReader(j, names[j], cellOf(type, api))];
  });
}

function textReader(j: number, name: string): ColumnReader {
  const builder = textBuilder();
  return {
    take(chunk) {
      const vector = chunk.getColumnVector(j);
      for (let i = 0; i < chunk.rowCount; i++) builder.add(vector.getItem(i) as string | null);
    },
    finish: () => builder.finish(name),
  };
}

function cellReader(j: number, name: string, toCell: ToCell): ColumnReader {
  const cells: TypedCell[] = [];
  return {
    take(chunk, firstRow) {
      const vector = chunk.getColumnVector(j);
      for (let i = 0; i < chunk.rowCount; i++) {
        const value = vector.getItem(i);
        const cell = value === null ? null : toCell(value);
        if (cell === undefined) {
          throw errors.badGivenRow(name, firstRow + i + 1, errors.nestedValue(name, value));
        }
        cells.push(cell);
      }
    },
    finish: () => typedColumn(name, cells),
  };
}

/** Undefined where the value cannot stand in a table. */
type ToCell = (value: DuckDBValue) => TypedCell | undefined;

/** Numbers and booleans as everywhere; all else as the text that DuckDB gives it, moments in ISO 8601 and UTC. */
function cellOf(type: DuckDBType, api: typeof import("@duckdb/node-api")): ToCell {
  const id = api.DuckDBTypeId;
  switch (type.typeId) {
    case id.TIMESTAMP:
    case id.TIMESTAMP_S:
    case id.TIMESTAMP_MS:
    case id.TIMESTAMP_NS:
      return (value) => timestampText(String(value));
    case id.TIMESTAMP_TZ:
      return (value) => {
        const { micros } = value as import("@duckdb/node-api").DuckDBTimestampTZValue;
        return timestampText(String(new api.DuckDBTimestampValue(micros)));
      };
    default:
      return (value) => typedCell(typeof value === "object" ? String(value) : value);
  }
}
