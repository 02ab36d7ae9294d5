import type { Report } from "@softmax/core";
import { count } from "../report/numbers.ts";
import { countWords, findingRows, keptWords } from "../report/tune.ts";
import { columns, tableText, WIDTH, wrap } from "./text.ts";

/** What a search tried and found, and how to have the same model without it. */
export function tuneLines({ tune }: Pick<Report, "tune">): string[] {
  if (tune === undefined) return [];
  const { rows, found, command } = tune;
  return [
    ...wrap(
      found === null
        ? `Searched: ${countWords(tune)}.`
        : `Searched on ${count(rows.search)} rows, ${count(rows.heldOut)} rows were held out. ${countWords(tune)}.`,
    ),
    ...(found === null ? [] : [findingTable(found)]),
    ...wrap(`${keptWords(tune)}.`),
    ...(command === undefined ? [] : ["The same model, without a search:", ...continued(command)]),
    "",
  ];
}

const findingTable = (found: NonNullable<NonNullable<Report["tune"]>["found"]>): string =>
  tableText(
    [
      { head: "log loss", most: 40 },
      { head: "search", align: "right" },
      { head: "held out", align: "right" },
    ],
    findingRows(found),
  );

/** A command on lines that a shell reads as one. Words that are quoted stay whole. */
function continued(command: string): string[] {
  const lines: string[] = [];
  let line = " ";
  for (const word of command.match(/(?:'[^']*'|\\'|[^\s'])+/g) ?? []) {
    if (columns(line) + columns(word) + 3 > WIDTH && line.trim() !== "") {
      lines.push(`${line} \\`);
      line = "   ";
    }
    line = `${line} ${word}`;
  }
  return [...lines, line];
}
