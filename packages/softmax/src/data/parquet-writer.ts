import { createReadStream } from "node:fs";
import { join } from "node:path";
import type { Table } from "@softmax/core";
import * as errors from "../errors.ts";
import { appendTable, createTable, type Database, literal, openDatabase } from "./duckdb.ts";
import { inScratchFolder } from "./scratch.ts";
import type { Sink } from "./sink.ts";

/** Gathers the tables in a database and writes them as one Parquet file when closed. */
export function parquetWriter(sink: Sink): {
  write(table: Table): Promise<void>;
  close(): Promise<void>;
  abort(): Promise<void>;
} {
  let database: Database | null = null;
  const release = (): void => {
    database?.close();
    database = null;
  };
  return {
    async write(table) {
      if (database === null) {
        database = await openDatabase();
        await createTable(database.connection, "output", table);
      } else await appendTable(database.connection, "output", table);
    },
    async close() {
      if (database !== null) await copyTo(database, sink);
      release();
      await sink.close();
    },
    abort() {
      release();
      return sink.abort();
    },
  };
}

const copyTo = ({ connection }: Database, sink: Sink): Promise<void> =>
  inScratchFolder(async (folder) => {
    const path = join(folder, "table.parquet");
    await connection
      .run(`copy output to ${literal(path)} (format parquet)`)
      .catch((cause: Error) => {
        throw errors.cannotWrite(path, cause.message.split("\n", 1)[0]);
      });
    for await (const bytes of createReadStream(path)) await sink.write(bytes as Uint8Array);
  });
