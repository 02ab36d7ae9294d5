import { execFile } from "node:child_process";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root, ending in a separator. */
export const root = fileURLToPath(new URL("../../../..", import.meta.url));

export interface Packed {
  readonly name: string;
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

/** A folder as somebody has it who installs our packages from npm. */
export interface Project {
  readonly folder: string;
  readonly packed: readonly Packed[];
}

/** Packs both packages as they would be published, and installs them in a new, empty project. */
export async function createProject(): Promise<Project> {
  const folder = await mkdtemp(join(tmpdir(), "softmax-pack-"));
  const workspaces = ["packages/core", "packages/softmax"];
  const options = ["--json", "--ignore-scripts", "--pack-destination", folder];
  const packed = JSON.parse(
    await run("npm", ["pack", ...workspaces.map((name) => `./${name}`), ...options], root),
  ) as Packed[];
  await writeFile(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
  const tarballs = packed.map(({ filename }) => `./${filename}`);
  await run("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", ...tarballs], folder);
  return { folder, packed };
}

/** Runs a program, and gives what it printed; where it fails, the error holds all of it. */
export function run(command: string, args: readonly string[], cwd: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { cwd, env: plainEnvironment(), maxBuffer: 1 << 26, timeout: 240_000 };
    const child = execFile(command, args, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else
        reject(new Error(`${command} ${args.join(" ")}\n${stdout}\n${stderr}`, { cause: error }));
    });
    child.stdin?.end();
  });
}

/** Runs one of the installed programs, or a script, with node. */
export const runNode = (args: readonly string[], cwd: string): Promise<string> =>
  run(process.execPath, args, cwd);

/** Ours without what npm and vitest add for the scripts they run: a stranger's shell has none of it. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const added =
    /^(npm_(package|lifecycle|config_(local_prefix|global_prefix|prefix))|NODE_(ENV|OPTIONS|PATH|V8_COVERAGE)$|VITEST)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !added.test(name)));
}
