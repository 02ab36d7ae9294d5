/** Every error sentence of the core. Kind: TypeError; value: RangeError; data and files: SoftmaxError. */

/** What went wrong, for programs; the message is for people. */
export type ErrorCode =
  | "data" // the table or its labels cannot be used as asked
  | "model" // the model file is damaged, foreign or too new
  | "aborted" // the caller's AbortSignal stopped the work
  | "internal"; // our fault

export class SoftmaxError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string) {
    super(message);
    this.name = "SoftmaxError";
    this.code = code;
  }
}

export const dataError = (message: string): SoftmaxError => new SoftmaxError("data", message);
export const modelError = (message: string): SoftmaxError => new SoftmaxError("model", message);
export const internalError = (message: string): SoftmaxError =>
  new SoftmaxError("internal", `internal: ${message}`);
export const workerError = (why: string): SoftmaxError =>
  internalError(`the worker stopped unexpectedly (${why}); its work is lost`);
export const abortedError = (): SoftmaxError =>
  new SoftmaxError("aborted", "stopped by the caller's signal before the end");

/** A row that cannot be scored; rows count from 0. */
export const unusableRow = (row: number, what: string, got: number): RangeError =>
  new RangeError(`row ${row} has the ${what} ${got}, which cannot be scored`);

/** The bytes of a model file are not what was written. */
export const damagedFile = (detail: string): SoftmaxError =>
  modelError(`the model file is damaged: ${detail}; copy or train it again`);
/** A part of a journal of a training is not what was saved, or belongs to another. */
export const damagedPart = (key: string, detail: string): SoftmaxError =>
  dataError(
    `the part "${key}" of the checkpoint is damaged: ${detail}; remove that part, and its fits are made anew`,
  );
export const calibratorNotModel = (): SoftmaxError =>
  modelError(
    "this file holds a calibrator, not a classifier; softmax calibrate --apply puts it to use on logits or probabilities",
  );
export const modelNotCalibrator = (): SoftmaxError =>
  modelError(
    "this file holds a classifier, not a calibrator; softmax predict puts it to use on rows",
  );
export const multiLabelNotClassifier = (): SoftmaxError =>
  modelError(
    "this file holds a classifier that gives several labels a row; MultiLabelClassifier.load reads it, and loadClassifier reads either kind",
  );
export const classifierNotMultiLabel = (): SoftmaxError =>
  modelError(
    "this file holds a classifier that gives one label a row; Classifier.load reads it, and loadClassifier reads either kind",
  );
export const foreignFile = (): SoftmaxError =>
  modelError("this is not a Softmax model file, or it was cut off at its start");
export const newerFile = (version: string, reader: string, known: number): SoftmaxError =>
  modelError(
    `the model file has format ${version}, which needs Softmax ${reader} or newer; this version reads formats up to ${known}`,
  );

/** Labels of a table that training never saw, with a remedy that fits what they look like. */
export function unknownLabels(
  target: string,
  unknown: readonly { readonly label: string; readonly rows: number }[],
  classes: readonly string[],
): SoftmaxError {
  const shown = unknown
    .slice(0, 5)
    .map(({ label, rows }) => `"${label}" (${counted(rows, "row")})`);
  const more = unknown.length > 5 ? ` and ${unknown.length - 5} more` : "";
  const known = classes.slice(0, 8).map((label) => `"${label}"`);
  const dots = unknown.every(({ label }) => classes.includes(label.replace(/\.+$/, "")));
  const sql = `select * replace (${dots ? `rtrim("${target}", '.')` : "…"} as "${target}") from data`;
  return dataError(
    `column "${target}" holds labels that training never saw: ${shown.join(", ")}${more}; the model knows ${known.join(", ")}${classes.length > 8 ? ", …" : ""}. ${dots ? "They differ by a full stop at the end" : "If they only differ in spelling"}: mend them with a query such as ${sql}`,
  );
}

/** "1 row", "5 rows". */
export const counted = (n: number, thing: string): string => `${n} ${thing}${n === 1 ? "" : "s"}`;

/** `"target" expected a column name, got "chrun"` and, where `options` has a near one, `; did you mean "churn"?` */
export function unknownName(
  what: string,
  expected: string,
  got: string,
  options: readonly string[],
): string {
  const near = nearestName(got, options);
  return `"${what}" expected ${expected}, got "${got}"${near === null ? "" : `; did you mean "${near}"?`}`;
}

