import { type CellForm, type Encode, linesOf } from "./lines-out.ts";

/**
 * One line of CSV, its line end included. Cells are quoted where they must be to be read back as they are: with the
 * delimiter, a quote, a line end, a leading "#", quote or blank, or where an empty line would stand for a row.
 */
export function csvLine(cells: readonly (string | null)[], delimiter = ","): string {
  const line = cells.map((cell) => csvCell(cell ?? "", delimiter)).join(delimiter);
  return cells.length === 1 && line.trim() === "" ? `"${line}"\n` : `${line}\n`;
}

function csvCell(text: string, delimiter: string): string {
  const isPlain = !/^[#\s\ufeff']|["\r\n]/.test(text) && !text.includes(delimiter);
  return isPlain ? text : `"${text.replaceAll('"', '""')}"`;
}

/** CSV with a header above the first table. */
export const csvEncoder = (delimiter: string, decimal: "." | ","): Encode =>
  function* (table, first) {
    const names = table.columns.map(({ name }) => name);
    const empty = names.length === 1 ? '""' : "";
    const cells: CellForm = {
      text: (text) => csvCell(text, delimiter) || empty,
      number: (value) =>
        decimal === "." ? String(value) : csvCell(String(value).replace(".", ","), delimiter),
      missing: empty,
    };
    if (first) yield Buffer.from(csvLine(names, delimiter));
    yield* linesOf(table, {
      open: "",
      between: delimiter,
      close: "\n",
      cells: names.map(() => cells),
    });
  };
