/** Rows of each kind at most; typical ones a class, and classes that have them. */
const TYPICAL = 3;
const TYPICAL_CLASSES = 12;
const DOUBTFUL = 5;
const MISLABELLED = 10;

/** Rows worth a look, by their number: typical of their class, nearest to two classes, perhaps wrongly labelled. */
export interface RowsToLookAt {
  readonly typical: number[];
  readonly doubtful: number[];
  readonly mislabelled: number[];
}

/** Rows that judged. */
export interface LookedAt {
  /** Probabilities, n×k. */
  readonly P: Float64Array;
  readonly y: Int32Array;
  readonly k: number;
  /** Those to choose from, and among them those whose label may be wrong. */
  readonly rows: readonly number[];
  readonly suspects: readonly number[];
  /** Of rows that are the same by this only the first is taken. */
  sameAs(i: number): string | number | null;
}

/**
 * Typical: right and with the highest probability of their class. Doubtful: whose two most probable classes are nearest to
 * each other. Mislabelled: the suspects whose own label has the lowest probability.
 */
export function rowsToLookAt({ P, y, k, rows, suspects, sameAs }: LookedAt): RowsToLookAt {
  const best = mostProbable(P, y.length, k);
  const own = (i: number): number => P[i * k + y[i]];
  const right = rows.filter((i) => best[i] === y[i]);
  const classes = Array.from({ length: Math.min(k, TYPICAL_CLASSES) }, (_, c) => c);
  const pick = (from: readonly number[], score: (i: number) => number, most: number): number[] =>
    lowest(from, score, most, sameAs);
  return {
    typical: classes.flatMap((c) =>
      pick(
        right.filter((i) => y[i] === c),
        (i) => -own(i),
        TYPICAL,
      ),
    ),
    doubtful: pick(rows, (i) => P[i * k + best[i]] - runnerUp(P, i, k, best[i]), DOUBTFUL),
    mislabelled: pick(suspects, own, MISLABELLED),
  };
}

/** The most probable class of each row, the first of equals. */
export function mostProbable(P: Float64Array, n: number, k: number): Int32Array {
  return Int32Array.from({ length: n }, (_, i) => {
    let best = 0;
    for (let c = 1; c < k; c++) if (P[i * k + c] > P[i * k + best]) best = c;
    return best;
  });
}

function runnerUp(P: Float64Array, i: number, k: number, best: number): number {
  let second = 0;
  for (let c = 0; c < k; c++) if (c !== best) second = Math.max(second, P[i * k + c]);
  return second;
}

/** The rows with the lowest scores, the first of equals, none twice. */
function lowest(
  from: readonly number[],
  score: (i: number) => number,
  most: number,
  sameAs: LookedAt["sameAs"],
): number[] {
  const sorted = [...from].sort((a, b) => score(a) - score(b) || a - b);
  const seen = new Set<string | number | null>();
  const chosen: number[] = [];
  for (const i of sorted) {
    if (chosen.length === most) break;
    if (seen.has(sameAs(i))) continue;
    seen.add(sameAs(i));
    chosen.push(i);
  }
  return chosen;
}
