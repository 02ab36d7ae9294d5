import { mostProbable, type RowsToLookAt, rowsToLookAt } from "./looks.ts";
import type { TextPart } from "./parts.ts";

/** Texts that are worth a look, by what models said of them that had not seen them. Plain data. */
export interface TextsReport {
  /** The column of texts that moves predictions most. */
  readonly column: string;
  /** For each class those with the highest probability of it, the surest first. */
  readonly typical: readonly JudgedText[];
  /** Whose two most probable classes are nearest to each other. */
  readonly doubtful: readonly JudgedText[];
  /** Whose own label has the lowest probability: the label may be wrong. */
  readonly mislabelled: readonly JudgedText[];
}

/** A text of the training rows. Probabilities are out of fold; the weights are those of the model trained on all rows. */
export interface JudgedText {
  /** Row of the table, from 1. */
  readonly row: number;
  readonly label: string;
  readonly predicted: string;
  readonly probability: number;
  /** Of its own label. */
  readonly labelProbability: number;
  readonly excerpt: Excerpt;
}

/** A piece of a text with what its words add to the log-odds of the predicted label; small ones count as 0. */
export interface Excerpt {
  /** Whether the text goes on before and after it. */
  readonly before: boolean;
  readonly after: boolean;
  readonly parts: readonly { readonly text: string; readonly weight: number }[];
}

/** Characters of an excerpt at most. */
const EXCERPT = 300;
/** A part that adds less than this share of the strongest one counts as 0. */
const SMALL = 0.02;

/** Rows of texts that judged. */
export interface JudgedTexts {
  /** Probabilities, n×k. */
  readonly P: Float64Array;
  readonly y: Int32Array;
  readonly k: number;
  /** The text of row i, null for none: such rows are passed over. */
  textOf(i: number): string | null;
}

/** The rows to look at, by their number. A text is in each list once, even if several rows hold it. */
export function textsToLookAt({ P, y, k, textOf }: JudgedTexts): RowsToLookAt {
  const rows = Array.from(y.keys()).filter((i) => (textOf(i) ?? "").trim() !== "");
  const best = mostProbable(P, y.length, k);
  const wrong = rows.filter((i) => best[i] !== y[i]);
  return rowsToLookAt({ P, y, k, rows, suspects: wrong, sameAs: textOf });
}

/**
 * The consecutive parts of up to `most` UTF-16 units that weigh most together, the first of equals; weights to three digits.
 */
export function excerptOf(parts: readonly TextPart[], most: number = EXCERPT): Excerpt {
  const [from, to] = heaviest(parts, most);
  const chosen = parts.slice(from, to);
  const largest = Math.max(0, ...chosen.map(({ weight }) => Math.abs(weight)));
  const joined: { text: string; weight: number }[] = [];
  for (const { text, weight } of chosen) {
    const shown = Math.abs(weight) > SMALL * largest ? Number(weight.toPrecision(3)) : 0;
    const last = joined.at(-1);
    if (shown === 0 && last?.weight === 0) last.text += text;
    else joined.push({ text, weight: shown });
  }
  const cut = chosen.length === 1 && chosen[0].text.length > most;
  if (cut) joined[0].text = wholeCharacters(joined[0].text, most);
  return { before: from > 0, after: cut || to < parts.length, parts: joined };
}

/** The range of parts that fits an excerpt and has the largest Σ|weight|; one part at least. */
function heaviest(parts: readonly TextPart[], room: number): [from: number, to: number] {
  let best: [number, number] = [0, 0];
  let most = -1;
  let sum = 0;
  for (let from = 0, to = 0; from < parts.length; from++) {
    if (to <= from) [to, sum] = [from + 1, Math.abs(parts[from].weight)];
    while (to < parts.length && parts[to].end - parts[from].start <= room) {
      sum += Math.abs(parts[to++].weight);
    }
    if (sum > most + 1e-12) [best, most] = [[from, to], sum];
    if (to === parts.length) break;
    sum -= Math.abs(parts[from].weight);
  }
  return best;
}

/** The first `most` units of a text, without half a character at the end. */
const wholeCharacters = (text: string, most: number): string =>
  text.slice(0, most).replace(/[\ud800-\udbff]$/, "");
