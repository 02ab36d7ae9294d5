// Generated parts of a page in docs/: between <!-- name --> and <!-- /name -->.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Replaces the section `name` of docs/`page`. Throws where the page has none. */
export function replaceSection(page, name, text) {
  const path = fileURLToPath(new URL(`../docs/${page}`, import.meta.url));
  const old = readFileSync(path, "utf8");
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [start, end] = [old.indexOf(open), old.indexOf(close)];
  if (start < 0 || end < start) throw new Error(`docs/${page} has no section ${open}`);
  const head = old.slice(0, start + open.length);
  writeFileSync(path, `${head}\n\n${text}\n\n${old.slice(end)}`);
}
