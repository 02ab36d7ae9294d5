import fc from "fast-check";
import { type Cell, pickTable, type Row, type Table } from "../../src/base/table.ts";
import { CALIBRATION_METHODS } from "../../src/calibrate/kinds.ts";
import type { TrainOptions } from "../../src/classifier/options.ts";
import { rowsToTable } from "../../src/encode/rows.ts";

/** Tables of anything: what a source could deliver, likely or not, and options to train on them with. */

export interface Anything {
  /** Rows, as a program gives them; a table, as a reader does, in two cases of five. */
  readonly data: readonly Row[] | Table;
  /** Other rows to predict, of the same names. */
  readonly others: readonly Row[];
  readonly options: TrainOptions;
}

const NAMES = [
  "__proto__",
  "constructor",
  "",
  " ",
  "a",
  "A",
  "length",
  "é",
  "e\u0301",
  "\ud800",
  '"',
  "x\n",
  "0",
  "-1",
  "toString",
  "label",
  "prediction",
];
const WORDS = [
  "good",
  "bad",
  "the",
  "a",
  "FILM",
  "naïve",
  "日本語",
  "😀",
  "__proto__",
  "1",
  "\u0000",
  "ß",
  "don't",
  "\ud800",
];

const scaled = fc
  .tuple(fc.double({ min: -10, max: 10, noNaN: true }), fc.integer({ min: -300, max: 300 }))
  .map(([value, scale]) => value * Number(`1e${scale}`));

/** What a column of numbers is made of: one scale for all its cells, or any number at all. */
const numbers: fc.Arbitrary<fc.Arbitrary<Cell>> = fc.oneof(
  fc
    .tuple(fc.integer({ min: -300, max: 300 }), fc.constantFrom(0, 0, 1, 1e6))
    .map(([scale, shift]) =>
      fc
        .double({ min: -1, max: 1, noNaN: true })
        .map((value) => (value + shift) * Number(`1e${Math.min(scale, 300)}`)),
    ),
  fc.constant(fc.integer({ min: 0, max: 4 })),
  fc.constant(fc.integer({ min: -1000, max: 1000 })),
  fc.constant(scaled),
  fc.constant(fc.double({ noNaN: true, noDefaultInfinity: true })),
  fc.constant(fc.constantFrom(0, -0, 5e-324, -5e-324, Number.MAX_VALUE, -Number.MAX_VALUE, 1)),
  fc.constant(fc.constantFrom(1e308, 1.5e308, -1e308)),
  fc.constant(fc.constantFrom(1, 1 + Number.EPSILON, 1 - Number.EPSILON / 2)),
);

const dates = fc.integer({ min: -30_000, max: 60_000 }).map((day) => new Date(day * 86_400_000));

/** What the cells of one column are drawn from. */
const cells: fc.Arbitrary<fc.Arbitrary<Cell>> = fc.oneof(
  { weight: 4, arbitrary: numbers },
  fc.constant(fc.boolean()),
  fc.constant(fc.constantFrom("a", "b", "c", "", " a ", "A", "007", "7")),
  fc.constant(fc.constantFrom("yes", "no")),
  fc.constant(dates),
  fc.constant(dates.map((date) => (Number.isNaN(date.getTime()) ? null : date.toISOString()))),
  fc.constant(fc.constantFrom("2024-02-29", "2024-02-30", "0000-01-01", "1.2.2023", "12:00")),
  fc.constant(fc.string({ maxLength: 8 })),
  fc.constant(
    fc.constantFrom("1", "1e308", "1e309", "-0", "0x10", "1,5", "1_000", "∞", "NaN", "inf"),
  ),
  fc.constant(fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n })),
  fc.constant(fc.array(fc.constantFrom(...WORDS), { maxLength: 12 }).map((all) => all.join(" "))),
  fc.constant(fc.uuid()),
  fc.constant(fc.oneof(scaled, fc.boolean(), dates, fc.string({ maxLength: 3 }))),
  fc.constantFrom<Cell>(3, "same", true, null, -0, "", 1e300).map((cell) => fc.constant(cell)),
  fc.constant(fc.constantFrom(Number.NaN, 1, 2)),
);

type Missing = "none" | "some" | "most" | "first" | "half" | "all";
const missing = fc.constantFrom<Missing>(
  "none",
  "none",
  "none",
  "some",
  "most",
  "first",
  "half",
  "all",
);

/** Whether the cell of row i of n is missing. `chance`: 0…1. */
function isMissing(pattern: Missing, i: number, n: number, chance: number): boolean {
  if (pattern === "some") return chance < 0.2;
  if (pattern === "most") return chance < 0.9;
  if (pattern === "first") return i > 0;
  if (pattern === "half") return i < n / 2;
  return pattern === "all";
}

