import { looksNumeric } from "./decimal.ts";
import { type RecordSyntax, recordReader } from "./records.ts";
import { LABEL, TEXT } from "./text-table.ts";

/** What the first lines say of a delimited text. */
export interface Sniffed {
  readonly syntax: RecordSyntax;
  readonly header: boolean;
  /** Fields of a row. */
  readonly width: number;
  /** Rows end in one more delimiter than they need. */
  readonly trailing: boolean;
  /** Rows begin with a name that the header has no name for, as R's `write.table` writes them. */
  readonly rowNames: boolean;
  /** Fewer than one record in twenty has a quoted cell. */
  readonly quotesAreRare: boolean;
}

export interface SniffOptions {
  /** Fixed by the user; undefined to be found out. */
  readonly delimiter?: string | null;
  readonly quote?: string | null;
  readonly header?: boolean;
  readonly knownColumns: readonly string[];
}

const CANDIDATES = ["\t", ";", "|", ",", " "];
/** A sample is this many records, or of wide tables this many cells in at least 20 records. */
const SAMPLE_RECORDS = 1000;
const SAMPLE_CELLS = 200_000;

/** A sample cut one way. */
interface Trial {
  readonly syntax: RecordSyntax;
  readonly records: readonly (readonly string[])[];
  /** Quoted cells of each record. */
  readonly quoted: readonly number[];
  /** The most frequent number of fields. */
  readonly width: number;
  /** Share of records without a problem that have `width` fields. */
  readonly agreement: number;
  /** The first record has a problem, so it is not among the records. */
  readonly startsBroken: boolean;
}

/**
 * Finds the delimiter, the quote and the header from the first lines of a text (comments above it left out).
 * Null where no delimiter cuts them into equally many fields.
 */
export function sniff(sample: string, whole: boolean, options: SniffOptions): Sniffed | null {
  const trial = chosenTrial(sample, whole, options);
  if (trial === null) return null;
  const header = options.header ?? (trial.startsBroken || hasHeader(trial, options.knownColumns));
  const first = trial.records[0] ?? [];
  const body = trial.records.slice(1).filter((cells) => cells.length === trial.width);
  const isOneMore = header && body.length > 0 && trial.width === first.length + 1;
  const trailing = isOneMore && body.every((cells) => cells[trial.width - 1].trim() === "");
  const rowNames =
    isOneMore && !trailing && new Set(body.map((cells) => cells[0])).size === body.length;
  const longer = header ? Math.max(first.length, trial.width) : trial.width;
  const width = trailing ? first.length : longer;
  const withQuotes = trial.quoted.filter((n) => n > 0).length;
  const quotesAreRare = withQuotes * 20 <= trial.records.length;
  return { syntax: trial.syntax, header, width, trailing, rowNames, quotesAreRare };
}

function chosenTrial(sample: string, whole: boolean, options: SniffOptions): Trial | null {
  const delimiters = options.delimiter === undefined ? CANDIDATES : [options.delimiter];
  const trials = delimiters.map((delimiter) => bestQuote(sample, whole, delimiter, options.quote));
  if (options.delimiter !== undefined) return trials[0];
  const tables = trials.filter((trial) => trial.width > 1 && trial.agreement >= 0.5);
  const solid = tables.filter((trial) => trial.syntax.delimiter !== " " || isSpaced(trial));
  if (solid.length > 0) return solid.reduce((a, b) => (score(b) > score(a) ? b : a));
  return isOneColumn(trials) ? bestQuote(sample, whole, null, options.quote) : null;
}

/** Agreement counts most; then that cells hold none of the other candidates, save a decimal comma. */
function score(trial: Trial): number {
  let clean = 0;
  let cells = 0;
  const delimiter = trial.syntax.delimiter;
  for (const [i, record] of trial.records.entries()) {
    for (const cell of record) {
      cells++;
      const foreign = /[\t;|,]/.test(cell) && !looksNumeric(cell, ",");
      if (!foreign || trial.quoted[i] === record.length) clean++;
    }
  }
  const share = cells === 0 ? 0 : clean / cells;
  return trial.agreement * trial.agreement * (0.5 + 0.5 * share) * (delimiter === " " ? 0.5 : 1);
}

/** Spaces delimit only where every record agrees and at least half of the cells are numbers. */
function isSpaced(trial: Trial): boolean {
  const cells = trial.records.flat();
  return trial.agreement === 1 && cells.filter((c) => looksNumeric(c)).length * 2 >= cells.length;
}

/** No candidate but the space stands in half of the lines. */
const isOneColumn = (trials: readonly Trial[]): boolean =>
  trials.every(
    ({ syntax, records }) =>
      syntax.delimiter === " " ||
      records.filter((cells) => cells.length > 1).length * 2 < records.length,
  );

