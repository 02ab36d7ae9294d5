import { Worker } from "node:worker_threads";
import { vi } from "vitest";

/**
 * Lets the platform start workers that are listed here, in their order; `change` may replace the script of worker number
 * `at`. The built-in modules other than workers stay as they are.
 */
export function watchWorkers(
  change: (source: string, at: number) => string = (source) => source,
): Worker[] {
  const started: Worker[] = [];
  class Watched extends Worker {
    constructor(source: string, options: object) {
      super(change(source, started.length), options);
      started.push(this);
    }
  }
  const builtin = process.getBuiltinModule.bind(process) as (name: string) => object;
  vi.spyOn(process, "getBuiltinModule").mockImplementation(((name: string) =>
    name === "node:worker_threads" ? { Worker: Watched } : builtin(name)) as never);
  return started;
}

/** Script that makes a pool's thread throw when it takes its job number `jobs`. */
export const brokenAfter = (jobs: number): string => `{
  const take = Atomics.compareExchange;
  let left = ${jobs};
  Atomics.compareExchange = (...all) => {
    if (left-- === 0) throw new Error("broken on purpose");
    return take(...all);
  };
}
`;
