// Softmax over the rows of a matrix, and prediction from numbers to probabilities.
import { takeTurns } from "../../measure.mjs";
import { compared, goalOf, limited, seconds } from "../contest.mjs";

const SHAPES = [
  { n: 10_000, k: 1000 },
  { n: 1_000_000, k: 10 },
];
const TORCH_GOAL = { before24: 0.7, from24: 1 };
const TFJS_GOAL = 3;
const SAMPLES = 5;

/** All on one thread; ours and PyTorch write into memory that is there, TensorFlow.js and jax-js make theirs anew. */
export async function softmax({ stage, rounds }) {
  const ours = stage.start("ours");
  const rivals = [
    {
      peer: "python",
      call: "torch_softmax",
      name: "PyTorch, one thread",
      goal: goalOf(TORCH_GOAL),
    },
    { peer: "tfjs", call: "softmax", name: "TensorFlow.js, wasm", goal: TFJS_GOAL },
    { peer: "jax", call: "softmax", name: "jax-js, wasm", goal: null },
  ].map((rival) => ({ ...rival, process: stage.start(rival.peer) }));
  const { copyGigabytes } = await ours.call("limits");
  const rows = [];
  for (const shape of SHAPES) {
    const args = { ...shape, samples: SAMPLES };
    const { turns, failed } = await present(rivals, args);
    turns.push({ name: "ours", run: () => ours.call("softmax", args).then(seconds) });
    const results = await takeTurns(turns, rounds);
    const line = `softmax of ${shape.n.toLocaleString("en")}×${shape.k.toLocaleString("en")}, float32`;
    for (const { name, goal } of rivals.filter((rival) => results.has(rival.name))) {
      const theirs = results.get(name);
      rows.push(
        compared({
          line,
          rival: name,
          settings: "",
          goal,
          ours: results.get("ours"),
          theirs,
          unit: "ms",
        }),
      );
    }
    rows.push(...failed.map(({ name, error }) => ({ kind: "failed", line, rival: name, error })));
    rows.push(shareOfCopying(line, shape, results.get("ours"), copyGigabytes));
  }
  return rows;
}

/** The rivals that can do it, and why the others cannot. */
async function present(rivals, args) {
  const turns = [];
  const failed = [];
  for (const { name, call, process } of rivals) {
    const run = () => process.call(call, args).then(seconds);
    try {
      await run();
      turns.push({ name, run });
    } catch (error) {
      failed.push({ name, error: error.message });
    }
  }
  return { turns, failed };
}

function shareOfCopying(line, { n, k }, runs, copyGigabytes) {
  const values = runs.map((run) => (4 * n * k) / run.seconds / 1e9 / copyGigabytes);
  const row = limited({ line, settings: "", values, unit: "of copying's speed", atLeast: 0 });
  return { ...row, goal: "", met: null };
}

const ROW = { columns: 30, classes: 3, batch: 1_000_000 };

/** One row, and a million, from a Matrix of 30 numbers a row to three probabilities. */
export async function predict({ stage, rounds }) {
  const [ours, rival] = [stage.start("ours"), stage.start("python")];
  const turns = [
    { name: "ours", run: () => ours.call("predict", { samples: SAMPLES }) },
    { name: "theirs", run: () => rival.call("scikit_predict", { ...ROW, samples: SAMPLES }) },
  ];
  const results = await takeTurns(turns, rounds);
  const [own, theirs] = [results.get("ours"), results.get("theirs")];
  const pick = (runs, key) => runs.map((run) => ({ seconds: run[key] }));
  const beside = (line, key, unit) =>
    compared({
      ...{ line, rival: "scikit-learn", settings: "predict_proba", unit },
      ...{ ours: pick(own, key), theirs: pick(theirs, key) },
    });
  return [
    limited({
      line: "one row of 30 numbers, 3 classes",
      ...{ settings: "`predictProbabilities`, warm", unit: "µs", atMost: 3 },
      values: own.map(({ row }) => row * 1e6),
    }),
    limited({
      line: "a million such rows",
      ...{ settings: "`predictProbabilities` of a Matrix", unit: "M rows/s", atLeast: 2 },
      values: own.map(({ batch }) => ROW.batch / batch / 1e6),
    }),
    beside("one row of 30 numbers, 3 classes", "row", "µs"),
    beside("a million such rows", "batch", "ms"),
  ];
}
