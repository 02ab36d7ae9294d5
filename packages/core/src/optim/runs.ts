import type { Objective, TracePoint } from "./contracts.ts";
import type { Point } from "./line-search.ts";
import type { Stall } from "./stopping.ts";

/** Where a run that sees all rows stands at the beginning of an iteration. */
export interface RunState {
  readonly x: Float64Array;
  readonly g: Float64Array;
  readonly value: number;
  readonly evaluations: number;
  readonly trace: readonly TracePoint[];
  readonly stall: Readonly<Stall>;
}

/** Takes down where a run stands, when it is time. */
export interface RunKeeper<State> {
  isDue(): boolean;
  keep(state: State): void;
}

/** What an optimiser is told besides when to stop. */
export interface RunOptions<State> {
  /** Where an earlier run on the same objective stood, instead of the x given. */
  readonly from?: State | null;
  /** Asked at the beginning of every iteration, or epoch. */
  readonly keeper?: RunKeeper<State> | null;
}

/** The point where a run begins, or goes on. */
export function startingPoint(objective: Objective, x: Float64Array, from: RunState | null): Point {
  if (from !== null) return { x: from.x.slice(), g: from.g.slice(), value: from.value };
  const at = { x: Float64Array.from(x), g: new Float64Array(objective.dimension), value: 0 };
  at.value = objective.valueGradient(at.x, at.g);
  return at;
}
