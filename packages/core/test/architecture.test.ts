import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import {
  CORE_LAYERS,
  checkCycles,
  checkDeterminism,
  checkLayers,
  checkLengths,
  checkMachinePaths,
  checkNodeGlobals,
  checkPackages,
  importsOf,
  type Source,
  TOOL_LAYERS,
} from "./architecture/rules.ts";
import { tokenize } from "./architecture/tokens.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const CORE = "packages/core/src";
const TOOL = "packages/softmax/src";
/** Made by the build, and in no commit. */
const GENERATED = [`${CORE}/kernels/wasm-bytes.ts`, `${CORE}/model/worker-source.ts`];

/**
 * Two give the thread back now and then, by the clock; no result depends on when. One asks the engine for the words of
 * scripts without spaces; models record that it had a say.
 */
const VARYING = new Map([
  [`${CORE}/base/breathe.ts`, "performance"],
  [`${CORE}/model/worker.ts`, "performance"],
  [`${CORE}/encode/text/segmenter.ts`, "Intl"],
]);

const read = (path: string): Source => ({ path, text: readFileSync(root + path, "utf8") });
const manifest = (name: string) => JSON.parse(read(`packages/${name}/package.json`).text);

/** Our own TypeScript below `folder`. */
function sources(folder: string): Source[] {
  return readdirSync(root + folder, { recursive: true, encoding: "utf8" })
    .map((name) => `${folder}/${name.replaceAll("\\", "/")}`)
    .filter((path) => path.endsWith(".ts") && !GENERATED.includes(path))
    .map(read);
}

/** Files that git would commit, or null outside a checkout. */
function trackedFiles(): string[] | null {
  if (!existsSync(`${root}.git`)) return null;
  const args = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const names = execFileSync("git", args, { cwd: root, encoding: "utf8" }).split("\0");
  return names.filter((name) => name !== "" && existsSync(root + name));
}

const core = sources(CORE);
const tool = sources(TOOL);
const one = (text: string, path = `${CORE}/model/a.ts`): Source => ({ path, text });

describe("the core", () => {
  it("imports lower stations only", () => {
    expect(checkLayers(core, CORE, CORE_LAYERS)).toEqual([]);
  });

  it("has no import cycle", () => {
    expect(checkCycles(core)).toEqual([]);
  });

  it("has no runtime dependency", () => {
    const { dependencies, peerDependencies, optionalDependencies } = manifest("core");
    expect({ ...dependencies, ...peerDependencies, ...optionalDependencies }).toEqual({});
  });

  it("imports Node's modules in base/platform.ts only, and no package", () => {
    const allowed = (path: string, name: string) =>
      path === `${CORE}/base/platform.ts` && name.startsWith("node:");
    expect(checkPackages(core, allowed)).toEqual([]);
  });

  it("names Node's globals in base/platform.ts only", () => {
    const rest = core.filter(({ path }) => path !== `${CORE}/base/platform.ts`);
    expect(rest.flatMap(checkNodeGlobals)).toEqual([]);
  });

  it("uses nothing that differs between engines, places or moments outside base/math.ts", () => {
    const rest = core.filter(({ path }) => path !== `${CORE}/base/math.ts`);
    expect(rest.flatMap((file) => checkDeterminism(file, VARYING))).toEqual([]);
  });
});

describe("the tool", () => {
  it("imports lower stations only, and nothing imports cli", () => {
    expect(checkLayers(tool, TOOL, TOOL_LAYERS)).toEqual([]);
  });

  it("has no import cycle", () => {
    expect(checkCycles(tool)).toEqual([]);
  });

  it("imports the core by its public name, and declares every package it imports", () => {
    const { dependencies, optionalDependencies, peerDependencies } = manifest("softmax");
    const declared = new Set(
      Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies }),
    );
    const allowed = (_: string, name: string) => name.startsWith("node:") || declared.has(name);
    expect(checkPackages(tool, allowed)).toEqual([]);
  });

  it("pins every dependency to one version", () => {
    const { dependencies, optionalDependencies } = manifest("softmax");
    const { devDependencies } = JSON.parse(read("package.json").text);
    const versions = Object.values({
      ...dependencies,
      ...optionalDependencies,
      ...devDependencies,
    });
    expect(versions.filter((version) => !/^\d[\w.-]*$/.test(String(version)))).toEqual([]);
  });
});

