import type { Schema, Table } from "@softmax/core";
import { textBuilder } from "./columns.ts";

/** The column of labels of sources of texts, and that of the texts. */
export const LABEL = "label";
export const TEXT = "text";

/** A table of texts under construction. */
export interface TextTable {
  /** Appends a row: what stands in the column before the text, null for nothing, and the text as it is. */
  add(before: string | null, text: string): void;
  finish(): Table;
}

/** A table of a column `before`, unless that is null, and the column of texts. */
export function textTable(before: string | null): TextTable {
  const first = textBuilder();
  const texts = textBuilder();
  let rows = 0;
  return {
    add(value, text) {
      if (before !== null) first.add(value);
      texts.add(text);
      rows++;
    },
    finish() {
      const columns = [...(before === null ? [] : [first.finish(before)]), texts.finish(TEXT)];
      return { rows, columns, decimal: "." };
    },
  };
}

/** The model's one column, where it is one of texts. */
export const soleText = ({ columns }: Schema): string | null =>
  columns.length === 1 && columns[0].kind === "text" ? columns[0].name : null;

/** Texts that were read without a name for them stand in the model's one column of texts. */
export function renamedText(table: Table, schema: Schema): Table {
  const wanted = soleText(schema);
  const names = table.columns.map(({ name }) => name);
  if (wanted === null || names.includes(wanted) || !names.includes(TEXT)) return table;
  const columns = table.columns.map((column) =>
    column.name === TEXT ? { ...column, name: wanted } : column,
  );
  return { ...table, columns };
}
