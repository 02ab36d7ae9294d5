import { counted } from "../base/checks.ts";
import { booleanWords } from "./boolean.ts";
import { rareBelow } from "./categorical.ts";
import { distinctOf } from "./numeric.ts";
import type { Profile } from "./profile.ts";
import type { ColumnKind } from "./schema.ts";

/** What a column was found to be: a kind that the model reads, or why it is left out. */
export type FoundKind = ColumnKind | "constant" | "empty" | "identifier" | "ignored" | "set aside";

export interface Decision {
  readonly kind: FoundKind;
  /** What a person should know, as a sentence; null where there is nothing. */
  readonly remark: string | null;
}

/** Share of the present cells that may be no numbers in a numeric column; one cell always may, from 20 rows on. */
const STRAY_SHARE = 0.01;
/** Below so many rows, being all different says nothing about a column. */
const ENOUGH_ROWS = 20;
/** Share of different values from which texts are identifiers. */
const ALL_DIFFERENT = 0.95;
/** Words a cell from which different texts are prose. */
const PROSE_WORDS = 3;
const ID_NAME =
  /^(?:id|uuid|guid|index|rowid|row_?(?:num|number|id)?|unnamed: ?0|.*[_ .-]id|.*[a-z]I[dD])$/;

const found = (kind: FoundKind, remark: string | null = null): Decision => ({ kind, remark });

/** Decides from the counts alone, unless `asked` is what the caller says. */
export function decide(
  profile: Profile,
  asked: "numeric" | "categorical" | "text" | null,
): Decision {
  const { name, rows, missing, distinct } = profile;
  if (missing === rows) return found("empty", `"${name}" holds no value and is left out`);
  if (distinct === 1 && missing === 0) {
    return found("constant", `"${name}" holds one value only and is left out`);
  }
  if (asked === "numeric") return asNumeric(profile, true);
  if (asked === "categorical") return found("categorical");
  if (asked === "text") return found("text");
  if (distinct === 1) return found("categorical");
  if (profile.truths === rows - missing && twoWords(profile)) return found("boolean");
  if (isNumeric(profile)) return numericOrIdentifier(profile);
  if (profile.dates >= (1 - STRAY_SHARE) * (rows - missing)) return found("date");
  return textual(profile);
}

const twoWords = ({ texts }: Profile): boolean =>
  texts !== null && texts.size === 2 && booleanWords([...texts.keys()]) !== null;

function isNumeric({ rows, missing, numbers, codes }: Profile): boolean {
  const present = rows - missing;
  const allowed = Math.max(present >= ENOUGH_ROWS ? 1 : 0, STRAY_SHARE * present);
  return present - numbers.length + codes <= allowed;
}

function asNumeric({ name, rows, missing, numbers, strays }: Profile, asked: boolean): Decision {
  const count = rows - missing - numbers.length;
  if (numbers.length === 0) {
    return found("empty", `"${name}" was to be numeric, but holds no number; it is left out`);
  }
  if (count === 0) return found("numeric");
  const shown = strays.map(({ text, row }) => `"${text}" (row ${row})`).join(", ");
  const remedy = asked ? "" : '; the option "categorical" keeps the text';
  return found(
    "numeric",
    `"${name}" is numeric; ${counted(count, "cell")} without a number ${count === 1 ? "counts" : "count"} as missing: ${shown}${remedy}`,
  );
}

/** Whole numbers that are all different, or nearly so under a name like "id", tell rows apart and nothing else. */
function numericOrIdentifier(profile: Profile): Decision {
  const { name, missing, distinct, numbers } = profile;
  const different = distinct === numbers.length;
  const named = ID_NAME.test(name.trim()) && distinct >= ALL_DIFFERENT * numbers.length;
  const whole = numbers.every(Number.isInteger);
  if (numbers.length >= ENOUGH_ROWS && missing === 0 && whole && (different || named)) {
    return found(
      "identifier",
      `"${name}" looks like an identifier (${different ? "a different" : "nearly always a different"} whole number in every row) and is left out; the option "numeric" keeps it`,
    );
  }
  return distinctOf(numbers).length < 2 ? found("categorical") : asNumeric(profile, false);
}

function textual(profile: Profile): Decision {
  const { name, rows, missing, distinct, words, texts, numbers } = profile;
  const present = rows - missing;
  const different = present >= ENOUGH_ROWS && distinct >= ALL_DIFFERENT * present;
  if (words >= PROSE_WORDS && (different || distinct > present / 2) && distinct > ENOUGH_ROWS) {
    return found("text");
  }
  if (different) {
    return found(
      "identifier",
      `"${name}" looks like an identifier (a different text in nearly every row) and is left out; the option "text" reads its words and characters, "categorical" keeps it whole`,
    );
  }
  let most = 0;
  for (const count of texts!.values()) most = Math.max(most, count);
  if (most < rareBelow(rows)) {
    return found("identifier", `"${name}" has hardly a value twice and is left out`);
  }
  if (numbers.length > 0.9 * present && distinct > 100) {
    return found(
      "categorical",
      `"${name}" is mostly numbers, but ${present - numbers.length} of ${present} cells are not or have leading zeros, so its values count as categories; the option "numeric" reads them as numbers`,
    );
  }
  return found("categorical");
}
