/**
 * Every error sentence of the tool. Wrong options are TypeError and RangeError; data and files that cannot be used are
 * SoftmaxError with code "data".
 */
import { nearestName, SoftmaxError } from "@softmax/core";

const data = (sentence: string): SoftmaxError => new SoftmaxError("data", sentence);

const count = (n: number, thing: string): string => `${n} ${thing}${n === 1 ? "" : "s"}`;

/** The text on one line, in quotes, cut after 60 characters. */
export function shown(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}

const SKIP = "mend the row, or leave such rows out with --skip-bad-rows";

// Finding and opening

export function noSuchFile(path: string, neighbours: readonly string[]): SoftmaxError {
  const near = nearestName(path.split(/[\\/]/).at(-1) as string, neighbours);
  return data(`${path}: no such file${near === null ? "" : `; did you mean "${near}"?`}`);
}
export const isFolder = (path: string): SoftmaxError =>
  data(`${path} is a folder; name a file with a table in it`);

// Folders and lists of texts

export const emptyFolder = (path: string, left: number): SoftmaxError =>
  data(
    `${path} is a folder without texts; put a folder of texts for each class into it, or name a file${
      left === 0 ? "" : ` (symbolic links are not followed: ${left})`
    }`,
  );
export const soleFile = (folder: string, path: string): SoftmaxError =>
  data(`${folder} is a folder with one file, which makes one class; name the file: ${path}`);
export const nestedClasses = (path: string, inner: string): SoftmaxError =>
  data(`${path} holds one folder of folders, not classes; name ${inner}`);
export const splitsNotClasses = (names: readonly string[]): SoftmaxError =>
  data(
    `${names.map(shown).join(" and ")} look like parts of a data set, not like classes; name one of them, and another with --test`,
  );
export const folderInList = (path: string): SoftmaxError =>
  data(`${path} is a folder among several files; name the folder that holds all classes alone`);
export const namedTwice = (path: string): SoftmaxError => data(`${path} is named twice`);
export const tooManyFiles = (path: string, limit: number): SoftmaxError =>
  data(`${path} holds more than the ${limit} files that can be read; take a part of it`);
export const longDocument = (bytes: number, limit: number): string =>
  `the text has ${bytes} bytes, more than the ${limit} that can be read`;
export const noText = (what: string): string => `it is ${what}, not a text`;
export const insideSource = (path: string, folder: string): SoftmaxError =>
  data(`${path} is in ${folder}, a folder that is read; name another place for it`);
export const notOfSeveral = (format: string): TypeError =>
  new TypeError(
    `"format" expected "texts" for a folder or several files, got "${format}"; name one file`,
  );
export const severalTables = (files: number): TypeError =>
  new TypeError(
    `"files" expected texts, a file a class, got ${files} files with tables among them; join them with --query "select * from …"`,
  );
export const noTarget = (name: string, columns: readonly string[]): TypeError =>
  new TypeError(
    `"target" expected the column to predict, got nothing; ${name} has ${columns.slice(0, 12).map(shown).join(", ")}${
      columns.length > 12 ? ", …" : ""
    }`,
  );
export const noTextColumn = (name: string, column: string): SoftmaxError =>
  data(
    `${name} has no column ${shown(column)}, which the model reads; if each of its lines is a text, say --format texts`,
  );
export const cannotRead = (path: string, cause: string): SoftmaxError =>
  data(`${path} cannot be read: ${cause}`);
export const cannotWrite = (path: string, cause: string): SoftmaxError =>
  data(`${path} cannot be written: ${WRITE_CAUSES.get(cause) ?? cause}`);
const WRITE_CAUSES = new Map([
  ["ENOENT", "its folder does not exist"],
  ["ENOTDIR", "its folder is no folder"],
  ["EACCES", "its folder may not be written to"],
  ["EPERM", "its folder may not be written to"],
  ["EROFS", "its disk is read-only"],
  ["ENOSPC", "its disk is full"],
  ["EDQUOT", "the quota of its disk is used up"],
  ["EFBIG", "it is larger than a file may be here"],
  ["EIO", "its disk failed (EIO)"],
  ["EMFILE", "too many files are open"],
  ["ENFILE", "too many files are open"],
  ["EBUSY", "it is in use"],
  ["ETXTBSY", "it is in use"],
  ["ELOOP", "its links lead in a circle"],
  ["ENAMETOOLONG", "its name is too long"],
]);
/** The new file is in its place, and whole; a loss of power may still undo it. */
export const notConfirmed = (path: string, cause: string): SoftmaxError =>
  data(
    `${path} is written, but it may be lost should the machine stop now: ${WRITE_CAUSES.get(cause) ?? cause}; write it again`,
  );
