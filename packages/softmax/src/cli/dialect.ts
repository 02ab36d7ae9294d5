import type { Dialect } from "../data/source.ts";
import { plural } from "../report/numbers.ts";

const DELIMITERS = new Map([
  [",", "comma"],
  ["\t", "tab"],
  [";", "semicolon"],
  [" ", "space"],
  ["|", "bar"],
]);

/** What was found out about a file, where it is worth saying. */
export function dialectWords(dialect: Dialect): string[] {
  const { format, delimiter, encoding, lineEnd, decimal, compression, header } = dialect;
  if (format !== "delimited") return format === "rows" ? [] : [format];
  const between =
    delimiter === null
      ? "one cell a line"
      : `${DELIMITERS.get(delimiter) ?? `"${delimiter}"`}-separated`;
  return [
    between,
    ...(encoding === null ? [] : [encoding.toUpperCase()]),
    ...(lineEnd === null || lineEnd === "LF" ? [] : [`line ends ${lineEnd}`]),
    ...(decimal === "," ? ["decimal comma"] : []),
    ...(compression === "none" ? [] : [compression]),
    ...(header ? [] : ["no header"]),
    ...(dialect.skippedLines > 0
      ? [`${plural(dialect.skippedLines, "line")} above it skipped`]
      : []),
  ];
}
