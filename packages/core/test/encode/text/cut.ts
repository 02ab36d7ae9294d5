import { type CutOptions, createCutter } from "../../../src/encode/text/cutter.ts";

export const FOLDED: CutOptions = { foldCase: true, foldAccents: false };
export const AS_WRITTEN: CutOptions = { foldCase: false, foldAccents: false };
export const WITHOUT_ACCENTS: CutOptions = { foldCase: true, foldAccents: true };
export const BARE: CutOptions = { foldCase: false, foldAccents: true };
export const EVERY_WAY = [FOLDED, AS_WRITTEN, WITHOUT_ACCENTS, BARE];

/** What a text is cut into, copied out of the cutter's arrays. */
export interface Copied {
  readonly folded: string;
  readonly tokens: readonly string[];
  /** The parts of the text that the tokens come from. */
  readonly sources: readonly string[];
  readonly codes: readonly number[];
  readonly at: readonly number[];
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  readonly segmented: boolean;
}

const cutters = new Map(EVERY_WAY.map((options) => [options, createCutter(options)]));

export function cut(text: string, options: CutOptions = FOLDED): Copied {
  const result = cutters.get(options)!(text);
  const { length, tokens, segmented } = result;
  const codes = [...result.codes.subarray(0, length)];
  const at = [...result.at.subarray(0, length + 1)];
  const starts = [...result.starts.subarray(0, tokens)];
  const ends = [...result.ends.subarray(0, tokens)];
  const textOf = (from: number, to: number): string =>
    codes.slice(from, to).reduce((sum, code) => sum + String.fromCodePoint(code), "");
  return {
    ...{ codes, at, starts, ends, segmented },
    folded: textOf(0, length),
    tokens: starts.map((start, i) => textOf(start, ends[i])),
    sources: starts.map((start, i) => text.slice(at[start], at[ends[i]])),
  };
}
