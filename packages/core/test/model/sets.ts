import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

const bundled = new URL("../../../softmax/data/", import.meta.url);
const shared = new URL("../../../../../shared/data/", import.meta.url);

export interface NumericSet {
  readonly X: number[][];
  readonly y: number[];
}

/** Where each set lies, its target's column (from the end if negative), and whether it has a header. */
const SETS: Record<string, [URL, number, boolean]> = {
  iris: [new URL("iris.csv", bundled), -1, true],
  digits: [new URL("digits.csv.gz", bundled), -1, true],
  penguins: [new URL("penguins.csv", bundled), 0, true],
  wine: [new URL("wine/wine.csv", shared), -1, false],
  wdbc: [new URL("breast-cancer-wisconsin/wdbc.csv", shared), -1, true],
  letter: [new URL("letter/LetterRecognition.csv.gz", shared), 0, true],
  german: [new URL("german-credit/german.csv", shared), -1, false],
};

export const isThere = (name: string): boolean => existsSync(SETS[name][0]);

/** Cells of a plain CSV file. */
export function readCells(file: URL): string[][] {
  const bytes = readFileSync(file);
  const text = (file.pathname.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
  const lines = text.split(/\r?\n/).filter((line) => line !== "");
  return lines.map((line) => line.split(",").map((cell) => cell.replaceAll('"', "").trim()));
}

export const bundledFile = (name: string): URL => new URL(name, bundled);

/** Rows of cells without the target, and the class of each by the order of the names. */
export function readSet(name: string): { rows: string[][]; y: number[] } {
  const [file, target, header] = SETS[name];
  let rows = readCells(file).slice(header ? 1 : 0);
  if (name === "penguins") {
    rows = rows.filter((row) => !row.slice(2, 6).includes("")).map((r) => [r[0], ...r.slice(2, 6)]);
  }
  const labels = rows.map((row) => row.splice(target, 1)[0]);
  const classes = [...new Set(labels)].sort();
  return { rows, y: labels.map((label) => classes.indexOf(label)) };
}

/** As scripts/golden/objectives.py reads it. */
export function readNumbers(name: string): NumericSet {
  const { rows, y } = readSet(name);
  return { X: rows.map((row) => row.map(Number)), y };
}

/** Every column divided by its deviation, or minus its mean as well. */
export function scaled(X: readonly number[][], centre = false): number[][] {
  const n = X.length;
  const means = X[0].map((_, j) => X.reduce((sum, row) => sum + row[j], 0) / n);
  const deviations = means.map((m, j) =>
    Math.sqrt(X.reduce((sum, row) => sum + (row[j] - m) ** 2, 0) / n),
  );
  return X.map((row) =>
    row.map((x, j) => (centre ? x - means[j] : x) / (deviations[j] > 0 ? deviations[j] : 1)),
  );
}
