import { format } from "node:util";
import { transformSync } from "esbuild";

/** A page of documentation is one program: its ts or js blocks in order. The text block after each is what it prints. */
export interface Block {
  readonly code: string;
  /** As the page has it; undefined where no text block follows. */
  readonly output: string | undefined;
  /** The heading above. */
  readonly heading: string;
}

const BLOCK = /^```(ts|js)\n(.*?)^```\n(?:```text\n(.*?)^```\n)?/gms;

export const blocksOf = (page: string): Block[] =>
  [...page.matchAll(BLOCK)].map(({ 2: code, 3: output, index }) => ({
    code,
    output,
    heading: page.slice(0, index).split(/^#+ /m).at(-1)!.split("\n")[0],
  }));

/** What each block prints. `modules`: by the name under which the page imports them. */
export async function printedBy(
  blocks: readonly Block[],
  modules: ReadonlyMap<string, object>,
): Promise<string[]> {
  const outputs = blocks.map(() => "");
  let current = 0;
  const log = (...values: unknown[]): void => {
    outputs[current] += `${format(...values)}\n`;
  };
  await compile(blocks)(modules, { log }, (block) => {
    current = block;
  });
  return outputs;
}

type Program = (
  modules: ReadonlyMap<string, object>,
  console: object,
  next: (block: number) => void,
) => Promise<void>;

/** Types and imports are taken out; `next(i)` starts the output of block i. */
function compile(blocks: readonly Block[]): Program {
  const source = blocks.map(({ code }, index) => `next(${index});\n${code}`).join("\n");
  const required = source
    .replace(/^import type .*;$/gm, "")
    .replace(/^import (\{[^}]*\}) from ("[^"]+");$/gm, "const $1 = modules.get($2);");
  const { code } = transformSync(required, { loader: "ts", format: "esm", target: "es2023" });
  const AsyncFunction = (async () => {}).constructor as FunctionConstructor;
  return new AsyncFunction("modules", "console", "next", code) as Program;
}

/** The page with what its blocks print: the page itself where it is up to date. */
export function withPrinted(page: string, printed: readonly string[]): string {
  let index = 0;
  return page.replace(BLOCK, (_, language: string, code: string) => {
    const output = printed[index++];
    return `\`\`\`${language}\n${code}\`\`\`\n${output === "" ? "" : `\`\`\`text\n${output}\`\`\`\n`}`;
  });
}
