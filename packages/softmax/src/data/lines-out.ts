import type { Table, TableColumn } from "@softmax/core";

/** Bytes of a table's rows; `first` for the first of several tables, which carries the header. */
export type Encode = (table: Table, first: boolean) => Iterable<Uint8Array>;

/** How the cells of one column are written. */
export interface CellForm {
  text(text: string): string;
  /** Of a number that is not missing. */
  number(value: number): string;
  readonly missing: string;
}

/** How a row is written: `open`, its cells with `between` between them, `close`. */
export interface LineForm {
  readonly open: string;
  readonly between: string;
  readonly close: string;
  /** The form of each column's cells. */
  readonly cells: readonly CellForm[];
}

/** Bytes of a block, roughly. */
const BLOCK = 1 << 18;

/** A row is put together as bytes: as text it would take three times as long. */
export function* linesOf(table: Table, form: LineForm): Generator<Uint8Array> {
  const out = new ByteWriter();
  const cells = table.columns.map((column, j) => cellWriter(column, form.cells[j], out));
  const [open, between, close] = [form.open, form.between, form.close].map((s) => Buffer.from(s));
  for (let i = 0; i < table.rows; i++) {
    out.put(open, 0, open.length);
    for (let j = 0; j < cells.length; j++) {
      if (j > 0) out.put(between, 0, between.length);
      cells[j](i);
    }
    out.put(close, 0, close.length);
    if (out.length > BLOCK) yield out.take();
  }
  if (out.length > 0) yield out.take();
}

/** Puts what stands in row i. Each text is written out once, and copied for every other row that has it. */
function cellWriter(column: TableColumn, form: CellForm, out: ByteWriter): (i: number) => void {
  const missing = Buffer.from(form.missing);
  if (column.kind === "number") {
    const { values } = column;
    return (i) => {
      const value = values[i];
      if (Number.isNaN(value)) out.put(missing, 0, missing.length);
      else out.putText(form.number(value));
    };
  }
  const { codes, dictionary } = column;
  const written = new ByteWriter();
  const starts = new Int32Array(dictionary.length).fill(-1);
  const ends = new Int32Array(dictionary.length);
  return (i) => {
    const code = codes[i];
    if (code < 0) {
      out.put(missing, 0, missing.length);
      return;
    }
    if (starts[code] < 0) {
      starts[code] = written.length;
      written.putText(form.text(dictionary[code]));
      ends[code] = written.length;
    }
    out.put(written.bytes, starts[code], ends[code]);
  };
}

/** Bytes that grow at the end. */
class ByteWriter {
  bytes: Buffer = Buffer.allocUnsafe(1 << 12);
  length = 0;

  /** Appends bytes [from, to) of `source`. */
  put(source: Uint8Array, from: number, to: number): void {
    const size = to - from;
    if (this.length + size > this.bytes.length) this.#grow(size);
    if (size > LONG) this.bytes.set(source.subarray(from, to), this.length);
    else {
      const { bytes, length } = this;
      for (let i = 0; i < size; i++) bytes[length + i] = source[from + i];
    }
    this.length += size;
  }

  /** Appends a text in UTF-8. */
  putText(text: string): void {
    const most = 3 * text.length;
    if (this.length + most > this.bytes.length) this.#grow(most);
    if (text.length > LONG) {
      this.length += this.bytes.write(text, this.length, "utf8");
      return;
    }
    const { bytes, length } = this;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code > 127) {
        this.length += bytes.write(text, length, "utf8");
        return;
      }
      bytes[length + i] = code;
    }
    this.length += text.length;
  }

  /** What there is, which is no longer its own. */
  take(): Uint8Array {
    const taken = this.bytes.subarray(0, this.length);
    this.bytes = Buffer.allocUnsafe(this.bytes.length);
    this.length = 0;
    return taken;
  }

  #grow(size: number): void {
    const larger = Buffer.allocUnsafe(2 * (this.bytes.length + size));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
  }
}

/** From here on a copy in one piece is faster than byte by byte. */
const LONG = 48;
