import type { Table } from "@softmax/core";
import type { PiecePlan } from "./piece-reader.ts";
import type { TextBlock } from "./pieces.ts";
import type { RecordSyntax } from "./records.ts";
import type { Dialect } from "./source.ts";

/** What the head of a source says of all of it. */
export interface Start {
  readonly plan: PiecePlan;
  readonly dialect: Omit<Dialect, "encoding" | "compression">;
  readonly head: Table;
  readonly syntax: RecordSyntax;
  /** Characters of the head before the first piece, and lines. */
  readonly skip: number;
  readonly linesAbove: number;
  readonly remarks: readonly string[];
}

/** All text of a source, from its first block again. */
export type Again = () => AsyncGenerator<TextBlock>;
