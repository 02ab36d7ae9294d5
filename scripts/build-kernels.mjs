// Compiles packages/core/kernels to one WebAssembly module and embeds it as base64 in src/kernels/wasm-bytes.ts.
// Does nothing where that file was made from the same sources by the same compiler.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const flags =
  "--runtime stub -O3 --noAssert --enable simd,threads --importMemory --sharedMemory " +
  "--initialMemory 1 --maximumMemory 65536 --use abort=";
const sources = new URL("../packages/core/kernels/", import.meta.url);
const target = new URL("../packages/core/src/kernels/wasm-bytes.ts", import.meta.url);

const names = readdirSync(sources)
  .filter((name) => name.endsWith(".ts"))
  .sort();
const text = new Map(names.map((name) => [name, readFileSync(new URL(name, sources), "utf8")]));
const { version } = createRequire(import.meta.url)("assemblyscript/package.json");
const hash = createHash("sha256")
  .update(
    JSON.stringify([version, flags, readFileSync(fileURLToPath(import.meta.url), "utf8"), ...text]),
  )
  .digest("hex");

if (!existsSync(target) || !readFileSync(target, "utf8").includes(hash)) {
  const bytes = await compile();
  writeFileSync(target, module(bytes));
  console.log(`kernels: ${bytes.length} bytes of WebAssembly`);
}

async function compile() {
  const { default: asc } = await import("assemblyscript/asc");
  let bytes;
  const { error, stderr } = await asc.main(
    ["index.ts", "-o", "kernels.wasm", ...flags.split(" ")],
    {
      readFile: (name) => text.get(name.replace(/^\.?\//, "")) ?? null,
      writeFile: (name, data) => {
        if (name === "kernels.wasm") bytes = data;
      },
      listFiles: () => [],
    },
  );
  if (error) throw new Error(`${error.message}\n${String(stderr)}`);
  return bytes;
}

/** The byte that says of the imported memory whether it is shared: 3 (shared, with a maximum) or 1 (with a maximum). */
function sharedFlag(bytes) {
  const name = Buffer.from("\x03env\x06memory\x02", "latin1");
  const at = Buffer.from(bytes).indexOf(name) + name.length;
  if (bytes[at] !== 3) throw new Error("the kernels' module does not import a shared memory");
  return at;
}

function module(bytes) {
  const lines = Buffer.from(bytes)
    .toString("base64")
    .match(/.{1,100}/g);
  return `// Made by scripts/build-kernels.mjs from packages/core/kernels (${hash}).

/** Position of the byte that declares the imported memory as shared (3) or not (1). */
export const sharedFlag = ${sharedFlag(bytes)};

/** The kernels' WebAssembly module. */
export const wasmBytes = (): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));

const base64 =
${lines.map((line) => `  "${line}"`).join(" +\n")};
`;
}
