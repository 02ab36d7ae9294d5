/**
 * Every error sentence of the tool. Wrong options are TypeError and RangeError; data and files that cannot be used are
 * SoftmaxError with code "data".
 */
import { nearestName, SoftmaxError } from "@softmax/core";

const data = (sentence: string): SoftmaxError => new SoftmaxError("data", sentence);

const count = (n: number, thing: string): string => `${n} ${thing}${n === 1 ? "" : "s"}`;

/** The text on one line, in quotes, cut after 60 characters. */
export function shown(text: string): string {
  const flat = JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
  return flat;
}

const SKIP = "mend the row, or leave such rows out with --skip-bad-rows";

// Finding and opening

export function noSuchFile(path: string, neighbours: readonly string[]): SoftmaxError {
  const near = nearestName(path.split(/[\\/]/).at(-1) as string, neighbours);
  return data(`${path}: no such file${near === null ? "" : `; did you mean "${near}"?`}`);
}
export const isFolder = (path: string): SoftmaxError =>
  data(`${path} is a folder; name a file with a table in it`);
export const cannotRead = (path: string, cause: string): SoftmaxError =>
  data(`${path} cannot be read: ${cause}`);
export const cannotWrite = (path: string, cause: string): SoftmaxError =>
  data(`${path} cannot be written: ${cause}`);
export const emptySource = (name: string): SoftmaxError => data(`${name} is empty`);
export const noRows = (name: string): SoftmaxError =>
  data(`${name} has a header but no rows below it; if its one line is data, say --header no`);
export const tooLarge = (name: string, bytes: number, limit: number): SoftmaxError =>
  data(
    `${name} holds ${gigabytes(bytes)}, more than the ${gigabytes(limit)} that can be read; take a part of it, or a --query`,
  );
export const tooLargeUnpacked = (name: string, limit: number): SoftmaxError =>
  data(`${name} holds more than ${gigabytes(limit)} when unpacked; take a part of it`);
const gigabytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
export const badGzip = (name: string, cause: string): SoftmaxError =>
  data(`${name}: the gzip data is damaged or cut off (${cause}); fetch or pack the file again`);
export const unsupportedFormat = (name: string, what: string, remedy: string): SoftmaxError =>
  data(`${name} is ${what}; ${remedy}`);

// Text

export const unknownEncoding = (label: string): RangeError =>
  new RangeError(
    `"encoding" expected the name of an encoding such as utf-8, utf-16le, latin1 or shift_jis, got "${label}"`,
  );
export const noDelimiter = (name: string): SoftmaxError =>
  data(
    `${name}: no delimiter cuts its lines into equally many fields; state it with --delimiter, or --delimiter none for one text a line`,
  );
export const tooManyColumns = (name: string, columns: number, limit: number): SoftmaxError =>
  data(`${name} has ${columns} columns, more than the ${limit} that can be read`);

/** One bad row: file and line in front, the remedy behind. */
export const badRow = (name: string, line: number, reason: string): SoftmaxError =>
  data(`${name}, line ${line}: ${reason}; ${SKIP}`);

export const badHeader = (name: string, line: number, reason: string): SoftmaxError =>
  data(`${name}, line ${line}, the header: ${reason}; mend it, or say --header no`);
export const aborted = (): SoftmaxError => new SoftmaxError("aborted", "stopped before the end");

// Reasons, as they stand in an error and in the file of rejected rows

export const raggedRow = (got: number, expected: number, text: string): string =>
  `${count(got, "field")} where ${expected} ${expected === 1 ? "was" : "were"} expected: ${shown(text)}`;
export const brokenRecord = (column: string, reason: string, text: string): string =>
  `${reason} in column ${column}: ${shown(text)}`;
export const badCharacters = (column: string, encoding: string, text: string): string =>
  `column ${column} is not ${encoding}: ${shown(text)} (if the file has another encoding, name it with --encoding, such as latin1)`;
export const nulByte = (column: string, text: string): string =>
  `column ${column} holds a NUL byte: ${shown(text)}`;
export const longCell = (column: string, length: number, limit: number): string =>
  `column ${column} holds ${length} characters, more than the ${limit} that can be read`;
