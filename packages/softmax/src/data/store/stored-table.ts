import type { Table, TableColumn } from "@softmax/core";
import type { ScratchFile } from "./scratch-file.ts";
import type { FinishedColumn } from "./stored-column.ts";

/** A table whose columns are read from a file when they are asked for, one at a time. */
export function storedTable(
  columns: readonly FinishedColumn[],
  { rows, decimal }: Pick<Table, "rows" | "decimal">,
  collect: (letGo: number) => void,
): Table {
  const last = createLast(collect);
  return {
    rows,
    decimal,
    columns: columns.map((column) => lazyColumn(column, () => last(column, column.load))),
  };
}

type Cells = Int32Array | Float64Array;

/** Keeps what was made last: work goes from column to column. */
function createLast(collect: (letGo: number) => void): (key: object, make: () => Cells) => Cells {
  let key: object | null = null;
  let cells: Cells | null = null;
  return (asked, make) => {
    if (key !== asked) {
      // The one before is not to stand beside it.
      const { byteLength = 0 } = cells ?? {};
      cells = null;
      collect(byteLength);
      cells = make();
      key = asked;
    }
    return cells as Cells;
  };
}

const lazyColumn = (
  { name, kind, dictionary }: Pick<FinishedColumn, "name" | "kind" | "dictionary">,
  cells: () => Cells,
): TableColumn =>
  kind === "text"
    ? {
        ...{ kind, name, dictionary },
        get codes() {
          return cells() as Int32Array;
        },
      }
    : {
        ...{ kind, name },
        get values() {
          return cells() as Float64Array;
        },
      };

/**
 * The rows of a table in another order, some at a time. Each column is put into that order in the file once, when a part first asks
 * for it: a part is then read in one go.
 */
export function orderedParts(
  file: ScratchFile,
  collect: (letGo: number) => void,
): (table: Table, order: Int32Array, rows: number) => Generator<Table> {
  let places = new WeakMap<TableColumn, number>();
  let known: Int32Array = new Int32Array(0);
  return function* (table, order, rows) {
    if (!equal(known, order)) places = new WeakMap();
    known = order;
    for (let first = 0; first < order.length; first += rows) {
      const count = Math.min(rows, order.length - first);
      const columns = table.columns.map((column) => {
        const last = createLast(collect);
        return lazyColumn(asFinished(column), () =>
          last(column, () => {
            const at = places.get(column) ?? putInOrder(file, column, order);
            places.set(column, at);
            const part = column.kind === "text" ? new Int32Array(count) : new Float64Array(count);
            file.read(part, at + first * part.BYTES_PER_ELEMENT);
            return part;
          }),
        );
      });
      yield { ...table, rows: count, columns };
      collect(count * columns.length * 8);
    }
  };
}

const asFinished = (column: TableColumn) => ({
  name: column.name,
  kind: column.kind,
  dictionary: column.kind === "text" ? column.dictionary : [],
});

const equal = (a: Int32Array, b: Int32Array): boolean =>
  a === b || (a.length === b.length && a.every((value, at) => value === b[at]));

/** Rows that are put in order at a time. */
const AT_ONCE = 2 ** 18;

/** Appends the column's cells in the given order; returns where. */
function putInOrder(file: ScratchFile, column: TableColumn, order: Int32Array): number {
  const cells = column.kind === "text" ? column.codes : column.values;
  file.expect(order.length * cells.BYTES_PER_ELEMENT);
  const Type = column.kind === "text" ? Int32Array : Float64Array;
  let place = -1;
  for (let first = 0; first < order.length; first += AT_ONCE) {
    const some = order.subarray(first, first + AT_ONCE);
    const part = new Type(some.length);
    for (let i = 0; i < some.length; i++) part[i] = cells[some[i]];
    const at = file.append(part);
    if (place < 0) place = at;
  }
  return place;
}
