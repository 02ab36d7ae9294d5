import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

let collectNow: (() => void) | null = null;

/**
 * Has the engine give back what nobody refers to. By itself it waits until some of what is allocated outside its heap, the
 * arrays of numbers, has doubled: too long where memory is limited.
 */
export function collectGarbage(): void {
  if (collectNow === null) {
    setFlagsFromString("--expose-gc");
    collectNow = runInNewContext("gc") as () => void;
    setFlagsFromString("--no-expose-gc");
  }
  collectNow();
}

/** Collects whenever so many bytes were let go. */
export function createCollector(bytes: number): (letGo: number) => void {
  let due = bytes;
  return (letGo) => {
    due -= letGo;
    if (due > 0) return;
    due = bytes;
    collectGarbage();
  };
}