/** Classes that an error names. */
const NAMED_CLASSES = 8;

/** A class that there is not, with those that there are, the nearest name first. */
export function unknownClass(what: string, got: string, classes: readonly string[]): SoftmaxError {
  const near = nearestName(got, classes);
  const known = near === null ? classes : [near, ...classes.filter((label) => label !== near)];
  const listed = known.slice(0, NAMED_CLASSES).map((label) => `"${label}"`);
  const more = known.length - listed.length;
  const rest = more > 0 ? ` and ${more} more` : "";
  return dataError(
    `${unknownName(what, "a class", got, classes)}${near === null ? "; the" : " The"} classes are ${listed.join(", ")}${rest}`,
  );
}

/** Throws a TypeError where `options` has a key that is not in `known`. */
export function checkKeys(what: string, options: object, known: readonly string[]): void {
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) throw new TypeError(unknownName(what, "a known option", key, known));
  }
}

/** Throws a TypeError unless `holds`. */
export function checkKind(what: string, expected: string, value: unknown, holds: boolean): void {
  if (!holds) throw new TypeError(`"${what}" expected ${expected}, got ${describe(value)}`);
}

/** Throws a RangeError unless `value` is a number in [low, high]. */
export function checkNumber(what: string, value: unknown, low: number, high: number): number {
  if (typeof value !== "number") {
    throw new TypeError(`"${what}" expected a number, got ${describe(value)}`);
  }
  if (!(value >= low && value <= high)) {
    throw new RangeError(`"${what}" expected a number from ${low} to ${high}, got ${value}`);
  }
  return value;
}

/** Throws a RangeError unless `value` is an integer in [low, high]. */
export function checkInteger(what: string, value: unknown, low: number, high: number): number {
  checkNumber(what, value, low, high);
  if (!Number.isInteger(value)) {
    throw new RangeError(`"${what}" expected an integer, got ${String(value)}`);
  }
  return value as number;
}

/** Throws a RangeError unless the two lengths agree. */
export function checkLength(what: string, got: number, expected: number): void {
  if (got !== expected) {
    throw new RangeError(`"${what}" expected ${expected} entries, got ${got}`);
  }
}

/** Throws a TypeError unless `values` is a Float32Array, a Float64Array or an array of numbers. */
export function checkValues(what: string, values: unknown): void {
  if (values instanceof Float64Array || values instanceof Float32Array) return;
  if (!Array.isArray(values)) {
    throw new TypeError(
      `"${what}" expected an array of numbers, Float32Array or Float64Array, got ${describe(values)}`,
    );
  }
  for (let i = 0; i < values.length; i++) {
    if (typeof values[i] !== "number") {
      throw new TypeError(`"${what}[${i}]" expected a number, got ${describe(values[i])}`);
    }
  }
}

const describe = (value: unknown): string =>
  typeof value === "string" ? `"${value}"` : value === null ? "null" : typeof value;

/** A cell of X that is no number; rows and columns count from 0. */
export const notFinite = (row: number, column: string, got: number): RangeError =>
  new RangeError(`"X" expected finite numbers, got ${got} in row ${row}, column ${column}`);

/** Steps of this length let the numbers of a fit grow beyond what float32 holds. */
export const divergedRate = (rate: number, epoch: number): RangeError =>
  new RangeError(
    `"learningRate" of ${rate} lets the fit diverge in epoch ${epoch}; try ${rate / 10}`,
  );

/** The option at the smallest edit distance from `got`, if that is at most a third of its length. */
export function nearestName(got: string, options: readonly string[]): string | null {
  let best: string | null = null;
  let bestDistance = Math.max(1, Math.floor(got.length / 3)) + 1;
  for (const option of options) {
    const distance = editDistance(got.toLowerCase(), option.toLowerCase());
    if (distance < bestDistance) {
      best = option;
      bestDistance = distance;
    }
  }
  return best;
}

/** Damerau–Levenshtein distance (adjacent swaps count once), restricted form. */
function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 8) return Number.POSITIVE_INFINITY;
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = previous[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      let distance = Math.min(previous[j] + 1, current[j - 1] + 1, substitution);
      if (a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        distance = Math.min(distance, before[j - 2] + 1);
      }
      current.push(distance);
    }
    before = previous;
    previous = current;
  }
  return previous[b.length];
}
