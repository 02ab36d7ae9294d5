import { copyFile, cp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findChromium, launchChromium, withPage } from "./pack/browser.ts";
import { createProject, type Project, root, runNode } from "./pack/project.ts";
import { serveFolder } from "./pack/server.ts";

interface Answers {
  readonly webAssembly: boolean;
  readonly isolated: boolean | null;
  readonly classes: readonly string[];
  readonly labels: readonly string[];
  readonly probabilities: readonly (readonly number[])[];
}

let project: Project = { folder: "", packed: [] };
/** The penguins as texts by column name: what a form or a CSV reader gives. */
let rows: Record<string, string>[];
/** What Node answers with the kernels it has. */
let expected: Answers;

const inProject = (name: string): string => join(project.folder, name);

/** Calls one of check.js's functions in a new process. */
async function inNode<T>(call: string, before = ""): Promise<T> {
  const script = `${before}
    const { readFileSync } = await import("node:fs");
    const rows = JSON.parse(readFileSync("rows.json", "utf8"));
    const bytes = new Uint8Array(readFileSync("penguins.safetensors"));
    const { answers, trained } = await import("./check.js");
    process.stdout.write(JSON.stringify(await ${call}));`;
  return JSON.parse(await runNode(["--input-type=module", "--eval", script], project.folder)) as T;
}

function parseRows(csv: string): Record<string, string>[] {
  const [header, ...lines] = csv.trimEnd().split("\n");
  const names = header!.split(",");
  return lines.map((line) => {
    const cells = line.split(",");
    return Object.fromEntries(names.map((name, j) => [name, cells[j]!]));
  });
}

beforeAll(async () => {
  project = await createProject();
  rows = parseRows(await readFile(`${root}packages/softmax/data/penguins.csv`, "utf8"));
  await writeFile(inProject("rows.json"), JSON.stringify(rows));
  await copyFile(`${root}examples/library.ts`, inProject("library.ts"));
  await cp(`${root}examples/page`, project.folder, { recursive: true });
  for (const name of ["check.js", "check.html"]) {
    await copyFile(new URL(`./pack/${name}`, import.meta.url), inProject(name));
  }
  const model = ["-o", "penguins.safetensors", "--quiet"];
  const train = ["train", "node_modules/softmax/data/penguins.csv", "--target", "species"];
  await runNode(["node_modules/softmax/bin/softmax.js", ...train, ...model], project.folder);
  expected = await inNode<Answers>("answers(bytes, rows)");
}, 300_000);

afterAll(async () => {
  if (project.folder !== "") await rm(project.folder, { recursive: true, force: true });
});

describe("the packages", () => {
  const paths = (name: string): string[] =>
    project.packed.find((one) => one.name === name)!.files.map(({ path }) => path);

  it("hold what is needed to run, with the licence, and nothing else", () => {
    const expectedPaths =
      /^(package\.json|LICENSE|NOTICE|README\.md|(?:multi-label-)?report\.schema\.json|(dist|bin|data)\/.*)$/;
    for (const name of ["@softmax/core", "softmax"]) {
      expect(paths(name)).toEqual(expect.arrayContaining(["LICENSE", "dist/index.js"]));
      expect(paths(name).filter((path) => !expectedPaths.test(path))).toEqual([]);
      expect(paths(name).filter((path) => /tsbuildinfo|\.test\.|\/\./.test(path))).toEqual([]);
    }
    expect(paths("softmax")).toEqual(
      expect.arrayContaining(["bin/softmax.js", "data/penguins.csv", "data/README.md", "NOTICE"]),
    );
  });

  it("have types that a strict project compiles with, Node's types or none", async () => {
    const strict = { strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false };
    const common = {
      ...strict,
      target: "es2022",
      module: "nodenext",
      rootDir: ".",
      outDir: "built",
    };
    const nodeTypes = { types: ["node"], typeRoots: [`${root}node_modules/@types`] };
    const browserTypes = { types: [], lib: ["es2022", "dom"] };
    const configs = {
      "tsconfig.node.json": { compilerOptions: { ...common, ...nodeTypes }, files: ["library.ts"] },
      "tsconfig.page.json": { compilerOptions: { ...common, ...browserTypes }, files: ["page.ts"] },
    };
    const page = `import { Classifier, type Prediction } from "@softmax/core";
      export async function ask(bytes: Uint8Array): Promise<Prediction> {
        return (await Classifier.load(bytes)).predict({ island: "Biscoe", body_mass_g: null });
      }`;
    await writeFile(inProject("page.ts"), page);
    for (const [name, config] of Object.entries(configs)) {
      await writeFile(inProject(name), JSON.stringify(config));
      await runNode([`${root}node_modules/typescript/bin/tsc`, "-p", name], project.folder);
    }
  });

  it("run the library's example as compiled", async () => {
    const printed = await runNode(["built/library.js"], project.folder);
    expect(printed).toMatch(/^5-fold cross-validation: accuracy 0\.\d+/);
    expect(printed).toContain("after saving and loading: Gentoo");
  });

  it("predict the same labels, and probabilities within 1e-6, without WebAssembly", async () => {
    const without = await inNode<Answers>("answers(bytes, rows)", "delete globalThis.WebAssembly;");
    expect([expected.webAssembly, without.webAssembly]).toEqual([true, false]);
    expect(without.labels).toEqual(expected.labels);
    const differences = without.probabilities.flatMap((p, i) =>
      p.map((value, c) => Math.abs(value - expected.probabilities[i]![c]!)),
    );
    expect(Math.max(...differences)).toBeLessThan(1e-6);
  });
});

