// Small tables: five folds, deviations of the training rows, everyone on the same folds.
import { takeTurns } from "../../measure.mjs";
import { compared } from "../contest.mjs";
import { setFolder } from "../sets.mjs";

const GOAL = 100;
/** A rival that needs longer for one run has as many runs as fit in this, at least one. */
const PATIENCE_S = 60;

async function table({ stage, rounds, settings, quick }, name) {
  const folder = setFolder(name);
  if (folder === null) throw new Error(`skipped: ${name} is not in ../shared/data`);
  const { rate, steps, brain } = settings[name];
  const [ours, rival] = [stage.start("ours"), stage.start("npm")];
  await Promise.all([ours, rival].map((peer) => peer.call("loadFolds", { folder })));
  for (let warm = 0; warm < 3; warm++) await ours.call("fitFolds");
  const few = (count) => (quick ? Math.ceil(count / 20) : count);
  const logistic = { steps: few(steps), rate };
  const network = { iterations: few(brain.iterations), rate: brain.rate };
  const contest = async (kind, args, rivalName, goal) => {
    const first = await rival.call(kind, args);
    const affordable = Math.max(0, Math.floor(PATIENCE_S / first.seconds));
    const turns = [
      { name: "theirs", run: () => rival.call(kind, args) },
      { name: "ours", run: () => ours.call("fitFolds") },
    ];
    const results = await takeTurns(turns, Math.min(rounds, affordable));
    const own = results.get("ours");
    if (own.length === 0) own.push(await ours.call("fitFolds"));
    const theirs = results.get("theirs").length > 0 ? results.get("theirs") : [first];
    const words = Object.entries(args).map(([key, value]) => `${key} ${value}`);
    return compared({
      line: `${name}, five folds`,
      rival: rivalName,
      settings: `${words.join(", ")}${theirs.length < rounds ? `; ${theirs.length} runs` : ""}`,
      ...{ ours: own, theirs, goal, unit: "ms" },
    });
  };
  return [
    await contest("logistic", logistic, "ml-logistic-regression", GOAL),
    await contest("network", network, "brain.js, no hidden layer", null),
  ];
}

export const iris = (context) => table(context, "iris");
export const digits = (context) => table(context, "digits");
