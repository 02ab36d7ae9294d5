import Table from "cli-table3";

/** What a terminal shows at the least. */
export const WIDTH = 80;

/**
 * The text on one line, without what would move the cursor, turn the writing direction or break the line: names and
 * labels come from the data, and a terminal obeys what it is sent.
 */
export const visible = (text: string): string =>
  text.replace(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu, " ");

/** Like `visible`, but line ends stay. */
export const visibleLines = (text: string): string => text.split("\n").map(visible).join("\n");

/** Lines of at most 80 characters, unless one word is longer; what follows the first is indented. */
export function wrap(text: string): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of visible(text).split(/ (?!%)/)) {
    if (line !== "" && columns(line) + 1 + columns(word) > WIDTH) {
      lines.push(line);
      line = `  ${word}`;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

export interface TableColumn {
  readonly head: string;
  readonly align?: "left" | "right";
  /** At most this many characters wide; what is longer is cut with "…". */
  readonly most?: number;
}

/** Columns side by side without a frame, within 80 characters; the last column takes what is left. */
export function tableText(
  head: readonly TableColumn[],
  rows: readonly (readonly string[])[],
): string {
  const shown = rows.map((row) => row.map(visible));
  const table = plainTable(
    head.map((column) => column.head),
    widthsOf(head, shown),
    head.map((column) => column.align ?? "left"),
  );
  table.push(...shown.map((row) => [...row]));
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}

/** Columns of given widths side by side without a frame. */
export function plainTable(
  head: string[],
  colWidths: number[],
  colAligns: ("left" | "right")[] = [],
): Table.Table {
  return new Table({
    head,
    colWidths,
    colAligns,
    chars: Object.fromEntries(FRAME.map((part) => [part, ""])),
    style: { head: [], border: [], "padding-left": 0, "padding-right": 1, compact: true },
  });
}

const FRAME = ["top", "bottom", "left", "right", "mid", "middle"].flatMap((side) => [
  side,
  `${side}-mid`,
  `${side}-left`,
  `${side}-right`,
]);

function widthsOf(head: readonly TableColumn[], rows: readonly (readonly string[])[]): number[] {
  let left = WIDTH + 1;
  return head.map(({ head: title, most = WIDTH }, j) => {
    const natural = Math.max(columns(title), ...rows.map((row) => columns(row[j])));
    const width = Math.min(Math.min(natural, most) + 1, Math.max(4, left));
    left -= width;
    return width;
  });
}

/** Columns of a terminal that a text takes, nearly: signs of East Asian scripts and pictures take two. */
export function columns(text: string): number {
  let sum = 0;
  for (const sign of text)
    sum += (sign.codePointAt(0) as number) >= 0x1100 && WIDE.test(sign) ? 2 : 1;
  return sum;
}

const WIDE =
  /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Emoji_Presentation}\u3000-\u303f\uff01-\uff60]/u;

/** A word that a shell reads as it is. */
export const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;

/** A command to type: on one line where it fits, else continued by backslashes. */
export function commandLines(lead: string, words: readonly string[]): string[] {
  const line = `${lead} ${words.join(" ")}`;
  if (columns(line) <= WIDTH) return [line];
  return [lead, ...words.map((word, i) => `  ${word}${i < words.length - 1 ? " \\" : ""}`)];
}

/** A sentence of the library as a person at a terminal reads it: options are flags. */
export const withFlags = (sentence: string): string =>
  sentence
    .replace(/the option ("multiLabel(?:\.\w+)?")/g, "$1")
    .replace(
      /"((?:decide|sets|multiLabel)(?:\.\w+)*)"/g,
      (quoted, name: string) => FLAGS.get(name) ?? quoted,
    )
    .replace(/the option "(\w+)"/g, (_, name: string) => flagOf(name))
    .replace(/^"(\w+)" expected/, (_, name: string) => `${flagOf(name)} expected`);

/** Options within options, which are flags of their own. */
const FLAGS = new Map([
  ["decide.by", "--decide"],
  ["decide.at", "--decide"],
  ["decide.class", "--decide-class"],
  ["decide.costs", "--cost"],
  ["decide.costColumn", "--cost-column"],
  ["decide.abstain", "--abstain"],
  ["decide.abstain.cost", "--abstain cost"],
  ["decide.abstain.confidence", "--abstain confidence"],
  ["decide.abstain.error", "--abstain error"],
  ["multiLabel", "--multi-label"],
  ["multiLabel.separator", "--multi-label"],
  ["sets", "--coverage"],
  ["sets.coverage", "--coverage"],
  ["sets.method", "--sets"],
  ["sets.perClass", "--per-class"],
  ["sets.aside", "--aside"],
  ["sets.cvPlus", "--cv-plus"],
]);

const flagOf = (name: string): string =>
  `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