describe("in a page", () => {
  const path = findChromium();
  const why = "no Chromium on the path, and none named by CHROMIUM";
  let browser: Browser | null = null;

  beforeAll(async () => {
    if (path !== null) browser = await launchChromium(path);
  }, 120_000);
  afterAll(() => browser?.close());

  const isolation = {
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
  };
  const policy = {
    "content-security-policy":
      "default-src 'self'; img-src data:; script-src 'self' 'nonce-ours' 'wasm-unsafe-eval'; worker-src 'self' blob:",
  };

  /** Calls one of check.js's functions in a page that is served with these headers. */
  async function inPage<T>(call: string, headers: Readonly<Record<string, string>>): Promise<T> {
    const server = await serveFolder(project.folder, headers);
    const script = `(async () => {
      const rows = await (await fetch("./rows.json")).json();
      const bytes = new Uint8Array(await (await fetch("./penguins.safetensors")).arrayBuffer());
      const { answers, trained } = await import("./check.js");
      return ${call};
    })()`;
    try {
      return await withPage(browser!, `${server.origin}/check.html`, (page) =>
        page.evaluate<T>(script),
      );
    } finally {
      await server.close();
    }
  }

  it.for([
    ["with shared memory", isolation, true],
    ["without shared memory", {}, false],
    ["under a strict content policy", policy, false],
  ] as const)(
    "the model predicts the same bits as in Node, %s",
    async ([, headers, isolated], context) => {
      if (browser === null) return context.skip(why);
      const answered = await inPage<Answers>("answers(bytes, rows)", headers);
      expect(answered).toEqual({ ...expected, isolated });
    },
  );

  it.for([
    ["with shared memory", isolation],
    ["without shared memory", {}],
    ["under a strict content policy", policy],
  ] as const)(
    "training with three threads gives the same bytes as in Node with one, %s",
    async ([, headers], context) => {
      if (browser === null) return context.skip(why);
      expect(await inPage<string>("trained(rows, 3)", headers)).toBe(
        await inNode<string>("trained(rows, 1)"),
      );
    },
  );

  it("the example answers a form", async (context) => {
    if (browser === null) return context.skip(why);
    const server = await serveFolder(project.folder);
    try {
      await withPage(browser, `${server.origin}/`, async (page) => {
        await page.waitForFunction("document.querySelector('output').textContent.length > 1");
        expect(await page.textContent("output")).toMatch(/^Gentoo \(Gentoo \d/);
        await page.fill("[name=flipper_length_mm]", "185");
        await page.fill("[name=bill_length_mm]", "38");
        await page.fill("[name=bill_depth_mm]", "18.5");
        await page.fill("[name=body_mass_g]", "");
        expect(await page.textContent("output")).toMatch(/^Adelie/);
      });
    } finally {
      await server.close();
    }
  });
});
