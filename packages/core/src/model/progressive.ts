/** Progressive validation: every row is scored by the model that had seen only the rows before it. */

/** Mean log loss (nats) and accuracy of some rows; NaN of none. */
export interface Score {
  readonly rows: number;
  readonly logLoss: number;
  readonly accuracy: number;
}

/** Sums over all rows, and the last rows one by one; plain data. */
export interface ProgressiveState {
  rows: number;
  loss: number;
  hits: number;
  /** Of the last rows, row r at r mod window. */
  readonly recentLoss: number[];
  readonly recentHit: number[];
}

export const createProgressive = (): ProgressiveState => ({
  rows: 0,
  loss: 0,
  hits: 0,
  recentLoss: [],
  recentHit: [],
});

export const copyProgressive = (of: ProgressiveState): ProgressiveState => ({
  ...of,
  recentLoss: [...of.recentLoss],
  recentHit: [...of.recentHit],
});

/** Counts rows of these losses and hits (0 or 1), and returns their own score. */
export function count(
  state: ProgressiveState,
  losses: Float64Array,
  hits: Uint8Array,
  window: number,
): Score {
  let loss = 0;
  let right = 0;
  losses.forEach((value, i) => {
    loss += value;
    right += hits[i];
    state.loss += value;
    state.hits += hits[i];
    const at = state.rows % window;
    state.recentLoss[at] = value;
    state.recentHit[at] = hits[i];
    state.rows++;
  });
  return scoreOf(losses.length, loss, right);
}

export const overall = ({ rows, loss, hits }: ProgressiveState): Score => scoreOf(rows, loss, hits);

export const recent = ({ recentLoss, recentHit }: ProgressiveState): Score =>
  scoreOf(
    recentLoss.length,
    recentLoss.reduce((a, b) => a + b, 0),
    recentHit.reduce((a, b) => a + b, 0),
  );

const scoreOf = (rows: number, loss: number, hits: number): Score => ({
  rows,
  logLoss: loss / rows,
  accuracy: hits / rows,
});