/** A column of n cells with its gaps. */
const column = (n: number): fc.Arbitrary<Cell[]> =>
  fc.tuple(cells, missing).chain(([cell, pattern]) =>
    fc
      .array(fc.tuple(cell, fc.double({ min: 0, max: 1, noNaN: true })), {
        minLength: n,
        maxLength: n,
        size: "max",
      })
      .map((drawn) =>
        drawn.map(([value, chance], i) => (isMissing(pattern, i, n, chance) ? null : value)),
      ),
  );

/** Columns, of which some are copies, negatives or sums of others. */
const columns = (n: number): fc.Arbitrary<Cell[][]> =>
  fc
    .tuple(
      fc.array(column(n), { minLength: 0, maxLength: 5 }),
      fc.array(fc.tuple(fc.constantFrom("copy", "negative", "sum"), fc.nat(), fc.nat()), {
        maxLength: 2,
      }),
    )
    .map(([own, derived]) => {
      if (own.length === 0) return own;
      const made = derived.map(([how, a, b]) => {
        const [first, second] = [own[a % own.length], own[b % own.length]];
        return first.map((cell, i) => combined(how, cell, second[i]));
      });
      return [...own, ...made];
    });

function combined(how: string, a: Cell, b: Cell): Cell {
  if (how === "copy" || typeof a !== "number") return a;
  if (how === "negative") return -a;
  const sum = typeof b === "number" ? a + b : a;
  return Number.isFinite(sum) ? sum : a;
}

/** Labels of n rows: few classes or many, balanced or not, one that occurs once, gaps. */
const labels = (n: number): fc.Arbitrary<Cell[]> =>
  fc
    .tuple(
      fc.constantFrom<readonly Cell[]>(
        ["a", "b"],
        ["yes", "no"],
        [0, 1],
        [true, false],
        ["p", "q", "r"],
        ["__proto__", "constructor", "\ud800", ""],
        [" a", "a ", "a", "b"],
        [1, 2, 3, 10, -1],
        Array.from({ length: 26 }, (_, i) => `class ${i}`),
        Array.from({ length: 200 }, (_, i) => `c${i}`),
      ),
      fc.constantFrom("even", "rare", "once", "gaps"),
      fc.array(fc.nat(), { minLength: n, maxLength: n, size: "max" }),
    )
    .map(([classes, how, drawn]) =>
      drawn.map((number, i) => {
        if (how === "gaps" && number % 5 === 0) return null;
        if (how === "rare") return classes[number % 8 === 0 ? (number >> 3) % classes.length : 0];
        if (how === "once")
          return classes[i === 0 ? classes.length - 1 : number % (classes.length - 1)];
        return classes[number % classes.length];
      }),
    );

/** What is to be predicted is called "y". */
const TARGET = "y";

/** Options of every table; then rare ones that not all go together, of which a table gets none, one or two. */
const usual = fc.record(
  {
    folds: fc.constantFrom(2, 2, 3),
    l2: fc.constantFrom(1e-12, 1e-6, 0.01, 0.01, 0.1, 1, 1e6),
    linear: fc.boolean(),
    seed: fc.nat(),
  },
  { requiredKeys: ["folds"] },
);
const rare = fc.constantFrom<(names: readonly string[], label: string) => object>(
  () => ({ classWeights: "balanced" }),
  (_, label) => ({ classWeights: [[label, 2]] }),
  (_, label) => ({ classWeights: [[label, 1e-30]] }),
  () => ({ l1Ratio: 0.5 }),
  () => ({ l1Ratio: 1 }),
  ...CALIBRATION_METHODS.map((calibration) => () => ({ calibration })),
  () => ({ calibration: "auto" }),
  () => ({ weight: "w" }),
  () => ({ group: "g" }),
  () => ({ time: "t" }),
  (names) => ({ numeric: names.slice(0, 2) }),
  (names) => ({ categorical: names.slice(0, 2) }),
  (names) => ({ text: names.slice(0, 1) }),
  (names) => ({ ignore: names.slice(1, 2) }),
  () => ({ decide: { by: "macro-f1" } }),
  () => ({ decide: { by: "balanced-accuracy" } }),
  () => ({ decide: { by: "f1" } }),
  () => ({ decide: { by: "top", at: 2 } }),
  () => ({ decide: { abstain: { error: 0.1 } } }),
  () => ({ decide: { abstain: { confidence: 0.7 } } }),
  () => ({ sets: { coverage: 0.8 } }),
  () => ({ sets: { coverage: 0.9, cvPlus: true } }),
  () => ({ sets: { coverage: 0.5, method: "lac", perClass: true } }),
  () => ({ sets: { coverage: 0.5, method: "raps", aside: 0.5 } }),
  () => ({ prior: "uniform" }),
  () => ({ adjust: 1 }),
  () => ({ loss: "focal" }),
  () => ({ optimizer: "newton" }),
  () => ({ optimizer: "adam", epochs: 2 }),
  () => ({ optimizer: "sgd", epochs: 2 }),
  (names) => ({ text: names.slice(0, 1), texts: { weights: "bayes" } }),
  (names) => ({ text: names.slice(0, 1), texts: { hashBits: 8 } }),
  (names) => ({ text: names.slice(0, 1), texts: { leastTexts: 1, characters: [1, 3] } }),
  (names) => ({ text: names, texts: { embeddings: 2, epochs: 2, leastTexts: 1 }, l2: undefined }),
);
const rares = fc.oneof(
  { weight: 2, arbitrary: fc.constant([]) },
  { weight: 2, arbitrary: fc.tuple(rare) },
  { weight: 1, arbitrary: fc.tuple(rare, rare) },
);

