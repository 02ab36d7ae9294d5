import { createRandom, type Random } from "../../src/base/random.ts";
import type { Cell, Row, Table, TextColumn } from "../../src/base/table.ts";

/** Tables made for a purpose, seeded. */

/** A draw of the normal distribution (Box & Muller 1958). */
export const normal = (random: Random): number =>
  Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());

/** A class of n drawn with these probabilities. */
export function draw(p: readonly number[], random: Random): number {
  let left = random.uniform();
  for (let c = 0; c < p.length - 1; c++) {
    left -= p[c];
    if (left < 0) return c;
  }
  return p.length - 1;
}

/** A table of number columns and one text column "y" of labels. */
export function numbersTable(
  columns: readonly (readonly [string, ArrayLike<number>])[],
  labels: readonly string[],
): Table {
  const dictionary = [...new Set(labels)];
  const position = new Map(dictionary.map((label, at) => [label, at]));
  return {
    rows: labels.length,
    decimal: ".",
    columns: [
      ...columns.map(([name, values]) => ({
        kind: "number" as const,
        name,
        values: Float64Array.from(values),
      })),
      {
        kind: "text",
        name: "y",
        codes: Int32Array.from(labels, (label) => position.get(label) as number),
        dictionary,
      },
    ],
  };
}

/** n rows of d columns of noise, labels drawn apart from them. */
export function noiseTable(n: number, d: number, shares: readonly number[], seed: number): Table {
  const random = createRandom(seed);
  const columns = Array.from(
    { length: d },
    (_, j) => [`x${j}`, Float64Array.from({ length: n }, () => normal(random))] as const,
  );
  const labels = Array.from({ length: n }, () => `c${draw(shares, random)}`);
  return numbersTable(columns, labels);
}

/** n rows of the linear softmax model whose logits are strength · x_c, over k − 1 columns and one of noise. */
export function softmaxTable(n: number, k: number, seed: number, strength = 1.5): Table {
  const random = createRandom(seed);
  const columns = Array.from({ length: k }, () => new Float64Array(n));
  const labels: string[] = [];
  for (let i = 0; i < n; i++) {
    const logits = columns.map((column, j) => {
      column[i] = normal(random);
      return j < k - 1 ? strength * column[i] : 0;
    });
    const total = logits.reduce((sum, z) => sum + Math.exp(z), 0);
    labels.push(
      `c${draw(
        logits.map((z) => Math.exp(z) / total),
        random,
      )}`,
    );
  }
  return numbersTable(
    columns.map((column, j) => [`x${j}`, column]),
    labels,
  );
}

export type MixedRow = { readonly [name: string]: Cell };

const TOWNS = ["Uppsala", "Åre", "São Paulo", "007", "7", "3.0 x", "", " padded "];

/** Rows of every column kind, with gaps, rare levels and labels that depend on them. */
export function mixedRows(n: number, k: number, seed: number): MixedRow[] {
  const random = createRandom(seed);
  return Array.from({ length: n }, (_, i) => {
    const length = normal(random) * 1e3;
    const rooms = random.below(6);
    const town = TOWNS[random.below(random.below(8) + 1)];
    const smokes = random.below(3) === 0;
    const day = new Date(Date.UTC(2021, random.below(36), 1 + random.below(28)));
    const lean = length / 500 + rooms + (smokes ? 2 : 0) + (town === "007" ? 3 : 0);
    const label = Math.max(0, Math.min(k - 1, Math.floor((lean + normal(random)) / 2)));
    return {
      length: random.below(9) === 0 ? null : length,
      tiny: normal(random) * 1e-7,
      rooms,
      code: `00${random.below(4)}`,
      town: town === "" ? null : town,
      smokes: random.below(20) === 0 ? null : smokes,
      seen: random.below(15) === 0 ? null : day.toISOString().slice(0, 10),
      kind: i < k ? `kind ${i}` : `kind ${label}`,
    };
  });
}

/** The bits of probabilities, for comparing without mercy. */
export const bitsOf = (rows: readonly Float64Array[]): string[] =>
  rows.map((p) => Array.from(new BigUint64Array(p.slice().buffer), (b) => b.toString(16)).join());

/** Tables of one kind, and the log loss that their true probabilities have on one. */
export interface World {
  readonly table: (n: number, seed: number) => Table;
  readonly trueLoss: (table: Table) => number;
}

/** Mean log loss of the probabilities `p(row)` of the labels "c0", "c1", … or as `names` has them. */
function lossOf(
  table: Table,
  names: readonly string[],
  p: (x: readonly number[]) => number[],
): number {
  const values = table.columns.flatMap((column) =>
    column.kind === "number" ? [column.values] : [],
  );
  const label = table.columns[table.columns.length - 1] as TextColumn;
  let sum = 0;
  for (let i = 0; i < table.rows; i++) {
    const own = names.indexOf(label.dictionary[label.codes[i]]);
    sum -= Math.log(p(values.map((column) => column[i]))[own]);
  }
  return sum / table.rows;
}

/** softmaxTable's. */
export const softmaxWorld = (k: number, strength = 1.5): World => ({
  table: (n, seed) => softmaxTable(n, k, seed, strength),
  trueLoss: (table) =>
    lossOf(
      table,
      Array.from({ length: k }, (_, c) => `c${c}`),
      (x) => {
        const e = x.map((v, j) => (j < k - 1 ? Math.exp(strength * v) : 1));
        const total = e.reduce((a, b) => a + b, 0);
        return e.map((v) => v / total);
      },
    ),
});

const rareShare = ([a, b]: readonly number[]): number =>
  1 / (1 + Math.exp(3.4 - 1.2 * a - 0.8 * b));

/** rareTable's. */
export const rareWorld: World = {
  table: (n, seed) => rareTable(n, seed),
  trueLoss: (table) => lossOf(table, ["rare", "usual"], (x) => [rareShare(x), 1 - rareShare(x)]),
};

/** n rows of two classes, "rare" about one in twelve, told by two columns. */
export function rareTable(n: number, seed: number): Table {
  const random = createRandom(seed);
  const a = Float64Array.from({ length: n }, () => normal(random));
  const b = Float64Array.from({ length: n }, () => normal(random));
  const labels = Array.from({ length: n }, (_, i) => {
    return random.uniform() < rareShare([a[i], b[i]]) ? "rare" : "usual";
  });
  return numbersTable(
    [
      ["a", a],
      ["b", b],
    ],
    labels,
  );
}

/** Points of a plane that are "in" where two signs agree, or as a level says; some cells are missing. */
export function signRows(n: number, seed: number, k = 2): Row[] {
  const random = createRandom(seed);
  return Array.from({ length: n }, (_, i) => {
    const [x, y] = [2 * random.uniform() - 1, 2 * random.uniform() - 1];
    const turned = random.below(3) === 0;
    const agree = (x > 0 === y > 0) !== turned;
    return {
      x: i % 29 === 0 ? null : x,
      y,
      way: turned ? "turned" : "straight",
      label: k === 2 ? (agree ? "in" : "out") : agree ? (x > 0 ? "upper" : "lower") : "out",
    };
  });
}
