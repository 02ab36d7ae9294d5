import type { Matrix } from "../base/matrix.ts";
import type { Place } from "../encode/encoder.ts";
import { type GramEncoder, type GramRange, gramWidth } from "../encode/text/grams.ts";
import { START_TEXT } from "../encode/text/symbols.ts";
import type { TextEncoder } from "../encode/text/text.ts";

/** A term of a column of texts, and what it does to the logit of a label (docs/math.md §8.6). */
export interface TermEffect {
  /** "^" stands for the start of a text, and in terms of characters "␣" for a space. */
  readonly term: string;
  readonly of: GramRange["of"];
  /** Rows that hold it. */
  readonly texts: number;
  /** Its weight: log-odds a unit of its value. */
  readonly perUnit: number;
  /** What it adds to the log-odds of a text that holds it, on average. */
  readonly logOdds: number;
}

/** The terms that move the logit of a label most, the strongest first. */
export interface LabelTerms {
  readonly label: string;
  readonly up: readonly TermEffect[];
  /** Where there are two classes; of more it is empty: what speaks against one speaks for others. */
  readonly down: readonly TermEffect[];
}

/** Terms of a label in each direction, and of all labels together, at most (but one each). */
const LABEL_TERMS = 15;
const ALL_TERMS = 600;

/**
 * For each label the terms of a column with the largest |weight| × deviation over the rows of X. W: weights, the logits
 * of `labels` side by side; `first`: the row of W at which the CSR block's features start. Hashed terms have no names and
 * are left out.
 */
export function termEffects(
  encoder: TextEncoder,
  place: Place,
  first: number,
  W: Float64Array,
  labels: readonly string[],
  X: Matrix,
): LabelTerms[] {
  const { texts, means, deviations } = momentsOf(place, X);
  const terms = namedTerms(encoder);
  const outputs = labels.length;
  const most = Math.max(1, Math.min(LABEL_TERMS, Math.floor(ALL_TERMS / outputs)));
  return labels.map((label, c) => {
    const weightOf = (j: number): number => W[(first + place.csrStart + j) * outputs + c];
    const pick = (sign: number): TermEffect[] =>
      strongest(terms, (j) => sign * weightOf(j) * deviations[j], most).map((j) => ({
        ...termAt(terms, j),
        texts: texts[j],
        perUnit: weightOf(j),
        logOdds: weightOf(j) * means[j],
      }));
    return { label, up: pick(1), down: outputs === 1 ? pick(-1) : [] };
  });
}

/** The listed terms with the largest score above 0, the largest first, with their features. */
export function bestTerms(
  encoder: TextEncoder,
  scoreOf: (feature: number) => number,
  most: number,
): { feature: number; term: string }[] {
  const terms = namedTerms(encoder);
  return strongest(terms, scoreOf, most).map((feature) => {
    return { feature, term: termAt(terms, feature).term };
  });
}

/** Of each feature of a column: rows that hold it, its mean over those, its deviation over all. */
function momentsOf(
  { csrStart, csrWidth }: Place,
  { csr, rows }: Matrix,
): { texts: Int32Array; means: Float64Array; deviations: Float64Array } {
  const texts = new Int32Array(csrWidth);
  const sums = new Float64Array(csrWidth);
  const squares = new Float64Array(csrWidth);
  const { starts, columns, values } = csr!;
  for (let entry = starts[0]; entry < starts[rows]; entry++) {
    const j = columns[entry] - csrStart;
    if (j < 0 || j >= csrWidth) continue;
    texts[j]++;
    sums[j] += values[entry];
    squares[j] += values[entry] * values[entry];
  }
  const deviations = squares.map((square, j) => {
    const mean = sums[j] / Math.max(1, rows);
    return Math.sqrt(Math.max(0, square / Math.max(1, rows) - mean * mean));
  });
  return { texts, means: sums.map((sum, j) => sum / Math.max(1, texts[j])), deviations };
}

/** Listed terms, and the feature of the first of them. */
interface NamedTerms {
  readonly first: number;
  readonly grams: GramEncoder;
}

function namedTerms({ grams }: TextEncoder): NamedTerms[] {
  let first = 0;
  return grams.flatMap((gram) => {
    const own = { first, grams: gram };
    first += gramWidth(gram);
    return gram.bits > 0 ? [] : [own];
  });
}

function termAt(groups: readonly NamedTerms[], j: number): Pick<TermEffect, "term" | "of"> {
  const group = groups.findLast(({ first }) => first <= j)!;
  const { of, terms } = group.grams;
  return { term: shownTerm(terms[j - group.first], of), of };
}

/** A term as people read it. */
const shownTerm = (term: string, of: GramRange["of"]): string =>
  of === "words" ? term.replace(START_TEXT, "^") : term.replaceAll(" ", "␣");

/** The features with the largest score above 0, the largest first, the first of equals. */
function strongest(
  groups: readonly NamedTerms[],
  scoreOf: (feature: number) => number,
  most: number,
): number[] {
  const best: { feature: number; score: number }[] = [];
  for (const { first, grams } of groups) {
    for (let feature = first; feature < first + grams.terms.length; feature++) {
      const score = scoreOf(feature);
      if (!(score > 0) || (best.length === most && score <= best[most - 1].score)) continue;
      const at = best.findIndex((other) => other.score < score);
      best.splice(at < 0 ? best.length : at, 0, { feature, score });
      best.length = Math.min(best.length, most);
    }
  }
  return best.map(({ feature }) => feature);
}
