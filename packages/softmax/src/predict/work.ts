import {
  type Classifier,
  loadClassifier,
  MultiLabelClassifier,
  type PriorOption,
  type Schema,
  type Strays,
  straysOf,
  type Table,
  withPrior,
} from "@softmax/core";
import type { Encode } from "../data/lines-out.ts";
import { type PiecePlan, readPiece } from "../data/piece-reader.ts";
import type { Piece } from "../data/pieces.ts";
import type { RowTaker } from "../data/row-taker.ts";
import type { Reject } from "../data/source.ts";
import { renamedText } from "../data/text-table.ts";
import { textEncoder, type WriterOptions } from "../data/writer.ts";
import "../stemmers.ts";
import { type AnswerColumns, withAnswers } from "./answers.ts";
import { withLabels } from "./labels.ts";
import { sliceRows } from "./rows.ts";

/** All that a thread must know to predict pieces. Plain data. */
export interface PredictJob {
  /** The bytes of the model's file. */
  readonly model: Uint8Array;
  readonly prior?: PriorOption;
  readonly answers: AnswerColumns;
  readonly plan: PiecePlan;
  /** How rows are written; null where they are wanted as tables. */
  readonly output: TextOutput | null;
}

export type TextOutput = Omit<WriterOptions, "format"> & {
  readonly format: "csv" | "tsv" | "jsonl";
};

/** What became of a piece. Plain data. */
export interface PieceAnswers {
  readonly rows: number;
  /** The rows with their answers: as bytes, or, where tables are wanted, as a table. */
  readonly bytes: Uint8Array<ArrayBuffer> | null;
  readonly table: Table | null;
  readonly rejects: readonly Reject[];
  readonly lines: number;
  readonly lineEnds: RowTaker["lineEnds"];
  readonly strays: readonly Strays[];
}

/** Predicts pieces, each by itself. */
export interface PieceWork {
  do(piece: Piece, isFirst: boolean): PieceAnswers;
  /** What stands above the rows. */
  header(): Uint8Array;
}

/** Rows that are predicted and written at a time: what they need stays in the caches. */
const BLOCK_ROWS = 4096;

export async function pieceWork(job: PredictJob): Promise<PieceWork> {
  const { prior, plan, answers, output } = job;
  const classifier = await loadClassifier(job.model);
  const schema = schemaOf(classifier);
  const encode = output === null ? null : textEncoder(output.format, output);
  const answered = answererOf(classifier, prior, answers);
  return {
    do(piece, isFirst) {
      const { table: read, ...rest } = readPiece(plan, piece, isFirst);
      const table = renamedText(read, schema);
      return {
        ...rest,
        rows: table.rows,
        bytes: encode === null ? null : encodedRows(table, answered, encode),
        table: encode === null ? answered(table) : null,
        strays: straysOf(table, schema),
      };
    },
    header() {
      const columns = plan.format === "delimited" ? plan.names : plan.columns.map((c) => c.name);
      const none = columns.map((name) => ({
        kind: "text" as const,
        name,
        codes: new Int32Array(0),
        dictionary: [],
      }));
      const empty = renamedText({ rows: 0, columns: none, decimal: plan.decimal }, schema);
      return encode === null ? new Uint8Array(0) : joined([...encode(answered(empty), true)]);
    },
  };
}

/** How a model reads tables. */
export const schemaOf = (classifier: Classifier | MultiLabelClassifier): Schema =>
  classifier instanceof MultiLabelClassifier ? classifier.schema : classifier.model.schema;

/** Gives rows their answers. */
export type Answerer = (table: Table) => Table;

/** With the columns that are wanted, for the class shares that are stated. */
export function answererOf(
  classifier: Classifier | MultiLabelClassifier,
  prior: PriorOption | undefined,
  wanted: AnswerColumns,
): Answerer {
  if (classifier instanceof MultiLabelClassifier) {
    return (table) => withLabels(table, classifier, wanted);
  }
  const own = prior === undefined ? classifier : withPrior(classifier, prior);
  return (table) => withAnswers(table, own, wanted);
}

function encodedRows(table: Table, answered: Answerer, encode: Encode): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  for (let start = 0; start < table.rows; start += BLOCK_ROWS) {
    const block = sliceRows(table, start, Math.min(table.rows, start + BLOCK_ROWS));
    for (const bytes of encode(answered(block), false)) parts.push(bytes);
  }
  return joined(parts);
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
