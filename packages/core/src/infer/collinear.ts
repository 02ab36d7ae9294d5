import { counted, dataError } from "../base/checks.ts";
import { type Design, featureName } from "./design.ts";
import { addOuter } from "./passes.ts";

/** Share of a feature's square that others may leave and still be called its whole, and the same of every row's value. */
const COLLINEAR = 1e-9;
const COLLINEAR_ROW = 1e-6;

/**
 * Throws a SoftmaxError ("data") that names the first feature that the ones before it add up to: its coefficient is not determined.
 * Sweeps the cross-products feature by feature (Goodnight 1979, "A Tutorial on the SWEEP Operator"): what the diagonal
 * then holds of the next is the part that those before leave.
 */
export function checkDetermined(design: Design, s: Float64Array): void {
  const { width: p, rows } = design;
  if (p > rows) {
    throw dataError(
      `${counted(p, "coefficient")} for each class cannot be told from ${counted(rows, "row")}; leave columns out with the option "ignore"`,
    );
  }
  const A = new Float64Array(p * p);
  const one = Float64Array.of(1);
  for (let i = 0; i < rows; i++) {
    one[0] = s[i];
    addOuter(A, design, i, one, 1);
  }
  for (let a = 0; a < p; a++) for (let b = 0; b < a; b++) A[b * p + a] = A[a * p + b];
  const squares = Float64Array.from({ length: p }, (_, j) => A[j * p + j]);
  for (let j = 0; j < p; j++) {
    if (!(A[j * p + j] > COLLINEAR * squares[j])) {
      const share = Float64Array.from({ length: j }, (_, l) => A[l * p + j]);
      if (addsUp(design, j, share)) throw undetermined(design, j, share);
    }
    sweep(A, p, j);
  }
}

function sweep(A: Float64Array, p: number, j: number): void {
  const pivot = A[j * p + j];
  for (let b = 0; b < p; b++) A[j * p + b] /= pivot;
  for (let a = 0; a < p; a++) {
    if (a === j) continue;
    const factor = A[a * p + j];
    if (factor === 0) continue;
    for (let b = 0; b < p; b++) A[a * p + b] -= factor * A[j * p + b];
    A[a * p + j] = -factor / pivot;
  }
  A[j * p + j] = 1 / pivot;
}

/** Whether x_ij = Σ_l share_l x_il in every row. */
function addsUp(design: Design, j: number, share: Float64Array): boolean {
  const { rows, perRow, features, values } = design;
  for (let i = 0; i < rows; i++) {
    let rest = 0;
    for (let at = i * perRow; at < (i + 1) * perRow; at++) {
      if (features[at] === j) rest += values[at];
      else if (features[at] < j) rest -= share[features[at]] * values[at];
    }
    if (!(Math.abs(rest) < COLLINEAR_ROW)) return false;
  }
  return true;
}

function undetermined(design: Design, j: number, share: Float64Array): Error {
  const term = design.terms.find(({ first, width }) => j >= first && j < first + width)!;
  const others = [...share.keys()].filter((l) => l > 0 && Math.abs(share[l]) > COLLINEAR_ROW);
  const remedy = `leave it or one of them out with the option "ignore"`;
  if (others.length === 0) {
    return dataError(
      `column "${term.name}" holds one value only in the rows used, so its coefficient is not determined; leave it out with the option "ignore"`,
    );
  }
  const named = others.slice(0, 4).map((l) => `"${featureName(design, l)}"`);
  const more = others.length > 4 ? ` and ${others.length - 4} more` : "";
  return dataError(
    `"${featureName(design, j)}" is fully told by ${named.join(", ")}${more} (collinearity), so that its coefficient is not determined; ${remedy}`,
  );
}
