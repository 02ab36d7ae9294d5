import * as fs from "node:fs";
import { expect, test } from "vitest";
import { blocksOf, printedBy, withPrinted } from "../../../core/test/docs/program.ts";
import * as softmax from "../../src/index.ts";
import { root } from "../pack/project.ts";
import { withCommandsRun } from "./commands.ts";

/** `npx vitest run packages/softmax/test/docs -u`, after a build, writes what is printed now into the pages. */
const modules = new Map<string, object>([
  ["softmax", softmax],
  ["node:fs", fs],
]);

test.each(["README.md", "docs/tour.md"])("%s prints what it says", async (name) => {
  process.chdir(root);
  const page = fs.readFileSync(name, "utf8");
  const printed = await printedBy(blocksOf(page), modules);
  const written = await withCommandsRun(withPrinted(page, printed));
  await expect(written).toMatchFileSnapshot(root + name);
});

test.each(["README.md", "ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "docs/tour.md"])(
  "%s links to files and headings that exist",
  (name) => {
    const text = fs.readFileSync(root + name, "utf8");
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)];
    const broken = links.filter(([, path, heading]) => {
      const file = path === "" ? root + name : new URL(path, `file://${root}${name}`);
      if (!fs.existsSync(file)) return true;
      return heading !== undefined && !headingsOf(fs.readFileSync(file, "utf8")).includes(heading);
    });
    expect(broken.map(([link]) => link)).toEqual([]);
  },
);

/** As GitHub names them: lower case, without signs, blanks as hyphens. */
const headingsOf = (text: string): string[] =>
  [...text.matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N} -]/gu, "")
      .replaceAll(" ", "-"),
  );
