import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { forgetUnfinished, keepUnfinished } from "./unfinished.ts";

/** Gives `work` a folder of its own among the system's temporary files. It goes with the end of the work, or of the process. */
export async function inScratchFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "softmax-"));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  keepUnfinished(folder, remove);
  try {
    return await work(folder);
  } finally {
    remove();
    forgetUnfinished(folder);
  }
}
