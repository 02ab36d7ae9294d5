import { exp, log } from "../base/math.ts";
import type { Bag, BagRoom, BagRows, BagSizes } from "./bag.ts";

/** The specification of Bag: scalar float64, rounded where numbers are kept. */
export function referenceBag(room: BagRoom, rows: BagRows, { negatives, runs }: BagSizes): Bag {
  const { stride, E, V, b, order, proposals, shifts } = room;
  const { csr, y, s, unit } = rows;
  const all = Int32Array.from(b.keys());
  const h = new Float64Array(stride);
  const g = new Float64Array(stride);

  const classesOf = (t: number, own: number): Int32Array => {
    if (negatives === 0) return all;
    const run = (t % runs) * negatives;
    return Int32Array.of(own, ...proposals.subarray(run, run + negatives));
  };
  const logit = (c: number): number => {
    let z = b[c];
    for (let a = 0; a < stride; a++) z += V[c * stride + a] * h[a];
    return z;
  };
  const step = (i: number, t: number, rate: number): number => {
    h.fill(0);
    eachEntry(csr, i, (j, x) => {
      for (let a = 0; a < stride; a++) h[a] += x * E[j * stride + a];
    });
    const classes = classesOf(t, y[i]);
    const target = negatives === 0 ? y[i] : 0;
    const z = Float64Array.from(classes, (c, at) => {
      if (negatives === 0 || at === 0) return logit(c);
      return c === y[i] ? Number.NEGATIVE_INFINITY : logit(c) - shifts[c];
    });
    const weight = s === null ? 1 : s[i] * unit;
    const loss = residuals(z, target, weight);
    g.fill(0);
    for (const [at, c] of classes.entries()) {
      for (let a = 0; a < stride; a++) {
        g[a] += z[at] * V[c * stride + a];
        V[c * stride + a] -= rate * z[at] * h[a];
      }
      b[c] -= rate * z[at];
    }
    eachEntry(csr, i, (j, x) => {
      for (let a = 0; a < stride; a++) E[j * stride + a] -= rate * x * g[a];
    });
    return loss;
  };
  return {
    ...room,
    descend(first, last, { rate, before, total }) {
      let loss = 0;
      for (let at = first; at < last; at++) {
        const t = before + at;
        loss += step(order[at], t, rate * (1 - t / total));
      }
      return loss;
    },
  };
}

/** z becomes r = s (p − y); returns s l. */
function residuals(z: Float64Array, target: number, s: number): number {
  const zy = z[target];
  let max = zy;
  for (const value of z) max = Math.max(max, value);
  let sum = 0;
  for (let c = 0; c < z.length; c++) sum += z[c] = exp(z[c] - max);
  for (let c = 0; c < z.length; c++) z[c] *= s / sum;
  z[target] -= s;
  return s * (max - zy + log(sum));
}

function eachEntry(
  { starts, columns, values }: BagRows["csr"],
  i: number,
  visit: (j: number, x: number) => void,
): void {
  for (let e = starts[i]; e < starts[i + 1]; e++) visit(columns[e], values[e]);
}
