import { damagedFile } from "../base/checks.ts";
import type { BooleanEncoder } from "./boolean.ts";
import type { CategoricalEncoder } from "./categorical.ts";
import { CYCLES, type Cycle, type DateEncoder } from "./dates.ts";
import type { ColumnEncoder, Encoder } from "./encoder.ts";
import { checkImage } from "./image/check.ts";
import type { NumericEncoder } from "./numeric.ts";
import { isTexts, type Schema } from "./schema.ts";
import { type GramEncoder, MOST_BITS, MOST_SYMBOLS } from "./text/grams.ts";
import { MOST_STOP_WORDS, type TextEncoder } from "./text/text.ts";

/** Knots, levels and the like of one column at most: far above what a fit gives. */
const MOST = 1 << 16;

/**
 * The encoder that a model file holds for a schema: every column as the schema has it, every number finite, every list
 * of the right length and order. Throws a SoftmaxError ("model") for anything else.
 */
export function checkEncoder(value: unknown, schema: Schema): Encoder {
  const { missing, columns } = fields(value);
  const sameMissing = isTexts(missing) && missing.join("\n") === schema.missing.join("\n");
  if (!sameMissing) throw damagedFile("its encoder and schema differ in what means missing");
  if (!Array.isArray(columns) || columns.length !== schema.columns.length) {
    throw damagedFile("its encoder has not the columns of its schema");
  }
  return {
    missing: [...missing],
    columns: schema.columns.map(({ name, kind }, at) => {
      const column = fields(columns[at]);
      if (column.name !== name || column.kind !== kind) {
        throw damagedFile(`its encoder has not the column "${name}" of its schema`);
      }
      return checkColumn(column, name, kind);
    }),
  };
}

type Fields = Readonly<Record<string, unknown>>;

const fields = (value: unknown): Fields =>
  typeof value === "object" && value !== null ? (value as Fields) : {};

function checkColumn(column: Fields, name: string, kind: ColumnEncoder["kind"]): ColumnEncoder {
  switch (kind) {
    case "numeric":
      return checkNumeric(column, name);
    case "categorical":
      return checkCategorical(column, name);
    case "boolean":
      return checkBoolean(column, name);
    case "date":
      return checkDate(column, name);
    case "text":
      return checkText(column, name);
    case "image":
      return checkImage(column, name);
  }
}

const wrong = (name: string, what: string): Error =>
  damagedFile(`column "${name}" of its encoder has ${what}`);

function checkNumeric(column: Fields, name: string): NumericEncoder {
  const line = numbers(column.line, name, 3);
  const knots = ascending(column.knots, name);
  const rampMeans = numbers(column.rampMeans, name, Math.max(0, knots.length - 1));
  const frequent = ascending(column.frequent, name);
  if (!(line[2] > 0)) throw wrong(name, "a deviation that is not above 0");
  return {
    kind: "numeric",
    name,
    line,
    knots,
    rampMeans,
    frequent,
    missing: flag(column.missing, name),
  };
}

function checkCategorical(column: Fields, name: string): CategoricalEncoder {
  const levels = distinctTexts(column.levels, name);
  const { other, missing } = column;
  return {
    kind: "categorical",
    name,
    levels,
    other: flag(other, name),
    missing: flag(missing, name),
  };
}

function checkBoolean(column: Fields, name: string): BooleanEncoder {
  const words = distinctTexts(column.words, name);
  if (words.length !== 2) throw wrong(name, "not two words");
  return { kind: "boolean", name, words, missing: flag(column.missing, name) };
}

function checkDate(column: Fields, name: string): DateEncoder {
  const cycles = distinctTexts(column.cycles, name);
  if (!cycles.every((cycle) => CYCLES.includes(cycle as Cycle)))
    throw wrong(name, "an unknown cycle");
  const days = checkNumeric(fields(column.days), name);
  return { kind: "date", name, days, cycles: cycles as Cycle[] };
}

/** Kinds of n-grams of a text column, and terms of one, at most. */
const MOST_GROUPS = 2;
const MOST_TERMS = 2 ** 22;

function checkText(column: Fields, name: string): TextEncoder {
  const { counts, stemmer, segmenter, grams } = column;
  if (counts !== "log" && counts !== "binary") throw wrong(name, "an unknown way to count");
  if (!isTexts([stemmer, segmenter])) throw wrong(name, "no name of a stemmer or segmenter");
  if (!Array.isArray(grams) || grams.length > MOST_GROUPS) throw wrong(name, "no list of n-grams");
  return {
    kind: "text",
    name,
    counts,
    foldAccents: flag(column.foldAccents, name),
    normalise: column.normalise === "mean" ? "mean" : flag(column.normalise, name),
    stopWords: distinctTexts(column.stopWords, name, MOST_STOP_WORDS),
    stemmer: stemmer as string,
    segmenter: segmenter as string,
    grams: grams.map((gram) => checkGrams(fields(gram), name)),
  };
}

function checkGrams({ of, from, to, terms, weights, bits }: Fields, name: string): GramEncoder {
  if (of !== "words" && of !== "characters") throw wrong(name, "n-grams of an unknown kind");
  if (!isBetween(from, 1, MOST_SYMBOLS) || !isBetween(to, from, MOST_SYMBOLS)) {
    throw wrong(name, "n-grams of an impossible length");
  }
  if (!isBetween(bits, 0, MOST_BITS)) throw wrong(name, "an impossible number of bits");
  const listed = distinctTexts(terms, name, MOST_TERMS);
  if (bits > 0 && listed.length > 0) throw wrong(name, "terms beside hashed ones");
  const wide = weights instanceof Float32Array ? Float64Array.from(weights) : weights;
  const length = wide instanceof Float64Array && wide.length === 0 ? 0 : listed.length;
  return { of, from, to, bits, terms: listed, weights: numbers(wide, name, length) };
}

const isBetween = (value: unknown, least: number, most: number): value is number =>
  Number.isInteger(value) && (value as number) >= least && (value as number) <= most;

function flag(value: unknown, name: string): boolean {
  if (typeof value !== "boolean") throw wrong(name, "a flag that is neither true nor false");
  return value;
}

function numbers(value: unknown, name: string, length: number): Float64Array {
  const fits = value instanceof Float64Array && value.length === length;
  if (!fits || !value.every(Number.isFinite)) throw wrong(name, `not ${length} finite numbers`);
  return value;
}

function ascending(value: unknown, name: string): Float64Array {
  const length = value instanceof Float64Array ? Math.min(value.length, MOST) : 0;
  const list = numbers(value, name, length);
  if (!list.every((v, i) => i === 0 || v > list[i - 1])) throw wrong(name, "values out of order");
  return list;
}

function distinctTexts(value: unknown, name: string, most = MOST): readonly string[] {
  const few = Array.isArray(value) && value.length <= most;
  if (!few || !isTexts(value) || new Set(value).size < value.length) {
    throw wrong(name, "no list of different texts");
  }
  return [...value];
}
