import { type CellForm, type Encode, linesOf } from "./lines-out.ts";

/** JSON lines: an object a row, missing values as null. */
export const jsonLinesEncoder: Encode = (table) =>
  linesOf(table, {
    open: "{",
    between: ",",
    close: "}\n",
    cells: table.columns.map(({ name }) => memberForm(name)),
  });

/** `"name":value`. JSON has no infinite numbers, so they are texts. */
function memberForm(name: string): CellForm {
  const key = `${JSON.stringify(name)}:`;
  return {
    text: (text) => key + JSON.stringify(text),
    number: (value) =>
      key + (Number.isFinite(value) ? String(value) : JSON.stringify(String(value))),
    missing: `${key}null`,
  };
}
