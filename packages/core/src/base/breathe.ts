import { abortedError } from "./checks.ts";

/** Work in the caller's thread lets timers, messages and signals through this often. */
const SLICE_MS = 20;

/** Lets others run. */
export const letOthersRun = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

/** A clock that says when others should run again. */
export function createSlices(): { isOver(): boolean; breathe(): Promise<void> } {
  let until = performance.now() + SLICE_MS;
  return {
    isOver: () => performance.now() >= until,
    async breathe() {
      await letOthersRun();
      until = performance.now() + SLICE_MS;
    },
  };
}

/** A clock that says when so many milliseconds have gone by since it last began. */
export function createInterval(ms: number): { isOver(): boolean; begin(): void } {
  let until = performance.now() + ms;
  return {
    isOver: () => performance.now() >= until,
    begin() {
      until = performance.now() + ms;
    },
  };
}

/** Work that pauses now and then, so that whoever drives it can stop it or let others run. */
export type Work<Result> = Generator<unknown, Result, void>;

/** Does all of the work, and lets others run in between. Throws "aborted" where the signal says so. */
export async function takeSteps<Result>(work: Work<Result>, signal?: AbortSignal): Promise<Result> {
  const slices = createSlices();
  for (;;) {
    if (signal?.aborted === true) throw abortedError();
    const { done, value } = work.next();
    if (done === true) return value;
    if (slices.isOver()) await slices.breathe();
  }
}
