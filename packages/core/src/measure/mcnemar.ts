import { chiSquareTail, fairCoin } from "../base/tails.ts";

/** Whether two classifiers err equally often on the same rows (McNemar 1947). */
export interface McNemar {
  /** Rows that only the first, and only the second, gets right. */
  readonly onlyA: number;
  readonly onlyB: number;
  /** Two-sided p of the exact test: 2 P(B ≤ min(a, b)), at most 1, for B fair coins of a + b. */
  readonly exact: number;
  /** The same with half the probability of what was seen, which is less timid (Fagerland, Lydersen & Laake 2013). */
  readonly midP: number;
  /** (a − b)²/(a + b) against χ² of 1; 1 where a + b = 0. */
  readonly asymptotic: number;
}

export function mcnemar(onlyA: number, onlyB: number): McNemar {
  const n = onlyA + onlyB;
  if (n === 0) return { onlyA, onlyB, exact: 1, midP: 1, asymptotic: 1 };
  const { atMost, exactly } = fairCoin(Math.min(onlyA, onlyB), n);
  const difference = onlyA - onlyB;
  return {
    onlyA,
    onlyB,
    exact: Math.min(1, 2 * atMost),
    midP: onlyA === onlyB ? 1 - exactly / 2 : Math.min(1, 2 * atMost - exactly),
    asymptotic: chiSquareTail((difference * difference) / n, 1),
  };
}
