import * as fs from "node:fs";
import { expect, test } from "vitest";
import { blocksOf, printedBy, withPrinted } from "../../../core/test/docs/program.ts";
import * as softmax from "../../src/index.ts";
import { root } from "../pack/project.ts";

/** `npx vitest run packages/softmax/test/docs -u` writes what is printed now into the pages. */
const modules = new Map<string, object>([
  ["softmax", softmax],
  ["node:fs", fs],
]);

for (const name of ["docs/tour.md"]) {
  test(`${name} prints what it says`, async () => {
    process.chdir(root);
    const page = fs.readFileSync(name, "utf8");
    const printed = await printedBy(blocksOf(page), modules);
    await expect(withPrinted(page, printed)).toMatchFileSnapshot(root + name);
  });
}
