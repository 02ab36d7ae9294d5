import type { ImageColumn } from "../base/image.ts";
import type { FoundKind } from "./kinds.ts";
import type { Profile } from "./profile.ts";

/** What a person is shown of an input column, in the units of the data. */
export interface ColumnReport {
  readonly name: string;
  readonly kind: FoundKind;
  /** Whether the model reads it. */
  readonly used: boolean;
  /** Among the labelled rows. */
  readonly missing: number;
  readonly distinct: number;
  /** Of a numeric column's values. */
  readonly range: { readonly low: number; readonly median: number; readonly high: number } | null;
  /** The most frequent levels of other columns, at most eight. */
  readonly levels: readonly { readonly level: string; readonly rows: number }[];
  /** Range or levels in words. */
  readonly summary: string;
}

const USED: readonly FoundKind[] = ["numeric", "boolean", "categorical", "date", "text", "image"];
const MOST_SHOWN = 8;

export function describe(profile: Profile, kind: FoundKind): ColumnReport {
  const { name, missing, distinct, numbers, texts } = profile;
  const numeric = (kind === "numeric" || kind === "identifier") && numbers.length > 0;
  const range = numeric
    ? {
        low: numbers[0],
        median: numbers[(numbers.length - 1) >> 1],
        high: numbers[numbers.length - 1],
      }
    : null;
  const levels =
    range !== null || texts === null
      ? []
      : [...texts]
          .map(([level, rows]) => ({ level, rows }))
          .sort((a, b) => b.rows - a.rows)
          .slice(0, MOST_SHOWN);
  const report = { name, kind, used: USED.includes(kind), missing, distinct, range, levels };
  return { ...report, summary: inWords(report, profile) };
}

function inWords(
  { kind, range, levels, distinct }: Omit<ColumnReport, "summary">,
  { rows, missing, texts, words }: Profile,
): string {
  if (range !== null && kind === "numeric") {
    return `${short(range.low)} to ${short(range.high)}, median ${short(range.median)}`;
  }
  if (kind === "date" && texts !== null) {
    const sorted = [...texts.keys()].sort();
    return `${sorted[0]} to ${sorted[sorted.length - 1]}`;
  }
  if (kind === "boolean" || kind === "categorical") {
    const shown = levels
      .slice(0, 3)
      .map((l) => `${clip(l.level)} ${share(l.rows, rows - missing)}`);
    const rest = distinct > shown.length ? [`… (${distinct} levels)`] : [];
    return [...shown, ...rest].join(", ");
  }
  if (kind === "text") return `${short(words)} words a text, ${distinct} different`;
  return inReason(kind);
}

/** What a person is shown of a column of images. */
export function describeImages(
  { name, pictures }: ImageColumn,
  rows: Int32Array,
  kind: "image" | "ignored",
): ColumnReport {
  const sizes = new Set(
    Array.from(rows, (row) => `${pictures[row].width} × ${pictures[row].height}`),
  );
  const grey = rows.every((row) => pictures[row].channels === 1);
  const size = sizes.size === 1 ? [...sizes][0] : `${sizes.size} sizes`;
  return {
    ...{ name, kind, used: kind === "image", missing: 0, distinct: rows.length },
    ...{ range: null, levels: [] },
    summary: kind === "image" ? `${grey ? "grey" : "colour"}, ${size}` : inReason(kind),
  };
}

const inReason = (kind: FoundKind): string => `left out: ${WHY.get(kind) ?? kind}`;

const WHY = new Map<FoundKind, string>([
  ["constant", "one value only"],
  ["empty", "no value"],
  ["identifier", "identifies the row"],
  ["ignored", "as asked"],
  ["set aside", "has a role of its own"],
]);

const short = (value: number): string =>
  Number.isInteger(value) && Math.abs(value) < 1e9
    ? String(value)
    : String(Number(value.toPrecision(4)));
const share = (rows: number, all: number): string => `${Math.round((100 * rows) / all)} %`;
const clip = (text: string): string => (text.length > 24 ? `${text.slice(0, 23)}…` : text);