/** Double quotes, unless single ones hold the cells, or quotes break records that are whole without them. */
function bestQuote(
  sample: string,
  whole: boolean,
  delimiter: string | null,
  fixed: string | null | undefined,
): Trial {
  const cut = (quote: string | null): Trial => trialOf(sample, whole, { delimiter, quote });
  if (fixed !== undefined) return cut(fixed);
  const double = cut('"');
  if (double.quoted.some((n) => n > 0)) return double;
  if (sample.includes("'")) {
    const single = cut("'");
    if (single.agreement >= double.agreement && holdsCells(single)) return single;
  }
  return double;
}

/** The first record is quoted throughout, or the records have a quoted cell each on average. */
function holdsCells({ records, quoted }: Trial): boolean {
  const total = quoted.reduce((sum, n) => sum + n, 0);
  return records.length > 0 && (quoted[0] === records[0].length || total >= records.length);
}

function trialOf(sample: string, whole: boolean, syntax: RecordSyntax): Trial {
  const reader = recordReader(syntax);
  reader.push(sample, whole);
  const records: string[][] = [];
  const quoted: number[] = [];
  let problems = 0;
  let startsBroken = false;
  let cells = 0;
  while (records.length < SAMPLE_RECORDS && (cells < SAMPLE_CELLS || records.length < 20)) {
    const record = reader.next();
    if (record === null) break;
    if (record.problem !== null) {
      startsBroken ||= records.length === 0;
      problems++;
    } else if (!isBlank(record)) {
      records.push([...record.cells]);
      cells += record.cells.length;
      quoted.push(record.quoted);
    }
  }
  const width = commonLength(records);
  const agreeing = records.filter((cells) => cells.length === width).length;
  const agreement = agreeing / (records.length + problems || 1);
  return { syntax, records, quoted, width, agreement, startsBroken };
}

/** A line without content, which is no row. */
export const isBlank = (record: { cells: readonly string[]; quoted: number }): boolean =>
  record.cells.length === 1 && record.quoted === 0 && record.cells[0].trim() === "";

/** The most frequent length; the larger of two as frequent. */
function commonLength(records: readonly (readonly string[])[]): number {
  const counts = new Map<number, number>();
  for (const { length } of records) counts.set(length, (counts.get(length) ?? 0) + 1);
  let best = 0;
  for (const [length, n] of counts) {
    const most = counts.get(best) ?? 0;
    if (n > most || (n === most && length > best)) best = length;
  }
  return best;
}

const MISSING = new Set(["", "?", "NA", "N/A", "NaN", "nan", "null", "NULL", "None"]);

/**
 * Whether the first record names the columns. It does if it holds most of the known names; it does not if those are all
 * numbered, or those of texts whose lines hold two cells. It does not if a cell of it is a figure or a missing value. Else it does if it stands above a column of figures; it does not if one of its cells comes
 * again below it; and where neither speaks it does if there are several cells, short and distinct.
 */
function hasHeader(trial: Trial, knownColumns: readonly string[]): boolean {
  const [first, ...body] = trial.records;
  if (first === undefined) return false;
  const names = first.map((cell) => cell.trim());
  if (knownColumns.length > 0) {
    const present = knownColumns.filter((name) => names.includes(name.trim())).length;
    if (present * 2 >= knownColumns.length) return true;
    if (knownColumns.every((name) => /^column\d+$/.test(name))) return false;
    const isOfTexts = knownColumns.every((name) => name === LABEL || name === TEXT);
    if (isOfTexts && trial.width === 2 && trial.syntax.delimiter === "\t") return false;
  }
  const named = names.slice(names[0] === "" && names.length > 1 ? 1 : 0);
  const last = named.length > 1 && named.at(-1) === "" ? named.slice(0, -1) : named;
  if (last.some((name) => isFigure(name) || MISSING.has(name))) return false;
  const shift = names.length === trial.width - 1 ? 1 : 0;
  if (names.some((name, j) => name !== "" && isFigureColumn(body, j + shift))) return true;
  if (names.some((name, j) => body.some((cells) => cells[j]?.trim() === name))) return false;
  if (names.length === 1) return false;
  return new Set(names).size === names.length && names.every((name) => name.length <= 64);
}

/** A number, or digits without a letter: a date, a time, a price, a telephone number. */
const isFigure = (cell: string): boolean =>
  looksNumeric(cell) || (/\d/.test(cell) && !/\p{L}/u.test(cell));

/** At least nine in ten of the cells present are figures. */
function isFigureColumn(body: readonly (readonly string[])[], j: number): boolean {
  let figures = 0;
  let present = 0;
  for (const cells of body) {
    const cell = cells[j]?.trim() ?? "";
    if (MISSING.has(cell)) continue;
    present++;
    if (isFigure(cell)) figures++;
  }
  return present > 0 && figures >= 0.9 * present;
}
