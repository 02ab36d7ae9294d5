import type { TypedCell } from "@softmax/core";
import { rowOfJson } from "./json.ts";
import { LINES } from "./lines.ts";
import { type JsonColumn, type JsonLinesPlan, readPiece } from "./piece-reader.ts";
import { type Piece, pieceCutter, type TextBlock } from "./pieces.ts";
import { NO_TEXT_DIALECT, type ReadOptions } from "./source.ts";
import type { Again, Start } from "./start.ts";

/**
 * Which columns JSON lines have, and of what kind: from all of a file, which is read once for that, and from the first block of
 * what comes through a pipe.
 */
export async function jsonLinesStart(
  name: string,
  block: TextBlock,
  options: ReadOptions,
  again: Again | null,
): Promise<Start | null> {
  const columns = columnBook();
  const piece = pieceCutter(LINES).push(block, false);
  if (piece === null) return null;
  if (again === null) columns.add(piece);
  else for await (const one of piecesOf(again())) columns.add(one);
  const decimal = options.decimal === "," ? "," : ".";
  const plan: JsonLinesPlan = {
    format: "jsonl",
    name,
    skipBadRows: options.skipBadRows === true,
    columns: columns.list(),
    decimal,
  };
  const head = readPiece({ ...plan, skipBadRows: true }, piece, true).table;
  const dialect = { ...NO_TEXT_DIALECT, format: "jsonl", decimal } as const;
  return { plan, dialect, head, syntax: LINES, skip: 0, linesAbove: 0, remarks: [] };
}

async function* piecesOf(blocks: AsyncGenerator<TextBlock>): AsyncGenerator<Piece> {
  const cutter = pieceCutter(LINES);
  for await (const block of blocks) {
    const piece = cutter.push(block, false);
    if (piece !== null) yield piece;
  }
  const last = cutter.push({ text: "", damaged: null }, true);
  if (last !== null) yield last;
}

interface ColumnBook {
  add(piece: Piece): void;
  list(): JsonColumn[];
}

/** A column is one of numbers where it has some, and nothing else, as in rows.ts. */
function columnBook(): ColumnBook {
  const kinds = new Map<string, JsonColumn["kind"] | null>();
  const take = (row: ReadonlyMap<string, TypedCell>): void => {
    for (const [name, cell] of row) {
      const kind = cell === null ? null : typeof cell === "number" ? "number" : "text";
      const before = kinds.get(name) ?? null;
      kinds.set(
        name,
        before === "text" || kind === null ? before : kind === "text" ? kind : "number",
      );
    }
  };
  return {
    add({ text, damaged }) {
      for (const line of text.split(/\r\n|\n|\r/)) {
        const row = line.trim() === "" ? "" : rowOfJson(line);
        const isBad = typeof row === "string" || (damaged !== null && line.includes("\ufffd"));
        if (!isBad) take(row as ReadonlyMap<string, TypedCell>);
      }
    },
    list: () => Array.from(kinds, ([name, kind]) => ({ name, kind: kind ?? "text" })),
  };
}
