import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { kernelBytes } from "@softmax/core";
import { describe, expect, it } from "vitest";
import { type Circumstances, decideRevectorization } from "../../src/cli/revectorize.ts";
import { firstDifference, kernelResults, marked } from "../../src/cli/self-test.ts";
import { softmax, workFolder } from "./run.ts";

const LARGE = 2 ** 30;
const SMALL = 1000;
const folder = workFolder();
let used = 0;

/** Node 24 on x64 with nothing remembered, where the self-test finds no difference. */
function around(changes: Partial<Circumstances> = {}): Circumstances {
  const test = async (): Promise<null> => null;
  const unused = folder.at(`cache-${used++}`);
  return { node: "24.21.0", arch: "x64", env: {}, folder: unused, test, ...changes };
}

const untested = (): Promise<null> => {
  throw new Error("nothing was to be tested");
};

describe("revectorization", () => {
  it("is switched off by the option and by the variable, before anything is tested", async () => {
    const off = around({ test: untested });
    expect(await decideRevectorization(false, LARGE, off)).toEqual({
      on: false,
      why: "switched off by --no-revectorize",
    });
    const env = { SOFTMAX_REVECTORIZE: "0" };
    expect(await decideRevectorization(true, LARGE, { ...off, env })).toEqual({
      on: false,
      why: "switched off by SOFTMAX_REVECTORIZE=0",
    });
  });

  it.each(["20.20.2", "22.23.3", "23.11.1"])("is not available in Node %s", async (node) => {
    const { on, why } = await decideRevectorization(true, LARGE, around({ node, test: untested }));
    expect([on, why]).toEqual([false, `not available in Node ${node}: it needs Node 24`]);
  });

  it("is not available on arm64", async () => {
    const { on } = await decideRevectorization(true, LARGE, around({ arch: "arm64" }));
    expect(on).toBe(false);
  });

  it("waits for an input that is worth the test, then remembers the verdict", async () => {
    const here = around();
    expect((await decideRevectorization(true, SMALL, here)).on).toBe(false);
    expect((await decideRevectorization(true, LARGE, here)).on).toBe(true);
    const again = { ...here, test: untested };
    expect((await decideRevectorization(true, SMALL, again)).on).toBe(true);
    const newer = { ...again, node: "26.10.0" };
    expect((await decideRevectorization(true, SMALL, newer)).on).toBe(false);
  });

  it("stays off where the test finds a difference, and remembers that too", async () => {
    const here = around({ test: async () => "softmax" });
    const off = { on: false, why: "the self-test found other bits" };
    expect(await decideRevectorization(true, LARGE, here)).toEqual(off);
    expect(await decideRevectorization(true, SMALL, { ...here, test: untested })).toEqual(off);
  });

  it("believes nothing else that stands in the file of the verdict", async () => {
    const here = around();
    await decideRevectorization(true, LARGE, here);
    const [name] = readdirSync(here.folder);
    for (const text of ["yes\n", "", "no such key yes\n", `${"0".repeat(64)} yes\n`]) {
      writeFileSync(join(here.folder, name), text);
      expect((await decideRevectorization(true, SMALL, here)).on).toBe(false);
    }
  });

  it("decides though nothing can be remembered, and stays off where the test breaks", async () => {
    writeFileSync(folder.at("file"), "");
    const here = around({ folder: folder.at("file") });
    expect((await decideRevectorization(true, LARGE, here)).on).toBe(true);
    const broken = around({ test: () => Promise.reject(new Error("killed")) });
    expect(await decideRevectorization(true, LARGE, broken)).toEqual({
      on: false,
      why: "the self-test did not end",
    });
    expect((await decideRevectorization(true, SMALL, broken)).why).toContain("not tested");
  });
});

describe("the self-test", () => {
  const plain = kernelResults(new WebAssembly.Module(kernelBytes()));

  it("finds the same bits in a copy that a custom section makes different", async () => {
    const bytes = marked(kernelBytes());
    expect(bytes.length).toBeGreaterThan(kernelBytes().length);
    expect(
      firstDifference(await kernelResults(new WebAssembly.Module(bytes)), await plain),
    ).toBeNull();
  });

  it.each([
    ["softmax", Float32Array.of(0.16666576989698775)],
    ["gradient", Float64Array.of(0.16666666666666669)],
  ])("finds a module whose %s has another last digit", async (_, number) => {
    const bytes = kernelBytes();
    const wanted = Buffer.from(number.buffer);
    let at = Buffer.from(bytes).indexOf(wanted);
    expect(at).toBeGreaterThan(0);
    for (; at >= 0; at = Buffer.from(bytes).indexOf(wanted, at + 1)) bytes[at] ^= 16;
    const results = await kernelResults(new WebAssembly.Module(bytes));
    expect(firstDifference(results, await plain)).toContain("float");
  });
});

describe("inspect --runtime", () => {
  it("says what is there, in words and as JSON, and wants no model", async () => {
    process.env.XDG_CACHE_HOME = folder.at("remembered");
    const text = await softmax(["inspect", "--runtime"]);
    expect(text.out).toContain(`Node ${process.versions.node}, V8 ${process.versions.v8}`);
    expect(text.out).toMatch(/revectorization in train: (on|off) \(.+\)/);
    const json = JSON.parse((await softmax(["inspect", "--runtime", "--json"])).out);
    expect(json).toMatchObject({ node: process.versions.node, simd: true, sharedMemory: true });
    expect(json.kernels.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect((await softmax(["inspect"])).code).toBe(2);
    expect((await softmax(["inspect", "--runtime", "model.st"])).code).toBe(2);
  });
});
