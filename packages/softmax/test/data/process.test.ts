import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { buildSync } from "esbuild";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "./tables.ts";

const at = temporaryFolder();
const here = dirname(fileURLToPath(import.meta.url));
const core = fileURLToPath(new URL("../../../core/src/index.ts", import.meta.url));

/** A program of its own from TypeScript that imports the reader and the writer. */
function program(name: string, code: string): string {
  const outfile = at(name);
  buildSync({
    stdin: {
      contents: `import { openWriter } from "../../src/data/writer.ts";
        import { readTable } from "../../src/data/read.ts";
        ${code}`,
      resolveDir: here,
      loader: "ts",
    },
    alias: { "@softmax/core": core },
    external: ["@duckdb/node-api"],
    bundle: true,
    platform: "node",
    format: "esm",
    outfile,
  });
  return outfile;
}

const table = `({
  rows: 100_000,
  columns: [{ kind: "number", name: "x", values: new Float64Array(100_000) }],
  decimal: ".",
})`;

describe("a process", () => {
  it("that writes ends cleanly and early when the reader of its standard output has gone", () => {
    const path = program(
      "pipe.mjs",
      `const writer = await openWriter("-");
      let tables = 0;
      while (writer.isRead && tables < 1000) { await writer.write(${table}); tables++; }
      await writer.close();
      console.error(tables < 1000 ? "stopped" : "went on");`,
    );
    const command = `"${process.execPath}" "${path}" | head -n 2`;
    const { stdout, stderr } = spawnSync("sh", ["-c", command], { encoding: "utf8" });
    expect(stdout).toBe("x\n0\n");
    expect(stderr).toBe("stopped\n");
  });

  it("that writes leaves no temporary file when it exits half-way", () => {
    const path = program(
      "exit.mjs",
      `const writer = await openWriter(${JSON.stringify(at("half.csv"))});
      await writer.write(${table});
      process.exit(0);`,
    );
    execFileSync(process.execPath, [path]);
    expect(readdirSync(dirname(path)).filter((name) => name.includes("half"))).toEqual([]);
  });

  it("reads standard input, packed or not", () => {
    const path = program(
      "stdin.mjs",
      `const { table, name, dialect } = await readTable("-");
      console.log(JSON.stringify([table.rows, name, dialect.compression]));`,
    );
    const run = (input: string | Uint8Array) =>
      JSON.parse(execFileSync(process.execPath, [path], { input, encoding: "utf8" }));
    expect(run("a,b\n1,2\n")).toEqual([1, "standard input", "none"]);
    expect(run(gzipSync("a,b\n1,2\n3,4\n"))).toEqual([2, "standard input", "gzip"]);
  });
});
