import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const core = fileURLToPath(new URL("../../../core/src/index.ts", import.meta.url));

/** Builds a program of its own, at `path`, from TypeScript that has the reader and the writers; returns the path. */
export function builtProgram(path: string, code: string): string {
  buildSync({
    stdin: {
      contents: `import { writeFileAtomically } from "../../src/data/atomic.ts";
        import { openWriter } from "../../src/data/writer.ts";
        import { readTable } from "../../src/data/read.ts";
        ${code}`,
      resolveDir: here,
      loader: "ts",
    },
    alias: { "@softmax/core": core },
    external: ["@duckdb/node-api", "sharp"],
    bundle: true,
    platform: "node",
    format: "esm",
    outfile: path,
  });
  return path;
}
