import { describe, expect, it } from "vitest";
import { createRandom } from "../../src/base/random.ts";
import { createReferenceKernels } from "../../src/kernels/reference.ts";
import { createKernels } from "../../src/kernels/wasm.ts";
import type { FitTask, FittedWeights, Problem } from "../../src/model/contracts.ts";
import type { FitState } from "../../src/model/state.ts";
import { createTrainer, type TrainerInput } from "../../src/model/trainer.ts";
import { noisyRows } from "./rows.ts";

/** Rows of five ones among 40 columns, some of them their class's own. */
function sparseProblem(n: number, k: number): Problem {
  const random = createRandom(9);
  const y = Int32Array.from({ length: n }, () => random.below(k));
  const columns = Array.from(y, (c) => {
    const own = (): number => (random.uniform() < 0.3 ? 8 * c + random.below(4) : random.below(40));
    return [...new Set(Array.from({ length: 5 }, own))].sort((a, b) => a - b);
  });
  const starts = new Int32Array(n + 1);
  columns.forEach((row, i) => {
    starts[i + 1] = starts[i] + row.length;
  });
  const values = new Float64Array(starts[n]).fill(0.4);
  const csr = { width: 40, starts, columns: Int32Array.from(columns.flat()), values };
  const X = { rows: n, dense: null, codes: null, csr };
  return { X, y, outputs: k === 2 ? 1 : k, rowWeights: null };
}

const dense = (): Problem => ({ ...noisyRows(400, 6, 3, 1, 2), outputs: 3, rowWeights: null });
const factors = Float64Array.from({ length: 120 }, (_, i) => 0.5 + (i % 5) / 2);

const CASES: readonly (readonly [string, Problem, Partial<FitTask>, "wasm" | "reference"])[] = [
  ["L-BFGS on dense rows", dense(), {}, "wasm"],
  ["L-BFGS on dense rows, reference kernels", dense(), {}, "reference"],
  ["Newton's method", dense(), { method: { optimizer: "newton" } }, "wasm"],
  ["sgd", dense(), { method: { optimizer: "sgd", epochs: 7, nesterov: true } }, "wasm"],
  ["adam", dense(), { method: { optimizer: "adam", epochs: 7 }, seed: 3 }, "wasm"],
  ["the dual and L-BFGS behind it", sparseProblem(200, 3), {}, "wasm"],
  ["the dual of two classes", sparseProblem(200, 2), { tolerance: "fold" }, "wasm"],
  ["the dual with factors", sparseProblem(200, 3), { tolerance: "fold", factors }, "wasm"],
  ["the dual, reference kernels", sparseProblem(100, 3), { tolerance: "coarse" }, "reference"],
];

const inputOf = (problem: Problem, which: "wasm" | "reference"): TrainerInput => ({
  ...problem,
  kernels: which === "wasm" ? createKernels({ bytes: 2 ** 22 }) : createReferenceKernels(),
  worker: false,
});

const taskOf = ({ X }: Problem, given: Partial<FitTask>): FitTask => ({
  ...{ ranges: [{ start: 0, end: X.rows }], l2: 1e-3, start: null, tolerance: "final" },
  ...given,
});

/** One fit after another by one trainer. */
async function fits(input: TrainerInput, requests: readonly FitTask[]): Promise<FittedWeights[]> {
  const trainer = await createTrainer(input);
  try {
    const found: FittedWeights[] = [];
    for (const request of requests) {
      const start = found.at(-1)?.weights ?? request.start;
      found.push(await trainer.fit({ ...request, start }));
    }
    return found;
  } finally {
    trainer.close();
  }
}

async function statesOf(input: TrainerInput, task: FitTask): Promise<FitState[]> {
  const states: FitState[] = [];
  const trainer = await createTrainer(input);
  await trainer.fit({ ...task, keepMs: 0, onKept: (state) => states.push(state) });
  trainer.close();
  return states;
}

describe("a fit", () => {
  it.each(CASES)(
    "goes on from any state to the same bits: %s",
    async (_, problem, given, which) => {
      const input = inputOf(problem, which);
      const task = taskOf(problem, given);
      const [whole] = await fits(input, [task]);
      const states = await statesOf(input, task);
      expect(states.length).toBeGreaterThan(2);
      for (const resume of states.filter(
        (_state, at) => at % 3 === 0 || at === states.length - 1,
      )) {
        const [fit] = await fits(inputOf(problem, which), [{ ...task, resume }]);
        expect(fit).toStrictEqual(whole);
      }
    },
  );

  it.each(CASES)("builds on what the one before it left: %s", async (_, problem, given, which) => {
    const task = taskOf(problem, given);
    const next = { ...task, l2: 5e-4 };
    const [before, whole] = await fits(inputOf(problem, which), [{ ...task, keepMs: 1e9 }, next]);
    const { weights: start, after: resume = null } = before;
    const [fit] = await fits(inputOf(problem, which), [{ ...next, start, resume }]);
    expect(fit).toStrictEqual(whole);
  });

  it("does not go on from what does not fit its rows", async () => {
    for (const problem of [dense(), sparseProblem(200, 3)]) {
      const input = inputOf(problem, "wasm");
      const task = taskOf(problem, {});
      const states = await statesOf(input, task);
      for (const state of [states[0], states[states.length - 1]]) {
        const short = JSON.parse(
          JSON.stringify(state, (_key, value) =>
            ArrayBuffer.isView(value) ? { floats: (value as Float64Array).length - 1 } : value,
          ),
          (_key, value) => (value?.floats >= 0 ? new Float64Array(value.floats) : value),
        ) as FitState;
        await expect(fits(input, [{ ...task, resume: short }])).rejects.toThrow(
          "what it holds of a fit does not fit the rows",
        );
      }
    }
  });
});
