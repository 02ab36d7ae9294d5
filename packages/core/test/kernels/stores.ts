import { Worker } from "node:worker_threads";
import { buildSync } from "esbuild";
import { createMail, endMail } from "../../src/base/mail.ts";
import type { Matrix, StoredRows } from "../../src/base/matrix.ts";

/** A store of X that counts what is read. */
export function storeOf({ rows, dense, codes }: Matrix): StoredRows & { rowsRead: number } {
  const store = {
    rows,
    dense: dense && {
      width: dense.width,
      bits: (dense.data instanceof Float32Array ? 32 : 64) as 32 | 64,
    },
    codes: codes && { width: codes.width, perRow: codes.perRow },
    rowsRead: 0,
    read: ((first, count, floats, integers) => {
      store.rowsRead += count;
      const part = (width: number): [number, number] => [first * width, (first + count) * width];
      if (dense !== null) floats!.set(dense.data.subarray(...part(dense.width)));
      if (codes !== null) integers!.set(codes.data.subarray(...part(codes.perRow)));
    }) satisfies StoredRows["read"],
  };
  return store;
}

/** The same for other threads too, in chunks of so many bytes; `failing`: from that row on nothing can be read there. */
export function sharedStoreOf(X: Matrix, chunkBytes: number, failing = X.rows): StoredRows {
  const store = storeOf(X);
  return {
    ...store,
    chunkBytes,
    share() {
      const mail = createMail(store, chunkBytes);
      const workerData = { X, mail, failing };
      const worker = new Worker(serverSource(), { eval: true, workerData });
      worker.unref();
      return {
        mail,
        close() {
          endMail(mail);
          void worker.terminate();
        },
      };
    },
  };
}

let source: string | null = null;

function serverSource(): string {
  source ??= buildSync({
    stdin: { contents: SERVER, resolveDir: import.meta.dirname, loader: "ts" },
    bundle: true,
    platform: "node",
    write: false,
  }).outputFiles[0].text;
  return source;
}

const SERVER = `
import { workerData } from "node:worker_threads";
import { serveRows } from "../../src/base/mail.ts";
const { X: { dense, codes }, mail, failing } = workerData;
serveRows(mail, (first, count, floats, integers) => {
  if (first + count > failing) throw new Error("row " + failing + " cannot be read");
  if (dense !== null) floats.set(dense.data.subarray(first * dense.width, (first + count) * dense.width));
  if (codes !== null) integers.set(codes.data.subarray(first * codes.perRow, (first + count) * codes.perRow));
});
`;
