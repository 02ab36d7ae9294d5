// Sparse rows of hashed words, C = 10 in scikit-learn's terms (λ = 1/(10 n)).
import { takeTurns } from "../../measure.mjs";
import {
  CORES,
  compared,
  fewestByTrace,
  fewestIterations,
  fewestThatCount,
  findOptimum,
  GAPS,
  judgedFit,
} from "../contest.mjs";
import { readMeta, setFolder } from "../sets.mjs";

const C = 10;
const LBFGS_GOAL = 3;
const LIBLINEAR_GOAL = 1;

async function sparse({ stage, rounds, settings, quick }, name, title) {
  const folder = setFolder(name);
  const { rows, classes } = readMeta(folder);
  const l2 = 1 / (C * rows);
  const link = classes === 2 ? "softmax" : "ovr";
  const { solver, dtype } = settings[name];
  const optimum = settings[name].optimum ?? (await findOptimum(folder, l2));
  const gap = quick ? 1e-2 : GAPS[name];
  const target = optimum + gap;
  const [ours, scikit, linear] = ["ours", "python", "python"].map((kind) => stage.start(kind));
  await ours.call("load", { folder, wide: dtype === "float64" });
  await scikit.call("load", { folder, dtype });
  await linear.call("load", { folder });

  const judged = (peer, file, call, how) =>
    judgedFit({ peer, name: file, folder, l2, link: how, call });
  const own = judged(ours, "ours", (maxIterations) => ["fit", { maxIterations, threads: CORES }]);
  const lbfgs = (trace) =>
    judged(scikit, "scikit", (max_iter) => ["scikit", { solver: "lbfgs", max_iter, trace }]);
  const fastest = judged(scikit, "fastest", (max_iter) => ["scikit", { solver, max_iter }]);
  const trust = judged(
    linear,
    "linear",
    ({ epsilon, threads }) => ["linear", { epsilon, threads }],
    link,
  );

  const efforts = {
    lbfgs: await fewestByTrace(lbfgs(true), target),
    linear: await fewestEpsilon(trust, link === "ovr" ? null : target),
  };
  const theirs = await Promise.all([lbfgs(false)(efforts.lbfgs), trust(efforts.linear)]);
  const heldOut = Math.min(...theirs.map((fit) => fit.heldOut ?? Number.POSITIVE_INFINITY));
  efforts.ours = await fewestThatCount(own, await fewestByTrace(own, target), heldOut);
  const turns = [
    { name: "ours", run: () => own(efforts.ours) },
    { name: "lbfgs", run: () => lbfgs(false)(efforts.lbfgs) },
    { name: "linear", run: () => trust(efforts.linear) },
  ];
  if (solver !== "lbfgs") {
    efforts.fastest = await fewestIterations(fastest, (fit) => fit.objective <= target);
    turns.push({ name: "fastest", run: () => fastest(efforts.fastest) });
  }
  const results = await takeTurns(turns, rounds);
  const row = (theirs, rival, settled, goal) =>
    compared({
      line: `${title}, to +${gap.toExponential(0)} of the optimum`,
      settings: `${settled}; we: ${efforts.ours} iterations`,
      ...{ rival, goal, ours: results.get("ours"), theirs: results.get(theirs) },
    });
  const { epsilon, threads } = efforts.linear;
  const versus = link === "ovr" ? ", one class against the rest" : "";
  const found = [
    row("lbfgs", "scikit-learn", `lbfgs, ${dtype}, ${efforts.lbfgs} iterations`, LBFGS_GOAL),
    row(
      "linear",
      "LIBLINEAR",
      `-s 0 -e ${epsilon} on ${threads} thread${threads === 1 ? "" : "s"}${versus}`,
      LIBLINEAR_GOAL,
    ),
  ];
  if (solver !== "lbfgs") {
    const settled = `${solver}, ${dtype}, ${efforts.fastest} iterations`;
    found.push(row("fastest", "scikit-learn, its fastest", settled, null));
  }
  return found;
}

const DEFAULT_EPSILON = 0.01;

/** The largest tolerance that reaches the target (its default where the objectives differ), with the faster number of threads. */
async function fewestEpsilon(fit, target) {
  let epsilon = target === null ? DEFAULT_EPSILON : 1;
  while (target !== null && (await fit({ epsilon, threads: 1 })).objective > target) {
    epsilon /= 2;
    if (epsilon < 1e-9) throw new Error("LIBLINEAR did not come to the loss");
  }
  const efforts = [1, CORES].map((threads) => ({ epsilon, threads }));
  const runs = [];
  for (const effort of efforts) {
    const pair = [await fit(effort), await fit(effort)];
    runs.push({ effort, seconds: Math.min(...pair.map((run) => run.seconds)) });
  }
  return runs.sort((a, b) => a.seconds - b.seconds)[0].effort;
}

export const r8 = (context) =>
  sparse(context, "r8-like", "sparse like R8: 5,485 × 2^18, 8 classes");
export const hashed = (context) =>
  sparse(context, "hashed-100k", "sparse 100,000 × 2^18, 2 classes");
