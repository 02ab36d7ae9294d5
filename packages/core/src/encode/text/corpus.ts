import type { CsrBlock } from "../../base/matrix.ts";
import type { TableColumn } from "../../base/table.ts";
import { TextLearner } from "./learn.ts";
import { createEntries, readTexts } from "./rows.ts";
import { type TextEncoder, type TextOptions, type TextShape, textWidth } from "./text.ts";
import { createRowWriter } from "./values.ts";

/**
 * Rows of a table whose texts are cut and counted once for all the ways in which they are taken. What it gives is what
 * `fitText` and the readers of its encoders give.
 */
export class TextCorpus {
  readonly #rows: Int32Array;
  readonly #options: TextOptions;
  readonly #learners = new Map<string, TextLearner>();

  /** rows: of the table, each once. */
  constructor(rows: Int32Array, options: TextOptions) {
    this.#rows = rows;
    this.#options = options;
  }

  /** The encoder that these rows of the column teach. */
  fit(column: TableColumn, shape: TextShape): TextEncoder {
    const { name } = column;
    const learner =
      this.#learners.get(name) ??
      new TextLearner(name, () => readTexts(column, this.#rows), this.#options);
    this.#learners.set(name, learner);
    return learner.fit(shape);
  }

  /**
   * The CSR block of the rows `order` of the table, all of them the corpus's, for encoders that it gave: the features of one
   * column after those of another.
   */
  place(encoders: readonly TextEncoder[], order: Int32Array): CsrBlock {
    const positions = positionsOf(this.#rows);
    let width = 0;
    const sources = encoders.map((encoder) => {
      const learner = this.#learners.get(encoder.name)!;
      const groups = encoder.grams.map((gram) => learner.countsOf(gram));
      const source = { first: width, writer: createRowWriter(encoder), groups };
      width += textWidth(encoder);
      return source;
    });
    const starts = new Int32Array(order.length + 1);
    const entries = createEntries(
      sources.reduce(
        (sum, { groups }) => groups.reduce((s, { features }) => s + features.length, sum),
        0,
      ),
    );
    order.forEach((tableRow, row) => {
      const text = positions[tableRow];
      for (const { first, writer, groups } of sources) {
        writer.begin();
        groups.forEach((counted, group) => {
          writer.add(group, counted, counted.starts[text], counted.starts[text + 1]);
        });
        writer.end();
        entries.add(writer.row, first);
      }
      starts[row + 1] = entries.size;
    });
    return { width, starts, ...entries.finish() };
  }
}

/** Where a row of the table stands among these. */
function positionsOf(rows: Int32Array): Int32Array {
  const positions = new Int32Array(rows.reduce((most, row) => Math.max(most, row + 1), 0));
  rows.forEach((row, at) => {
    positions[row] = at;
  });
  return positions;
}