describe("the repository", () => {
  const tracked = trackedFiles();

  it("keeps every file of code within 600 lines", (context) => {
    if (tracked === null) return context.skip("this is no git checkout");
    const code = tracked.filter((path) => /\.(ts|mjs|js|py)$/.test(path));
    expect(checkLengths(code.map(read), 600)).toEqual([]);
  });

  it("names no path of a machine it was written on", (context) => {
    if (tracked === null) return context.skip("this is no git checkout");
    const texts = tracked.filter((path) => !/\.(gz|parquet|safetensors|png|wasm)$/.test(path));
    expect(checkMachinePaths(texts.map(read))).toEqual([]);
  });

  it("commits nothing that the build makes", (context) => {
    if (tracked === null) return context.skip("this is no git checkout");
    const made = (path: string) => GENERATED.includes(path) || /(^|\/)dist\//.test(path);
    expect(tracked.filter(made)).toEqual([]);
  });

  it("locks every package by its hash and by no address of a registry", () => {
    const { packages } = JSON.parse(read("package-lock.json").text) as {
      packages: Record<string, Locked>;
    };
    const outside = Object.entries(packages).filter(
      ([name, { link }]) => name.includes("node_modules/") && !link,
    );
    expect(outside.filter(([, p]) => p.resolved !== undefined)).toEqual([]);
    // The binaries for other systems may lack theirs: some registries do not carry them.
    expect(outside.filter(([, p]) => !p.integrity && !(p.optional && p.os))).toEqual([]);
  });
});

interface Locked {
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly optional?: boolean;
  readonly os?: readonly string[];
}

