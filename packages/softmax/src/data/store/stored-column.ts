import { plainNumber, type TableColumn } from "@softmax/core";
import * as errors from "../../errors.ts";
import { type CellHash, cellHash } from "../hash.ts";
import type { ScratchFile } from "./scratch-file.ts";

/**
 * A column in a scratch file: its cells as codes of the different texts, which stay in memory, or as numbers.
 *
 * Where texts take too much memory, the columns of very many of them that are numbers but for a few give theirs up: cells are
 * numbers from there on. Whatever is learned of such a column is learned of its numbers, so that it is the same.
 */

/** Different numbers, at least, of a column whose texts are given up: up to 128 are seen as texts (encode/profile.ts). */
const MANY_NUMBERS = 1024;
/** Other texts that it may hold: those that mean missing. */
const MOST_OTHERS = 64;
/** Cells of such texts: multiples of a number that none is as large as. */
const OTHER = 2 ** 1000;
/** What a text takes in memory, beside two bytes a character. */
const TEXT_BYTES = 100;

/** Bytes that the texts of all columns may still take; below 0 where they take too many. */
export interface TextRoom {
  left: number;
  readonly all: number;
}

/** Rows of a column that stand together in the file. */
interface Extent {
  readonly at: number;
  readonly rows: number;
  readonly as: "codes" | "values";
}

interface Sink {
  readonly name: string;
  readonly decimal: "." | ",";
  readonly file: ScratchFile;
  readonly room: TextRoom;
}

/** A column whose cells are in the file, for a table. */
export interface FinishedColumn {
  readonly name: string;
  readonly kind: TableColumn["kind"];
  /** Of texts. */
  readonly dictionary: readonly string[];
  /** Codes or numbers of all rows. */
  load(): Int32Array | Float64Array;
  readonly hash: Uint8Array;
}

export class StoredColumn {
  readonly #sink: Sink;
  readonly kind: TableColumn["kind"];
  readonly #extents: Extent[] = [];
  readonly #hash: CellHash = cellHash();
  /** Different texts with their codes; none once cells are numbers. */
  #known = new Map<string, number>();
  /** Once cells are numbers: what the codes until then meant, and the texts that are no numbers. */
  #given: { readonly meant: Float64Array; readonly others: Map<string, number> } | null = null;
  #bytes = 0;
  #rows = 0;

  constructor(kind: TableColumn["kind"], sink: Sink) {
    this.kind = kind;
    this.#sink = sink;
  }

  get texts(): number {
    return this.#known.size;
  }

  get name(): string {
    return this.#sink.name;
  }

  add(column: TableColumn): void {
    this.#hash.add(column);
    if (column.kind === "number") {
      this.#append(column.values, "values");
      return;
    }
    const { codes, dictionary } = column;
    if (this.#given === null) {
      const code = Int32Array.from(dictionary, (text) => this.#codeOf(text));
      this.#append(
        codes.map((entry) => (entry < 0 ? -1 : code[entry])),
        "codes",
      );
      return;
    }
    const values = Float64Array.from(dictionary, (text) => this.#cellOf(text));
    const cells = new Float64Array(codes.length);
    for (let i = 0; i < codes.length; i++) cells[i] = codes[i] < 0 ? Number.NaN : values[codes[i]];
    this.#append(cells, "values");
  }

  /** Gives the texts up where they are many and all but a few are numbers. */
  giveUpTexts(): void {
    if (this.#known.size <= MANY_NUMBERS) return;
    const meant = Float64Array.from(this.#known.keys(), (text) => this.#numberOf(text));
    const others = new Map<string, number>();
    for (const [text, code] of this.#known) {
      if (Number.isNaN(meant[code])) others.set(text, others.size);
      if (others.size > MOST_OTHERS) return;
    }
    if (new Set(meant).size <= MANY_NUMBERS) return;
    for (const [text, other] of others) {
      meant[this.#known.get(text) as number] = (other + 1) * OTHER;
    }
    this.#given = { meant, others };
    this.#known = new Map();
    this.#sink.room.left += this.#bytes;
  }

  /** `isMissing`: whether a text means missing. Throws where a column kept as numbers holds a text that does not. */
  finish(isMissing: (text: string) => boolean): FinishedColumn {
    const { name } = this.#sink;
    const given = this.#given;
    for (const text of given?.others.keys() ?? []) {
      if (!isMissing(text)) throw errors.textAmongNumbers(name, text);
    }
    const isText = this.kind === "text" && given === null;
    return {
      name,
      kind: isText ? "text" : "number",
      dictionary: isText ? [...this.#known.keys()] : [],
      load: isText ? () => this.#codes() : () => this.#values(),
      hash: this.#hash.digest(),
    };
  }

  #codeOf(text: string): number {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const code = this.#known.size;
    const bytes = 2 * text.length + TEXT_BYTES;
    this.#known.set(text, code);
    this.#bytes += bytes;
    this.#sink.room.left -= bytes;
    return code;
  }

  #cellOf(text: string): number {
    const value = this.#numberOf(text);
    if (!Number.isNaN(value)) return value;
    const { others } = this.#given!;
    const known = others.get(text) ?? others.size;
    others.set(text, known);
    if (others.size > MOST_OTHERS) throw errors.manyTextsAmongNumbers(this.#sink.name, text);
    return (known + 1) * OTHER;
  }

  #numberOf(text: string): number {
    return plainNumber(text, this.#sink.decimal);
  }

  #append(cells: Int32Array | Float64Array, as: Extent["as"]): void {
    this.#extents.push({ at: this.#sink.file.append(cells), rows: cells.length, as });
    this.#rows += cells.length;
  }

  #codes(): Int32Array {
    const codes = new Int32Array(this.#rows);
    let row = 0;
    for (const { at, rows } of this.#extents) {
      this.#sink.file.read(codes.subarray(row, row + rows), at);
      row += rows;
    }
    return codes;
  }

  #values(): Float64Array {
    const values = new Float64Array(this.#rows);
    const { meant } = this.#given ?? {};
    let row = 0;
    for (const { at, rows, as } of this.#extents) {
      const part = values.subarray(row, row + rows);
      row += rows;
      if (as === "values") this.#sink.file.read(part, at);
      else {
        const codes = new Int32Array(rows);
        this.#sink.file.read(codes, at);
        for (let i = 0; i < rows; i++) part[i] = codes[i] < 0 ? Number.NaN : meant![codes[i]];
      }
      if (meant === undefined) continue;
      for (let i = 0; i < rows; i++) if (part[i] >= OTHER) part[i] = Number.NaN;
    }
    return values;
  }
}
