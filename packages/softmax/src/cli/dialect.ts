import type { Dialect } from "../data/source.ts";
import { plural } from "../report/numbers.ts";

const DELIMITERS = new Map([
  [",", "comma"],
  ["\t", "tab"],
  [";", "semicolon"],
  [" ", "space"],
  ["|", "bar"],
]);

const LINES = new Map<string, string>([
  ["fasttext", "fastText lines"],
  ["lines", "a label and a text a line"],
  ["texts", "one text a line"],
]);

/** UTF-8 is written so; the others as they are named to --encoding. */
const encodingName = (name: string): string =>
  name.startsWith("utf-") ? name.toUpperCase() : name;

function filesWords({ count, folders }: NonNullable<Dialect["files"]>): string {
  const files = plural(count, "file");
  return folders === 0 ? files : `${files} in ${plural(folders, "folder")}`;
}

/** What was found out about a file, where it is worth saying. */
export function dialectWords(dialect: Dialect): string[] {
  const { format, delimiter, encoding, lineEnd, decimal, compression, header } = dialect;
  const named = encoding === null ? [] : [encodingName(encoding)];
  const packed = compression === "none" ? [] : [compression];
  if (dialect.files !== undefined) return [filesWords(dialect.files), ...named];
  const lines = LINES.get(format);
  if (lines !== undefined) return [lines, ...named, ...packed];
  if (format !== "delimited") return format === "rows" ? [] : [format];
  const between =
    delimiter === null
      ? "one cell a line"
      : `${DELIMITERS.get(delimiter) ?? `"${delimiter}"`}-separated`;
  return [
    between,
    ...named,
    ...(lineEnd === null || lineEnd === "LF" ? [] : [`line ends ${lineEnd}`]),
    ...(decimal === "," ? ["decimal comma"] : []),
    ...packed,
    ...(header ? [] : ["no header"]),
    ...(dialect.skippedLines > 0
      ? [`${plural(dialect.skippedLines, "line")} above it skipped`]
      : []),
  ];
}