const roleColumns = (n: number): fc.Arbitrary<Cell[][]> =>
  fc.tuple(
    fc.array(fc.constantFrom<Cell>(0, 1, 1, 2, 0.25, 1e-100, 1e6), {
      minLength: n,
      maxLength: n,
      size: "max",
    }),
    fc.array(fc.integer({ min: 0, max: 4 }), { minLength: n, maxLength: n, size: "max" }),
    fc.array(fc.integer({ min: 0, max: 9 }), { minLength: n, maxLength: n, size: "max" }),
  );

/** An object whose keys are its own, whatever they are called. */
function rowOf(names: readonly string[], values: readonly Cell[]): Row {
  const row: Record<string, Cell> = {};
  names.forEach((name, j) => {
    Object.defineProperty(row, name, {
      value: values[j],
      enumerable: true,
      configurable: true,
      writable: true,
    });
  });
  return row;
}

const rowsOf = (names: readonly string[], all: readonly (readonly Cell[])[], n: number): Row[] =>
  Array.from({ length: n }, (_, i) =>
    rowOf(
      names,
      all.map((values) => values[i]),
    ),
  );

type Form = "rows" | "table" | "infinite" | "twice";

/** The table that a reader could make of rows: with infinite numbers, or a name that two columns share. */
function tableOf(rows: readonly Row[], form: Form): Table {
  const table = rowsToTable(rows);
  if (form === "table" || table.columns.length === 0) return table;
  const [first, ...rest] = table.columns;
  if (form === "twice") return { ...table, columns: [first, first, ...rest] };
  const columns = table.columns.map((column) =>
    column.kind === "number" && column.name !== TARGET
      ? {
          ...column,
          values: column.values.map((v, i) => (i % 7 === 3 ? Number.POSITIVE_INFINITY : v)),
        }
      : column,
  );
  return { ...table, columns };
}

export const anything: fc.Arbitrary<Anything> = fc
  .tuple(
    fc.oneof(
      { weight: 8, arbitrary: fc.integer({ min: 6, max: 40 }) },
      { weight: 1, arbitrary: fc.integer({ min: 0, max: 5 }) },
    ),
    usual,
    rares,
    fc.oneof(
      { weight: 8, arbitrary: fc.constant<Form>("rows") },
      { weight: 4, arbitrary: fc.constant<Form>("table") },
      { weight: 1, arbitrary: fc.constantFrom<Form>("infinite", "twice") },
    ),
    fc.uniqueArray(fc.constantFrom(...NAMES), { minLength: 7, maxLength: 7 }),
  )
  .chain(([n, always, sometimes, form, anyNames]) =>
    fc
      .tuple(columns(n), columns(3), labels(n), roleColumns(n))
      .map(([own, strange, y, [w, g, t]]): Anything => {
        const names = anyNames.slice(0, own.length);
        const label = String(y.find((cell) => cell !== null && cell !== "") ?? "");
        const more = sometimes.map((option) => option(names, label));
        const options: TrainOptions = Object.assign({}, always, ...more);
        // The roles stand in the table only where they are asked for.
        const asked = [
          ...(options.weight === undefined ? [] : [["w", w] as const]),
          ...(options.group === undefined ? [] : [["g", g] as const]),
          ...(options.time === undefined ? [] : [["t", t] as const]),
        ];
        const all = [...names, ...asked.map(([name]) => name), TARGET];
        const rows = rowsOf(all, [...own, ...asked.map(([, cells]) => cells), y], n);
        const others = rowsOf(
          names,
          names.map((_, j) => strange[j] ?? [null, "?", 1e308]),
          3,
        );
        const data = form === "rows" ? rows : (orNothing(() => tableOf(rows, form)) ?? rows);
        return { data, others, options: { ...options, target: TARGET, worker: false } };
      }),
  );

/** Null where rows make no table: what training says of them then is looked at. */
function orNothing<T>(make: () => T): T | null {
  try {
    return make();
  } catch {
    return null;
  }
}

/** Row i of what was given, alone. */
export const oneOf = (data: readonly Row[] | Table, i: number): readonly Row[] | Table =>
  Array.isArray(data) ? [data[i] as Row] : pickTable(data as Table, Int32Array.of(i));
