import { type TextEncoder, textReader } from "../encode/text/text.ts";

/** A piece of a text and what it adds to the log-odds. */
export interface TextPart {
  /** In UTF-16 units of the text. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly weight: number;
}

/**
 * A text in consecutive parts, its tokens and what stands between them, that cover it (docs/math.md §8.7). Each
 * occurrence of a term adds value × weight, divided evenly among the UTF-16 units of tokens that it covers, so that the
 * parts sum to what the text adds, exactly but for rounding. `weightOf`: log-odds a unit of each of the encoder's features.
 */
export function textParts(
  encoder: TextEncoder,
  text: string,
  weightOf: (feature: number) => number,
): TextPart[] {
  const reader = textReader(encoder);
  const tokens = reader.tokens(text);
  const inToken = new Uint8Array(text.length);
  for (const { start, end } of tokens) inToken.fill(1, start, end);
  const weights = new Float64Array(text.length);
  reader.visit(text, (feature, value, start, end) => {
    spread(value * weightOf(feature), start, end, inToken, weights);
  });
  return partsBetween(edgesOf(tokens, text.length), text, weights);
}

/** Adds `weight` to the units from `start` to `end` that are in tokens; to all of them where none is. */
function spread(
  weight: number,
  start: number,
  end: number,
  inToken: Uint8Array,
  weights: Float64Array,
): void {
  // A part of what one character folds to, such as the first s of ß, starts and ends at that character.
  const from = Math.min(start, weights.length - 1);
  const to = Math.max(end, from + 1);
  let units = 0;
  for (let at = from; at < to; at++) units += inToken[at];
  const share = weight / (units || to - from);
  for (let at = from; at < to; at++) if (units === 0 || inToken[at] === 1) weights[at] += share;
}

/** Where one part ends and the next begins, 0 and the length included. */
function edgesOf(tokens: readonly { start: number; end: number }[], length: number): number[] {
  const edges = [0];
  let last = 0;
  const add = (edge: number): void => {
    if (edge > last) edges.push(edge);
    last = Math.max(last, edge);
  };
  for (const { start, end } of tokens) {
    add(start);
    add(end);
  }
  add(length);
  return edges;
}

const partsBetween = (edges: readonly number[], text: string, weights: Float64Array): TextPart[] =>
  edges.slice(1).map((end, at) => {
    const start = edges[at];
    let weight = 0;
    for (let unit = start; unit < end; unit++) weight += weights[unit];
    return { start, end, text: text.slice(start, end), weight };
  });
