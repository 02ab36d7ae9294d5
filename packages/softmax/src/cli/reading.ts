import { type Command, Option } from "commander";
import { isTableName } from "../data/format.ts";
import type { ReadOptions, Source, TableSource } from "../data/source.ts";
import { plural } from "../report/numbers.ts";
import { UsageError } from "./exit.ts";
import { addSandboxFlags, type SandboxFlags, sandboxOf } from "./sandbox.ts";
import type { Session } from "./session.ts";

/** Flags that say how to read a table; the same for every command that reads one. */
export interface ReadFlags extends SandboxFlags {
  readonly query?: string;
  readonly format?: NonNullable<ReadOptions["format"]>;
  readonly delimiter?: string;
  readonly quote?: string;
  readonly encoding?: string;
  readonly decimal?: NonNullable<ReadOptions["decimal"]>;
  readonly header?: NonNullable<ReadOptions["header"]>;
  readonly labelUntil?: string;
  readonly skipLines?: number;
  readonly skipBadRows?: string | true;
  readonly images?: string;
  readonly imageRoot?: string;
  readonly maxPixels?: number;
  readonly labels?: string;
  readonly backbone?: string;
}

export function addReadFlags(command: Command): Command {
  const reading = command
    .optionsGroup("Reading:")
    .option("--query <sql>", "a SELECT over the named files; the first is also called data")
    .addOption(
      new Option("--format <format>", "instead of finding it out").choices([
        "csv",
        "tsv",
        "jsonl",
        "json",
        "parquet",
        "arff",
        "fasttext",
        "lines",
        "texts",
      ]),
    )
    .option("--label-until <text>", "of lines of a label and a text: where the label ends")
    .option("--delimiter <text>", "between cells; tab, space and none by name")
    .option("--quote <char>", "around cells, or none")
    .option("--encoding <name>", "such as latin1 or utf-16le")
    .addOption(new Option("--decimal <char>", "of numbers").choices([".", ","]))
    .addOption(
      new Option("--header <when>", "whether the first line names columns").choices([
        "auto",
        "yes",
        "no",
      ]),
    )
    .option("--skip-lines <n>", "leave out lines at the top", wholeNumber("--skip-lines", 0))
    .option(
      "--skip-bad-rows [file]",
      "leave out rows that cannot be read; they go to the file (rejects.csv)",
    )
    .option("--images <column>", "of paths of images, which are read too")
    .option("--image-root <folder>", "where those paths start (the folder of the table)")
    .option(
      "--max-pixels <n>",
      "of an image, at most (50000000)",
      wholeNumber("--max-pixels", 1, 2 ** 30),
    )
    .option("--labels <file>", "of an IDX file of images (the one beside it)")
    .option("--backbone <file>", "an ONNX network whose output are the features of images");
  return addSandboxFlags(reading);
}

/** Several files without a query are texts, a file a class. */
export function sourceOf(files: readonly string[], flags: ReadFlags): Source {
  if (flags.query !== undefined) return { query: flags.query, files };
  if (files.length === 1) return files[0];
  const isOfTexts = flags.format === undefined || flags.format === "texts";
  if (!isOfTexts || files.some((path) => path === "-" || isTableName(path))) {
    throw new UsageError(
      `one file is read at a time, got ${files.length}; join them with --query "select * from …"`,
    );
  }
  return { files };
}

export function readOptionsOf(flags: ReadFlags, { progress }: Session): ReadOptions {
  const { skipBadRows: _, query: __, ...given } = flags;
  const rejects = rejectsPathOf(flags);
  return {
    ...pickDefined(given, [
      "format",
      "delimiter",
      "quote",
      "encoding",
      "decimal",
      "header",
      "labelUntil",
      "skipLines",
      "images",
      "imageRoot",
      "maxPixels",
      "labels",
    ]),
    ...(rejects === undefined ? {} : { skipBadRows: true, rejectsPath: rejects }),
    ...sandboxOf(flags),
    onProgress: (share) => progress.update(share, "reading"),
  };
}

/** Where rejected rows go, if they are to be left out at all. */
export const rejectsPathOf = ({ skipBadRows }: ReadFlags): string | undefined =>
  skipBadRows === true ? "rejects.csv" : skipBadRows;

/** What a command says of bad rows that were left out. */
export const rejectedNotes = (
  { ledger }: Pick<TableSource, "ledger">,
  flags: ReadFlags,
): string[] =>
  ledger.rejected === 0
    ? []
    : [`Left out ${plural(ledger.rejected, "bad row")}; see ${rejectsPathOf(flags)}`];

/** The named properties that are not undefined. */
export function pickDefined<T extends object, K extends keyof T>(
  from: T,
  keys: readonly K[],
): Partial<Pick<T, K>> {
  const out: Partial<Pick<T, K>> = {};
  for (const key of keys) if (from[key] !== undefined) out[key] = from[key];
  return out;
}

/** What is said of an object's entries, without those that are undefined. */
export const defined = <T extends object>(from: T): Partial<T> =>
  pickDefined(from, Object.keys(from) as (keyof T)[]);

/** A parser of a flag's value: an integer of at least `low`, and at most `high` where that is given. */
export const wholeNumber =
  (flag: string, low: number, high = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() === "" || !Number.isSafeInteger(value) || value < low || value > high) {
      const bounds = high < Number.MAX_SAFE_INTEGER ? `${low} to ${high}` : `${low}`;
      throw new UsageError(`${flag} expected a whole number from ${bounds}, got "${text}"`);
    }
    return value;
  };

/** A parser of a flag's value: a finite number above 0. */
export const positiveNumber =
  (flag: string) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() === "" || !Number.isFinite(value) || value <= 0) {
      throw new UsageError(`${flag} expected a number above 0, got "${text}"`);
    }
    return value;
  };

/** A parser of a flag's value: a number from 0 to 1. */
export const share =
  (flag: string) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() === "" || !(value >= 0 && value <= 1)) {
      throw new UsageError(`${flag} expected a number from 0 to 1, got "${text}"`);
    }
    return value;
  };

/** A parser of a flag that may be given more than once. */
export const each = (text: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  text,
];

/**
 * A parser of a flag that may be given more than once, or with commas between; double quotes keep a comma:
 * `age,"height, cm"`.
 */
export function list(text: string, before: readonly string[] = []): readonly string[] {
  const parts = text.match(/(?:[^,"]|"(?:[^"]|"")*"?)+/g) ?? [];
  const names = parts.map((part) => part.trim()).filter((part) => part !== "");
  return [...before, ...names.map(unquoted)];
}

const unquoted = (text: string): string =>
  /^".*"$/s.test(text) ? text.slice(1, -1).replaceAll('""', '"') : text;
