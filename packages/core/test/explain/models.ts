import fc from "fast-check";
import { createRandom } from "../../src/base/random.ts";
import type { Cell, Row } from "../../src/base/table.ts";
import type { Calibrator } from "../../src/calibrate/calibrator.ts";
import { Classifier } from "../../src/classifier/classifier.ts";
import type { Decision } from "../../src/decide/decision.ts";
import { everyRow } from "../../src/encode/cells.ts";
import { encodedWidth, fitEncoder } from "../../src/encode/encoder.ts";
import { rowsToTable } from "../../src/encode/rows.ts";
import type { ColumnKind } from "../../src/encode/schema.ts";
import { TextCorpus } from "../../src/encode/text/corpus.ts";
import { DEFAULT_TEXT } from "../../src/encode/text/shapes.ts";
import type { TextShape } from "../../src/encode/text/text.ts";

const WORDS: TextShape = {
  name: "",
  grams: [{ of: "words", from: 1, to: 2 }],
  counts: "log",
  idf: true,
  bayes: false,
};

export interface ModelSize {
  readonly kinds: readonly (readonly [name: string, kind: ColumnKind])[];
  readonly classes: readonly string[];
  readonly curves: boolean;
  readonly seed: number;
  readonly temperature?: number;
  readonly shifts?: readonly number[];
  /** Of the weights. */
  readonly scale?: number;
  /** Instead of the temperature. */
  readonly calibrator?: Calibrator;
  readonly decision?: Decision;
}

/** A classifier whose encoder is fitted to the rows and whose weights are drawn. */
export function drawnModel(rows: readonly Row[], size: ModelSize): Classifier {
  const { kinds, classes, curves, seed, temperature = 1, shifts, scale = 1, decision } = size;
  const schema = {
    target: "y",
    classes,
    missing: ["NA"],
    columns: kinds.map(([name, kind]) => ({ name, kind })),
  };
  const table = rowsToTable(rows, schema);
  const shape = { name: "", curves, text: WORDS };
  const every = everyRow(rows.length);
  const corpus = new TextCorpus(every, { ...DEFAULT_TEXT, leastTexts: 1 });
  const encoder = fitEncoder(table, schema, every, shape, corpus);
  const outputs = classes.length === 2 ? 1 : classes.length;
  const random = createRandom(seed);
  const weights = Float64Array.from(
    { length: (encodedWidth(encoder) + 1) * outputs },
    () => scale * (2 * random.uniform() - 1),
  );
  return new Classifier({
    ...{ schema, encoder, weights },
    calibrator: size.calibrator ?? {
      temperature,
      shifts: shifts === undefined ? null : Float64Array.from(shifts),
    },
    ...(decision === undefined ? {} : { decision }),
    shares: new Float64Array(classes.length).fill(1),
    positive: classes.length === 2 ? 1 : -1,
    provenance: { version: "", kernels: "", seed, rows: rows.length, dataHash: "", options: [] },
  });
}

export const EVERY_KIND: ModelSize["kinds"] = [
  ["amount", "numeric"],
  ["rooms", "numeric"],
  ["town", "categorical"],
  ["good", "boolean"],
  ["since", "date"],
  ["note", "text"],
];

const orMissing = <T extends Cell>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> =>
  fc.option(arbitrary, { freq: 6, nil: null });

/** A row with every kind of column, with gaps, frequent amounts, rare towns and texts of few words. */
export const anyRow: fc.Arbitrary<Row> = fc.record({
  amount: orMissing(
    fc.oneof(
      fc.constant(0),
      fc.double({ min: -50, max: 50, noNaN: true, noDefaultInfinity: true }),
    ),
  ),
  rooms: orMissing(fc.integer({ min: 1, max: 9 })),
  town: orMissing(fc.constantFrom("Åre", "Uppsala", "007", "7", "rare", "NA")),
  good: orMissing(fc.constantFrom("yes", "no")),
  since: orMissing(
    fc
      .integer({ min: 15_000, max: 18_000 })
      .map((day) => new Date(day * 86_400_000).toISOString().slice(0, 10)),
  ),
  note: orMissing(fc.constantFrom("a superb film", "awful film", "superb, superb", "", "the fox")),
});

/** Rows with which every kind of column can be fitted: more than a curve needs, and each kind present. */
export function plainRows(n: number): Row[] {
  return Array.from({ length: n }, (_, i) => ({
    amount: i % 5 === 0 ? 0 : i % 11 === 0 ? null : ((i * 37) % 101) - 40.25,
    rooms: i % 13 === 0 ? null : 1 + (i % 7),
    town: i % 17 === 0 ? null : ["Åre", "Uppsala", "007", "7"][i % 4],
    good: i % 19 === 0 ? null : i % 3 === 0 ? "yes" : "no",
    since: new Date((15_000 + 29 * i) * 86_400_000).toISOString().slice(0, 10),
    note: ["a superb film", "awful film", "the fox", null][i % 4],
  }));
}
