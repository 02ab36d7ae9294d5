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

/** Takes all steps, and lets others run in between. */
export async function takeSteps<Result>(steps: Generator<void, Result, void>): Promise<Result> {
  const slices = createSlices();
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
    if (slices.isOver()) await slices.breathe();
  }
}
