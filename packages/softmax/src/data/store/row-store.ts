import { Worker } from "node:worker_threads";
import {
  createMail,
  endMail,
  type Floats,
  type RowSpool,
  type SpoolShape,
  type StoredRows,
} from "@softmax/core";
import { type RowPlaces, readRows } from "./row-places.ts";
import type { RowServerJob } from "./row-server.ts";
import { openScratch, type ScratchCalls, type ScratchFile } from "./scratch-file.ts";

/** The thread makes next to nothing. */
const SMALL = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 32 };

/** Encoded rows in a scratch file of their own: all dense features, then all codes. */
export function rowSpool(
  folder: string,
  { rows: wanted, dense, codes }: SpoolShape,
  chunkBytes: number,
  calls?: ScratchCalls,
): RowSpool {
  const denseBytes = ((dense?.width ?? 0) * (dense?.bits ?? 0)) / 8;
  const codeBytes = 4 * (codes?.perRow ?? 0);
  const file: ScratchFile = openScratch(folder, calls);
  const places: RowPlaces = { denseBytes, codeBytes, codesAt: (wanted ?? 0) * denseBytes };
  try {
    if (wanted !== null) file.expect(wanted * (denseBytes + codeBytes));
  } catch (error) {
    file.close();
    throw error;
  }
  const servers = new Set<() => void>();
  let written = 0;
  return {
    write(count: number, floats: Floats | null, integers: Int32Array | null) {
      if (floats !== null) file.write(floats, written * denseBytes);
      if (integers !== null) file.write(integers, places.codesAt + written * codeBytes);
      written += count;
    },
    finish() {
      if (wanted !== null && written !== wanted) {
        throw new Error(`internal: ${written} of ${wanted} rows were written`);
      }
      const stored = { rows: written, dense, codes, chunkBytes };
      const read: StoredRows["read"] = (first, _count, floats, integers) =>
        readRows(file.read, places, first, floats, integers);
      const share = (): { mail: ReturnType<typeof createMail>; close(): void } => {
        const mail = createMail({ ...stored, read }, chunkBytes);
        const workerData: RowServerJob = { mail, fd: file.fd, places };
        const worker = new Worker(new URL("./row-server.js", import.meta.url), {
          workerData,
          execArgv: [],
          resourceLimits: SMALL,
        });
        const died = (): void => endMail(mail);
        worker.on("error", died);
        worker.on("exit", died);
        worker.unref();
        const close = (): void => {
          servers.delete(close);
          endMail(mail);
          void worker.terminate();
        };
        servers.add(close);
        return { mail, close };
      };
      return { ...stored, read, share };
    },
    close() {
      for (const close of [...servers]) close();
      file.close();
    },
  };
}
