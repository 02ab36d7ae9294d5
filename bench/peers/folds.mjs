// Five folds of a small table, alike for every contestant in JavaScript: row number j of a class is in fold j mod 5.
import { readMeta, readSet } from "./sets.mjs";

const FOLDS = 5;

/** { X, y } to learn from and { X, y } to be judged on, each row an array, in deviations of the training rows. */
export function foldsOf(folder) {
  const { width } = readMeta(folder);
  const { X, y } = readSet(folder, "train", { wide: true });
  const rows = Array.from(y, (_, i) =>
    Array.from(X.dense.data.subarray(i * width, (i + 1) * width)),
  );
  const seen = new Map();
  const fold = Array.from(y, (c) => {
    seen.set(c, (seen.get(c) ?? -1) + 1);
    return seen.get(c) % FOLDS;
  });
  return Array.from({ length: FOLDS }, (_, f) => {
    const part = (wanted) => {
      const kept = rows.map((_, i) => i).filter((i) => wanted(fold[i]));
      return { X: kept.map((i) => rows[i]), y: kept.map((i) => y[i]) };
    };
    return standardized(
      part((g) => g !== f),
      part((g) => g === f),
    );
  });
}

function standardized(train, test) {
  const columns = train.X[0].map((_, j) => train.X.map((row) => row[j]));
  const scales = columns.map((values) => {
    const mean = values.reduce((a, b) => a + b) / values.length;
    const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length;
    return { mean, deviation: Math.sqrt(variance) || 1 };
  });
  const scale = (X) =>
    X.map((row) => row.map((v, j) => (v - scales[j].mean) / scales[j].deviation));
  return { train: { X: scale(train.X), y: train.y }, test: { X: scale(test.X), y: test.y } };
}

/** Mean log loss over the judged rows of all folds; `probabilities` has n×k numbers for each fold. */
export function outOfFoldLoss(folds, probabilities, k) {
  let sum = 0;
  let rows = 0;
  folds.forEach(({ test }, f) => {
    test.y.forEach((c, i) => {
      sum -= Math.log(Math.max(probabilities[f][i * k + c], 1e-300));
      rows++;
    });
  });
  return sum / rows;
}