export const outputIsFolder = (path: string): SoftmaxError =>
  data(`${path} is a folder; name a file in it`);
export const rejectsOverSource = (path: string): SoftmaxError =>
  data(`${path} is the file that is read; name another for the rejected rows`);
export const outputOverInput = (path: string): SoftmaxError =>
  data(`${path} is a file that is read; name another for the result`);
export const emptySource = (name: string): SoftmaxError => data(`${name} is empty`);
export const noRows = (name: string): SoftmaxError =>
  data(`${name} has a header but no rows below it; if its one line is data, say --header no`);
export const tooLarge = (name: string, bytes: number, limit: number): SoftmaxError =>
  data(
    `${name} holds ${byteSize(bytes)}, more than the ${byteSize(limit)} that can be read; take a part of it, or a --query`,
  );
export const tooLargeUnpacked = (name: string, limit: number): SoftmaxError =>
  data(`${name} holds more than ${byteSize(limit)} when unpacked; take a part of it`);
const byteSize = (bytes: number): string =>
  bytes < 2 ** 29 ? `${(bytes / 2 ** 20).toFixed(1)} MiB` : `${(bytes / 2 ** 30).toFixed(1)} GiB`;
// What does not fit in memory

export const noRoom = (folder: string, bytes: number, free: number): SoftmaxError =>
  data(
    `rows that do not fit in memory take ${byteSize(bytes)} in ${folder}, whose disk has room for ${byteSize(free)}; name a folder on another disk (--scratch), or allow more memory (--memory)`,
  );
export const scratchFailed = (folder: string, cause: string): SoftmaxError =>
  data(
    `rows that do not fit in memory cannot be kept in ${folder}: ${WRITE_CAUSES.get(cause) ?? cause}; name another folder (--scratch), or allow more memory (--memory)`,
  );
export const textAmongNumbers = (column: string, text: string): SoftmaxError =>
  data(
    `column ${shown(column)} holds more numbers than fit in memory as texts, and among them ${shown(text)}; if that means missing, say so (--missing), else allow more memory (--memory)`,
  );
export const manyTextsAmongNumbers = (column: string, text: string): SoftmaxError =>
  data(
    `column ${shown(column)} holds more numbers than fit in memory as texts, and among them many texts that are none, such as ${shown(text)}; allow more memory (--memory), or mend the column`,
  );
/** Why a source's rows are all in memory, though they are many for the limit. */
export const HELD = {
  together: "--coverage, --tune, --learning-curve and --infer look at all rows together",
  sandbox: "what is read in a process of its own comes back whole",
  format: "only CSV and JSON lines are read part by part",
} as const;
export const heldInMemory = (name: string, why: string): string =>
  `${name} is held in memory whole, which --memory does not bound: ${why}`;
export const textsBeyondMemory = (column: string, texts: number, room: number): SoftmaxError =>
  data(
    `the different texts of the table take more than ${byteSize(room)}; column ${shown(column)} alone holds ${texts} so far; allow more memory (--memory), or take the column out of the file`,
  );
export const rowsBeyondMemory = (name: string, rows: number, wanted: number): SoftmaxError =>
  data(
    `${name} has ${rows} rows, whose labels and places alone want a limit of ${byteSize(wanted)}; allow more memory (--memory), or take a part of the rows`,
  );

export const badGzip = (name: string, cause: string): SoftmaxError =>
  data(`${name}: the gzip data is damaged or cut off (${cause}); fetch or pack the file again`);
export const unsupportedFormat = (name: string, what: string, remedy: string): SoftmaxError =>
  data(`${name} is ${what}; ${remedy}`);

// Images

export const noSharp = (): SoftmaxError =>
  data("reading images takes the package sharp, which is not installed; npm install sharp");
export const badImage = (path: string, reason: string): SoftmaxError =>
  data(`${path}: ${reason}; mend the file, or leave such files out with --skip-bad-rows`);
export const brokenImage = (cause: string): string =>
  `the image cannot be decoded (${firstLine(cause)})`;
export const noImage = (): string => "it begins as no PNG, JPEG or WebP image does";
export const manyPixels = (width: number, height: number, limit: number): string =>
  `the image has ${width} × ${height} pixels, more than the ${limit} that are decoded (--max-pixels)`;
export const noImagesLeft = (files: number): string =>
  `files that are no images are left out: ${files}`;
