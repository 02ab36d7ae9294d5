import { createInterval } from "../base/breathe.ts";
import type { FitState, Keeper } from "./state.ts";

/** Keeps a state every so many milliseconds; at every step for 0. */
export function createKeeper(everyMs: number, keep: (state: FitState) => void): Keeper<FitState> {
  const interval = createInterval(everyMs);
  return {
    isDue: interval.isOver,
    keep(state) {
      keep(state);
      interval.begin();
    },
  };
}
