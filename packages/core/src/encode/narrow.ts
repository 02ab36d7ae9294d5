import type { Encoder } from "./encoder.ts";
import { type GramEncoder, gramWidth } from "./text/grams.ts";

/** Encoders of texts made smaller: fewer terms, and weights in float32. */

/** Without the terms of texts for which `isKept` is false; it gets their positions in the CSR block. Hashed terms stay. */
export function keepTerms(encoder: Encoder, isKept: (feature: number) => boolean): Encoder {
  let first = 0;
  return ofGrams(encoder, (gram) => {
    const start = first;
    first += gramWidth(gram);
    if (gram.bits > 0) return gram;
    const stays = (_: unknown, at: number): boolean => isKept(start + at);
    return { ...gram, terms: gram.terms.filter(stays), weights: gram.weights.filter(stays) };
  });
}

/** Positions in the CSR block of the features that are listed terms of texts, not hashed ones. */
export function listedTerms({ columns }: Encoder): Int32Array {
  const listed: number[] = [];
  let first = 0;
  for (const gram of columns.flatMap((column) => (column.kind === "text" ? column.grams : []))) {
    for (let at = 0; at < gram.terms.length; at++) listed.push(first + at);
    first += gramWidth(gram);
  }
  return Int32Array.from(listed);
}

/** Features of the CSR block whose values are divided by one norm: the root of their squares' sum, or the sum. */
export interface NormGroup {
  readonly start: number;
  readonly end: number;
  readonly norm: "root" | "mean";
}

export function normGroups({ columns }: Encoder): NormGroup[] {
  let end = 0;
  return columns.flatMap((column): NormGroup[] => {
    if (column.kind !== "text") return [];
    const first = end;
    const ofKinds = column.grams.map((gram): NormGroup => {
      const start = end;
      end += gramWidth(gram);
      return { start, end, norm: "root" };
    });
    if (column.normalise === "mean") return [{ start: first, end, norm: "mean" }];
    return column.normalise ? ofKinds : [];
  });
}

/** With the weights of terms rounded to float32. */
export const roundTermWeights = (encoder: Encoder): Encoder =>
  ofGrams(encoder, (gram) => ({ ...gram, weights: gram.weights.map(Math.fround) }));

/** The same encoder as a model file holds it: weights that are float32 numbers, as such. */
export const narrowWeights = (encoder: Encoder): unknown =>
  ofGrams(encoder, (gram) => ({ ...gram, weights: Float32Array.from(gram.weights) }));

function ofGrams<T>(encoder: Encoder, change: (gram: GramEncoder) => T) {
  return {
    ...encoder,
    columns: encoder.columns.map((column) =>
      column.kind === "text" ? { ...column, grams: column.grams.map(change) } : column,
    ),
  };
}