export const noPath = (): string => "there is no path of an image";
export const outsideRoot = (path: string): string =>
  `the path ${shown(path)} leads out of the folder of the images; name the folder with --image-root`;
export const longImage = (bytes: number, limit: number): string =>
  `the image has ${bytes} bytes, more than the ${limit} that can be read`;
export const unreadImage = (path: string, cause: string): string =>
  `the image ${shown(path)} cannot be read: ${cause}`;
export const noPathColumn = (name: string, columns: readonly string[]): SoftmaxError => {
  const near = nearestName(name, columns);
  return data(
    `"images" expected a column of paths, got ${shown(name)}${near === null ? "" : `; did you mean ${shown(near)}?`}`,
  );
};
export const pixelsTaken = (name: string): SoftmaxError =>
  data(`a column is called "${name}", as the images will be; rename it`);
export const noImageRoot = (): SoftmaxError =>
  data("paths of images need a folder to start from; name it with --image-root");
export const sandboxImages = (): SoftmaxError =>
  data("a sandbox reads no images yet; read them without --sandbox");
export const noIdx = (name: string, sizes: number): SoftmaxError =>
  data(`${name} is no IDX file of bytes with ${count(sizes, "size")}`);
export const idxSize = (name: string, sizes: readonly number[], got: number): SoftmaxError =>
  data(`${name} says that it holds ${sizes.join(" × ")} bytes, and holds ${got}; fetch it again`);
export const otherLabels = (path: string, labels: number, images: number): SoftmaxError =>
  data(`${path} holds ${count(labels, "label")} for ${count(images, "image")}`);

// Pretrained networks

export const noOnnxRuntime = (): SoftmaxError =>
  data(
    "running a network takes the package onnxruntime-web, which is not installed; npm install onnxruntime-web",
  );
export const noNetwork = (path: string, cause: string): SoftmaxError =>
  data(`${path} is no ONNX network that can be run: ${firstLine(cause)}`);
export const otherNetwork = (path: string, found: string, wanted: string): SoftmaxError =>
  data(
    `${path} is not the network of the model: its SHA-256 is ${found}, and the model's ${wanted}; name the very file of training`,
  );
export const noImagesToSee = (name: string): SoftmaxError =>
  data(`${name} holds no images for the network to see; leave --backbone out`);
export const networkInputs = (path: string, inputs: number): SoftmaxError =>
  data(`${path} has ${count(inputs, "input")}; a network of images has one`);
export const networkInput = (path: string, found: string): SoftmaxError =>
  data(
    `${path} expected an input of float32, 1 × 1 or 3 channels × height × width or with the channels last, got ${found}`,
  );
export const openNetworkSize = (path: string): SoftmaxError =>
  data(`${path} leaves the size of its images open; say it with --backbone-size`);
export const otherNetworkSize = (path: string, found: number, asked: number): SoftmaxError =>
  data(
    `${path} takes images of ${found} pixels a side, not of ${asked}; leave --backbone-size out`,
  );
export const largeNetworkSize = (path: string, found: number, limit: number): SoftmaxError =>
  data(`${path} takes images of ${found} pixels a side, more than the ${limit} that are possible`);
export const networkOutput = (
  path: string,
  wanted: string | undefined,
  outputs: readonly string[],
): SoftmaxError => {
  const names = outputs.map(shown).join(", ");
  if (wanted === undefined) {
    return data(`${path} has the outputs ${names}; choose one with --backbone-output`);
  }
  const near = nearestName(wanted, outputs);
  const hint = near === null ? "" : `; did you mean ${shown(near)}?`;
  return data(`${path} has no output ${shown(wanted)}, but ${names}${hint}`);
};
export const networkScale = (
  path: string,
  what: string,
  given: number,
  channels: number,
): SoftmaxError =>
  data(
    `${path} takes ${count(channels, "channel")}, and ${given} ${what} are given; give ${channels}, or one for all`,
  );
export const networkNumbers = (
  path: string,
  output: string,
  found: string,
  limit: number,
): SoftmaxError =>
  data(
    `${path} expected 1 to ${limit} numbers of float32 for an image in output ${shown(output)}, got ${found}; choose another output`,
  );

// Text

export const unknownEncoding = (label: string): RangeError =>
  new RangeError(
    `"encoding" expected the name of an encoding such as utf-8, utf-16le, latin1 or shift_jis, got "${label}"`,
  );
export const noDelimiter = (name: string): SoftmaxError =>
  data(
    `${name}: no delimiter cuts its lines into equally many fields; state it with --delimiter, or say --format texts if each line is one text`,
  );
