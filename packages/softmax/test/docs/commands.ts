import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root, run } from "../pack/project.ts";

/** A console block: commands after "$ ", each followed by what it prints. */
const BLOCK = /^```console\n(.*?)^```\n/gms;

/**
 * The page with what its commands print now: the page itself where it is up to date. They run in order, in one new folder
 * from which the repository's folders can be seen as from its root.
 */
export async function withCommandsRun(page: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "softmax-docs-"));
  try {
    for (const name of ["packages", "examples"]) await symlink(root + name, join(folder, name));
    let written = page;
    for (const { 0: block, 1: lines } of page.matchAll(BLOCK)) {
      written = written.replace(block, () => block);
      const fresh = await blockOf(lines, folder);
      written = written.replace(block, () => fresh);
    }
    return written;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function blockOf(lines: string, folder: string): Promise<string> {
  let text = "";
  for (const [, command] of lines.matchAll(/^\$ (.*)$/gm)) {
    text += `$ ${command}\n${await printedBy(command, folder)}`;
  }
  return `\`\`\`console\n${rounded(text) === rounded(lines) ? lines : text}\`\`\`\n`;
}

/** Long numbers count to six digits: the rest is the optimiser's last steps. */
const rounded = (text: string): string =>
  text.replace(/\d\.\d{7,}/g, (number) => Number(number).toPrecision(6));

function printedBy(command: string, folder: string): Promise<string> {
  const tool = `"${process.execPath}" "${root}packages/softmax/bin/softmax.js"`;
  return run("sh", ["-c", command.replace(/^npx softmax/, tool)], folder);
}
