import { checkInteger, checkKeys, checkKind, checkNumber } from "@softmax/core";
import * as errors from "../errors.ts";
import { MIN_SANDBOX_BYTES, type ReadOptions, type Sandbox } from "./source.ts";

const KNOWN: readonly (keyof ReadOptions)[] = [
  "format",
  "delimiter",
  "quote",
  "encoding",
  "decimal",
  "header",
  "labelUntil",
  "knownColumns",
  "skipLines",
  "skipBadRows",
  "rejectsPath",
  "images",
  "imageRoot",
  "maxPixels",
  "backbone",
  "labels",
  "signal",
  "onProgress",
  "sandbox",
];

const FORMATS = [
  "auto",
  "csv",
  "tsv",
  "delimited",
  "json",
  "jsonl",
  "parquet",
  "arff",
  "idx",
  "fasttext",
  "lines",
  "texts",
];

/** Throws a TypeError or RangeError where an option is unknown or has a value that it cannot have. */
export function checkReadOptions(options: ReadOptions): void {
  checkKeys("options", options, KNOWN);
  errors.checkChoice("format", options.format, FORMATS);
  errors.checkChoice("decimal", options.decimal, ["auto", ".", ","]);
  errors.checkChoice("header", options.header, ["auto", "yes", "no"]);
  if (options.skipLines !== undefined) checkInteger("skipLines", options.skipLines, 0, 1e9);
  if (options.maxPixels !== undefined) checkInteger("maxPixels", options.maxPixels, 1, 2 ** 30);
  const { backbone } = options;
  const isBackbone = backbone === undefined || typeof backbone.features === "function";
  checkKind("backbone", "a network that was opened", backbone, isBackbone);
  const { delimiter, quote, labelUntil, sandbox } = options;
  if (sandbox !== undefined) checkSandbox(sandbox);
  if (labelUntil === "" || (labelUntil !== undefined && !isLines(options))) {
    throw errors.badLabelUntil(labelUntil, options.format);
  }
  if (delimiter !== undefined && (delimiter === "" || /[\r\n"]/.test(delimiter))) {
    throw errors.badDelimiter(delimiter);
  }
  const isQuote =
    quote === undefined || ["auto", "none"].includes(quote) || /^[^\s\w]$/.test(quote);
  if (!isQuote) throw errors.badQuote(quote);
}

function checkSandbox(sandbox: Sandbox): void {
  checkKeys("sandbox", sandbox, ["bytes", "seconds"]);
  checkInteger("sandbox.bytes", sandbox.bytes, MIN_SANDBOX_BYTES, 2 ** 50);
  checkNumber("sandbox.seconds", sandbox.seconds, 0.001, 1e6);
}

const isLines = ({ format }: ReadOptions): boolean =>
  format === undefined || format === "auto" || format === "lines";