export const tooManyColumns = (name: string, columns: number, limit: number): SoftmaxError =>
  data(`${name} has ${columns} columns, more than the ${limit} that can be read`);
export const tooManyTexts = (limit: number): SoftmaxError =>
  data(`a column holds more than ${limit} different texts; take a part of the rows`);
export const allRejected = (name: string, rows: number, first: string): SoftmaxError =>
  data(`${name}: all of its ${count(rows, "row")} are bad; the first: ${first}`);

/** One bad row: file and line in front, the remedy behind. */
export const badRow = (
  name: string,
  unit: "line" | "row",
  line: number,
  reason: string,
): SoftmaxError => data(`${name}, ${unit} ${line}: ${reason}; ${SKIP}`);
/** A bad row of a program's own rows, which it can mend. */
export const badGivenRow = (name: string, row: number, reason: string): SoftmaxError =>
  data(`${name}, row ${row}: ${reason}`);
export const badHeader = (name: string, line: number, reason: string): SoftmaxError =>
  data(
    `${name}, line ${line}, the header: ${reason}; mend it, pass over lines above the table with --skip-lines, or say --header no`,
  );
export const aborted = (): SoftmaxError => new SoftmaxError("aborted", "stopped before the end");

// Reasons, as they stand in an error and in the file of rejected rows

export const raggedRow = (got: number, expected: number, text: string): string =>
  `${count(got, "field")} where ${expected} ${expected === 1 ? "was" : "were"} expected: ${shown(text)}`;
export const brokenRecord = (column: string | null, reason: string, text: string): string =>
  `${reason}${column === null ? "" : ` in column ${column}`}: ${shown(text)} (if quotes are text here, say --quote none)`;
export const badCharacters = (column: string | null, encoding: string, text: string): string =>
  `${place(column)} is no valid ${encoding}: ${shown(text)} (if the file has another encoding, name it with --encoding, such as latin1)`;
export const nulByte = (column: string | null, text: string): string =>
  `${place(column)} holds a NUL byte: ${shown(text)}`;
const place = (column: string | null): string => (column === null ? "it" : `column ${column}`);
export const longCell = (column: string, length: number, limit: number): string =>
  `column ${column} holds ${length} characters, more than the ${limit} that can be read`;
export const brokenLine = (length: number): string =>
  `the line is too long (${length} characters or more)`;
export const noJson = (cause: string): string =>
  `expected one JSON object on this line, or an array of objects as the whole file (${cause})`;
export const noObject = (value: unknown): string =>
  `expected an object with a value for each column, got ${shown(literal(value))}`;
export const nestedValue = (column: string, value: unknown): string =>
  `column "${column}" expected a text, number, boolean, date or null, got ${shown(literal(value))}`;

export const lateColumn = (column: string): string =>
  `column "${column}" is not in the first rows, which name the columns of what comes through a pipe; read it from a file`;
export const lateText = (column: string, text: string): string =>
  `column "${column}" has held numbers only in the first rows, and holds ${shown(text)}; read it from a file, not through a pipe`;

const literal = (value: unknown): string =>
  typeof value === "number" ? String(value) : (JSON.stringify(value) ?? typeof value);

// Options

export function checkChoice(what: string, got: unknown, choices: readonly string[]): void {
  if (got === undefined || choices.includes(got as string)) return;
  const near = typeof got === "string" ? nearestName(got, choices) : null;
  const hint = near === null ? "" : `; did you mean "${near}"?`;
  throw new RangeError(
    `"${what}" expected one of ${choices.join(", ")}, got ${literal(got)}${hint}`,
  );
}
export const noLogit = (got: string): TypeError =>
  new TypeError(`"logits" expected numbers, got ${shown(got)}`);
export const badDelimiter = (got: string): RangeError =>
  new RangeError(
    `"delimiter" expected characters other than quotes and line ends, got ${shown(got)}`,
  );
export const badLabelUntil = (got: string, format: string | undefined): RangeError =>
  new RangeError(
    got === ""
      ? '"labelUntil" expected one character or more, got ""'
      : `"labelUntil" expected the format "lines", got "${format}"`,
  );
export const badQuote = (got: string): RangeError =>
  new RangeError(`"quote" expected one character that is no letter, or none, got ${shown(got)}`);

// Checkpoints

export const notCheckpoint = (folder: string, name: string): SoftmaxError =>
  data(`${folder} holds ${shown(name)}, which is no part of a checkpoint; name an empty folder`);