describe("these rules catch", () => {
  const layered = (path: string, text: string) =>
    checkLayers([one(text, `${CORE}/${path}`)], CORE, CORE_LAYERS);

  it.each([
    ["a later station", "base/a.ts", `import { fit } from "../model/fit.ts";`],
    ["a sibling", "calibrate/a.ts", `import { logLoss } from "../measure/metrics.ts";`],
    ["the index", "classifier/a.ts", `import * as all from "../index.ts";`],
    ["types", "optim/a.ts", `import type { Fit } from "../model/fit.ts";`],
    ["a re-export", "file/a.ts", `export * from "../classifier/classifier.ts";`],
    ["a dynamic import", "base/a.ts", `const m = await import("../model/fit.ts");`],
    ["a side effect", "base/a.ts", `import "../model/fit.ts";`],
    ["a file outside", "model/a.ts", `import { x } from "../../test/x.ts";`],
    ["an unknown station", "helpers/a.ts", ``],
    ["a file beside the index", "utils.ts", ``],
  ])("an import of %s", (_, path, text) => {
    expect(layered(path, text)).toHaveLength(1);
  });

  it("in the tool, an import of cli, of a sibling, and of a face by a station", () => {
    const files = [
      one(`import { main } from "../cli/main.ts";`, `${TOOL}/server/a.ts`),
      one(`import { page } from "../report/page.ts";`, `${TOOL}/data/a.ts`),
      one(`import { train } from "../train.ts";`, `${TOOL}/data/b.ts`),
      one(`import { train } from "../train.ts";`, `${TOOL}/cli/fine.ts`),
      one(`import { wrong } from "../errors.ts";`, `${TOOL}/data/fine.ts`),
    ];
    expect(checkLayers(files, TOOL, TOOL_LAYERS)).toHaveLength(3);
  });

  it("a cycle of one file, and of three", () => {
    const file = (name: string, next: string) => one(`export * from "./${next}.ts";`, `${name}.ts`);
    expect(checkCycles([file("a", "a")])).toEqual(["a.ts → a.ts"]);
    expect(checkCycles([file("a", "b"), file("b", "c"), file("c", "a")])).toHaveLength(1);
    expect(checkCycles([file("a", "b"), file("b", "c"), file("c", "d")])).toEqual([]);
  });

  it("a package, a module of Node, a deep path into the core, and a computed import", () => {
    const text = `import x from "lodash"; import "node:fs"; import y from "@softmax/core/dist/z.js"; import(x);`;
    expect(checkPackages([one(text)], (_, name) => name === "@softmax/core")).toHaveLength(4);
  });

  it.each([
    "Math.exp(x)",
    "Math.hypot(a, b)",
    "Math.random()",
    "const { exp } = Math;",
    `Math["log"](x)`,
    "x ** 2",
    "x **= 2",
    "10 ** 2",
    "2 ** n",
    "a.localeCompare(b)",
    "n?.toLocaleString()",
    "new Intl.Collator()",
    "Date.now()",
    "new Date()",
    "Date()",
    "date.getHours()",
    "performance.now()",
    "`${`${Math.pow(x, 2)}`}`",
    "a / b / Math.exp(c) / d",
  ])("%s", (text) => {
    expect(checkDeterminism(one(text))).toHaveLength(1);
  });

  it.each([
    "Math.sqrt(Math.abs(x))",
    "// x ** 2",
    "/* Math.exp\n ** */",
    `"Math.exp(x) ** 2"`,
    "`Math.exp ${x} ** Date.now()`",
    "/[/*]**Math.exp(x)/.test(y)",
    "2 ** 28 + 2 ** -52",
    "Date.UTC(y, m, d)",
    "new Date(time).getUTCHours()",
    "let date: Date | null; date instanceof Date;",
    "const intl = { math: 1 }",
  ])("nothing in %s", (text) => {
    expect(checkDeterminism(one(text))).toEqual([]);
  });

  it("Node's globals, but not members of that name", () => {
    const text =
      "process.env; globalThis.process; Buffer.from(x); worker.process; options.require;";
    expect(checkNodeGlobals(one(text))).toHaveLength(3);
  });

  it("a file that is too long", () => {
    expect(checkLengths([one("\n".repeat(601))], 600)).toHaveLength(1);
    expect(checkLengths([one("\n".repeat(600))], 600)).toEqual([]);
  });

  it.each(["work/main", "root/x", "tmp/venv", "home/ann/x", "Users/ann/x"])(
    "the path of a machine in %s",
    (path) => {
      expect(checkMachinePaths([one(`see /${path}`)])).toHaveLength(1);
      expect(checkMachinePaths([one(`see https://example.org/${path}`)])).toEqual([]);
    },
  );
});

describe("the tokenizer", () => {
  it("counts lines through comments, strings and templates", () => {
    const tokens = tokenize('#!/usr/bin/env node\n/*\n*/ a `\n${b}\n` "c"; // d\n/e\\/[/]/g');
    expect(tokens.map(({ text, line }) => `${line}:${text.trim()}`)).toEqual([
      "3:a",
      "3:",
      "4:b",
      "4:",
      "5:c",
      "5:;",
      "6:/e\\/[/]/g",
    ]);
  });

  it("sees braces inside a template's hole", () => {
    const tokens = tokenize("`${ { a: { b } } } c` + d");
    expect(tokens.filter(({ kind }) => kind === "word").map(({ text }) => text)).toEqual([
      "a",
      "b",
      "d",
    ]);
  });

  it("tells imports from words that look like them", () => {
    const text = `
      import a, { type b } from "./a.ts";
      export { c } from './c.ts';
      const from = { import: "x" }; // import "no"
      call("import x from 'no'", import.meta.url, x.from);`;
    expect(importsOf(tokenize(text)).map(({ specifier }) => specifier)).toEqual([
      "./a.ts",
      "./c.ts",
    ]);
  });
});
