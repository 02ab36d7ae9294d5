// The test runner that scripts/mutate.mjs gives Stryker: it loads the tests once and runs those that a mutant is covered by in the same
// process. Stryker's own for vitest starts a thread for each file and mutant, a second of work, where most tests take a millisecond.
// Of vitest it knows describe, test, it, their each, and expect, which is vitest's.
import { readFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { format } from "node:util";
import { INSTRUMENTER_CONSTANTS } from "@stryker-mutator/api/core";
import { commonTokens, declareClassPlugin, PluginKind, tokens } from "@stryker-mutator/api/plugin";
import { determineHitLimitReached, toMutantRunResult } from "@stryker-mutator/api/test-runner";
import { chai, JestAsymmetricMatchers, JestChaiExpect, JestExtend } from "@vitest/expect";
import { build } from "esbuild";
import fc from "fast-check";

for (const plugin of [JestExtend, JestChaiExpect, JestAsymmetricMatchers]) chai.use(plugin);
// Properties draw the same in each run, and do not look for the smallest example of what a change breaks.
fc.configureGlobal({ seed: 1, endOnFailure: true });

/** The tests of the bundle that is being loaded. */
let found = [];
let path = [];

const named = (name, values) =>
  format(
    String(name).replace(/\$(\w+)/g, (_, key) => String(values[0]?.[key])),
    ...(/%/.test(name) ? values : []),
  );

/** `add.each(list)(name, body)`: one for each of the list, whose arrays are several arguments. */
function withEach(add) {
  const each = (list) => (name, body) => {
    for (const item of list) {
      const values = Array.isArray(item) ? item : [item];
      add(named(name, values), () => body(...values));
    }
  };
  return Object.assign(add, { each });
}

const describe = withEach((name, body) => {
  path.push(name);
  body();
  path.pop();
});
const test = withEach((name, body) => found.push({ name: [...path, name].join(" > "), body }));

globalThis.mutationTests = {
  describe,
  test,
  it: test,
  expect: chai.expect,
  /** The tests that follow are of this file. */
  begin: (file) => found.push({ file }),
};

/** Each test with the file it is in and an id of its own. */
function identified(list) {
  const seen = new Map();
  let fileName = "";
  return list.flatMap(({ file, name, body }) => {
    if (file !== undefined) fileName = file;
    if (name === undefined) return [];
    const id = `${fileName}#${name}`;
    const count = (seen.get(id) ?? 0) + 1;
    seen.set(id, count);
    return [{ id: count === 1 ? id : `${id} (${count})`, name, body, fileName }];
  });
}

const shim = {
  name: "shim",
  setup(bundler) {
    bundler.onResolve({ filter: /^vitest$/ }, () => ({ path: "vitest", namespace: "shim" }));
    bundler.onLoad({ filter: /.*/, namespace: "shim" }, () => ({
      contents: "export const { describe, test, it, expect } = globalThis.mutationTests;",
    }));
    bundler.onResolve({ filter: /^@softmax\/core$/ }, () => ({
      path: resolve("packages/core/src/index.ts"),
    }));
    bundler.onResolve({ filter: /^[^./]/ }, ({ kind }) =>
      kind === "entry-point" ? undefined : { external: true },
    );
  },
};

/** All test files as one module, in which each knows its own address. */
async function bundled(files) {
  const addresses = {
    name: "addresses",
    setup(bundler) {
      bundler.onLoad({ filter: /\.ts$/ }, async ({ path: file }) => {
        const address = JSON.stringify(pathToFileURL(file).href);
        const text = (await readFile(file, "utf8")).replaceAll("import.meta.url", address);
        const isTest = files.includes(relative(process.cwd(), file));
        const begin = `globalThis.mutationTests.begin(${JSON.stringify(relative(process.cwd(), file))});\n`;
        return { contents: isTest ? begin + text : text, loader: "ts" };
      });
    },
  };
  const outfile = resolve("mutation-tests.mjs");
  await build({
    stdin: {
      contents: files.map((file) => `import ${JSON.stringify(`./${file}`)};`).join("\n"),
      resolveDir: process.cwd(),
    },
    bundle: true,
    // The package says that its modules do nothing when they are loaded; tests do.
    ignoreAnnotations: true,
    format: "esm",
    platform: "node",
    target: "es2023",
    outfile,
    logLevel: "error",
    plugins: [shim, addresses],
  });
  return pathToFileURL(outfile).href;
}

class Runner {
  static inject = tokens(commonTokens.options);

  constructor({ mutationTests }) {
    this.settings = mutationTests;
    this.state = globalThis[INSTRUMENTER_CONSTANTS.NAMESPACE] ??= {};
    this.loads = 0;
  }

  capabilities() {
    return { reloadEnvironment: true };
  }

  async init() {
    const { files, without } = this.settings;
    this.isLeftOut = (name) => without !== undefined && new RegExp(without).test(name);
    this.bundle = await bundled(files);
  }

  async load() {
    [found, path] = [[], []];
    await import(`${this.bundle}?${this.loads++}`);
    this.tests = identified(found).filter(({ name }) => !this.isLeftOut(name));
  }

  async dryRun() {
    this.state.activeMutant = undefined;
    await this.load();
    const tests = [];
    for (const test of this.tests) {
      this.state.currentTestId = test.id;
      tests.push(await resultOf(test));
      this.state.currentTestId = undefined;
    }
    return { status: "complete", tests, mutantCoverage: this.state.mutantCoverage };
  }

  async mutantRun({ activeMutant, mutantActivation, reloadEnvironment, testFilter, hitLimit }) {
    Object.assign(this.state, { hitCount: 0, hitLimit, activeMutant: undefined });
    if (mutantActivation === "static") this.state.activeMutant = activeMutant.id;
    try {
      if (reloadEnvironment || this.tests === undefined) await this.load();
    } catch (error) {
      this.tests = undefined;
      const killedBy = testFilter?.slice(0, 1) ?? ["loading"];
      return { status: "killed", killedBy, nrOfTests: 0, failureMessage: String(error) };
    }
    this.state.activeMutant = activeMutant.id;
    const chosen = testFilter === undefined ? null : new Set(testFilter);
    const tests = [];
    for (const test of this.tests) {
      if (chosen !== null && !chosen.has(test.id)) continue;
      tests.push(await resultOf(test));
      if (tests.at(-1).status === FAILED) break;
    }
    const limit = determineHitLimitReached(this.state.hitCount, hitLimit);
    return toMutantRunResult(limit ?? { status: "complete", tests });
  }
}

const SUCCESS = 0;
const FAILED = 1;

async function resultOf({ id, name, body, fileName }) {
  const start = performance.now();
  const result = { id, name, fileName: join(process.cwd(), fileName), status: SUCCESS };
  try {
    await body();
  } catch (error) {
    Object.assign(result, { status: FAILED, failureMessage: String(error) });
  }
  return { ...result, timeSpentMs: performance.now() - start };
}

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, "in-process", Runner)];