export const unfinishedCheckpoint = (folder: string): SoftmaxError =>
  data(
    `${folder} holds the checkpoint of a training that has not ended; go on with the option "resume", or name another folder`,
  );
export const checkpointIsFile = (folder: string): SoftmaxError =>
  data(`${folder} is a file or in one; name a folder for the checkpoint`);
export const damagedCheckpoint = (path: string): SoftmaxError =>
  data(`${path} is damaged; remove its folder, and train without the option "resume"`);
export const otherCheckpoint = (
  folder: string,
  other: readonly (readonly [name: string, before: string | undefined, now: string | undefined])[],
): SoftmaxError =>
  data(
    `${folder} is the checkpoint of another training: ${other.map(difference).join("; ")}; go on as it was begun, or name another folder`,
  );
const difference = ([name, before, now]: readonly [
  string,
  string | undefined,
  string | undefined,
]): string =>
  [before, now].every((value) => value === undefined || HASH.test(value))
    ? `the ${name} differ`
    : `${name} was ${value(before)} and is ${value(now)}`;
const value = (words: string | undefined): string =>
  words === undefined || words === "" ? "not given" : words.slice(0, 60);
const HASH = /^[0-9a-f]{64}$/;

// DuckDB: Parquet and queries

export const nestedColumn = (column: string, type: string): string =>
  `column "${column}" is left out: it holds values of type ${type}, which a table of texts and numbers cannot`;
export const badParquet = (name: string, cause: string): SoftmaxError =>
  data(`${name} cannot be read as Parquet: ${firstLine(cause)}`);
export const queryFailed = (cause: string, tables: readonly string[]): SoftmaxError =>
  data(
    `the query failed: ${firstLine(cause)}; it can read ${tables.map((name) => `"${name}"`).join(", ")}${
      /VARCHAR/.test(cause) ? " (columns of text files are texts: write column::double)" : ""
    }`,
  );
export const noSelect = (): SoftmaxError => data("the query must be one SELECT statement");
export const queryWithoutFiles = (): SoftmaxError =>
  data("a query needs at least one file to read from");
const firstLine = (text: string): string => text.split("\n", 1)[0].trim();

// The sandbox

export const sandboxFull = (name: string, bytes: number): SoftmaxError =>
  data(
    `${name}: reading it takes more than the ${byteSize(bytes)} that the sandbox allows; allow more, as in --sandbox 4GB, if the file is to be trusted`,
  );
export const sandboxLate = (name: string, seconds: number): SoftmaxError =>
  data(
    `${name}: reading it takes longer than the ${seconds} s that the sandbox allows; allow more with --sandbox-seconds, if the file is to be trusted`,
  );
export const sandboxCrashed = (name: string, how: string): SoftmaxError =>
  data(
    `${name}: reading it ended the process of the sandbox (${how}); the file is damaged, or made to do harm`,
  );
export const sandboxNonsense = (name: string, what: string): SoftmaxError =>
  data(`${name}: the process of the sandbox sent ${what}; the file is damaged, or made to do harm`);

// Threads

export const threadEnded = (code: number): SoftmaxError =>
  new SoftmaxError("internal", `internal: a thread that predicts ended by itself (${code})`);

// Writing

export const unknownOutput = (path: string): RangeError =>
  new RangeError(
    `${path}: the extension of an output must be .csv, .tsv, .jsonl, .ndjson or .parquet`,
  );
export const otherColumns = (): SoftmaxError =>
  new SoftmaxError("internal", "internal: a writer's tables must have the same columns");

// ARFF

export const noArff = (name: string): SoftmaxError =>
  data(`${name} has no @attribute and @data lines, as ARFF needs`);
export const badArffHeader = (name: string, line: number, text: string): SoftmaxError =>
  data(
    `${name}, line ${line}: expected @attribute with a name and numeric, string, date or {levels}, or @data, got ${shown(text)}`,
  );
export const badSparseRow = (text: string): string =>
  `expected {index value, …} with indices from 0, got ${shown(text)}`;
export const noNumber = (column: string, text: string): string =>
  `column "${column}" expected a number, got ${shown(text)}`;
export const noLevel = (column: string, text: string): string =>
  `column "${column}" has no level ${shown(text)}`;

// JSON

export const badJson = (name: string, cause: string): SoftmaxError =>
  data(`${name} is no valid JSON: ${cause}`);
export const noArray = (name: string): SoftmaxError =>
  data(`${name}: expected an array of objects, or one object a line`);
