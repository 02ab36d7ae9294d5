import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { builtProgram } from "./program.ts";
import { temporaryFolder } from "./tables.ts";

const at = temporaryFolder();
const program = (name: string, code: string): string => builtProgram(at(name), code);

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

  it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
    "that is stopped by %s ends by it, and leaves the old file and no temporary one",
    async (signal) => {
      const path = at(`${signal}.st`);
      writeFileSync(path, "old");
      const code = `await writeFileAtomically(${JSON.stringify(path)}, (async function* () {
        yield "half of the new";
        console.log("half");
        await new Promise((resolve) => setTimeout(resolve, 60_000));
      })());`;
      const child = spawn(process.execPath, [program(`${signal}.mjs`, code)]);
      const ended = once(child, "exit");
      await once(child.stdout, "data");
      const beside = (): string[] =>
        readdirSync(dirname(path)).filter((name) => name.includes(`${signal}.st`));
      expect(beside()).toHaveLength(2);
      child.kill(signal);
      expect(await ended).toEqual([null, signal]);
      expect(beside()).toEqual([`${signal}.st`]);
      expect(readFileSync(path, "utf8")).toBe("old");
    },
  );

  it("that has its own way with a signal goes on writing", async () => {
    const path = at("graceful.st");
    const code = `let finish;
      process.on("SIGTERM", () => finish());
      await writeFileAtomically(${JSON.stringify(path)}, (async function* () {
        yield "first, ";
        console.log("half");
        const wait = setTimeout(() => {}, 60_000);
        await new Promise((resolve) => { finish = resolve; });
        clearTimeout(wait);
        yield "last";
      })());`;
    const child = spawn(process.execPath, [program("graceful.mjs", code)]);
    const ended = once(child, "exit");
    await once(child.stdout, "data");
    child.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
    expect(readFileSync(path, "utf8")).toBe("first, last");
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
