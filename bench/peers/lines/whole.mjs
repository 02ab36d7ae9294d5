// The whole process, from a CSV to a model and a report: `softmax train` beside the script that does the same work.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { planFolds } from "../../../packages/core/dist/classifier/folds.js";
import { HOLD_OUT_ABOVE } from "../../../packages/core/dist/classifier/prepare.js";
import { measureProcess, median, takeTurns } from "../../measure.mjs";
import { dataFolder } from "../../tables/sources.mjs";
import { ourCommand, scikitCommand } from "../../tables/whole.mjs";
import { CORES, compared, limited } from "../contest.mjs";
import { cacheFolder, python, rivalEnvironment } from "../setup.mjs";

const GOAL = 3;
const REPEATED = 30;

function adultFile() {
  const file = `${dataFolder}adult/adult.data.gz`;
  if (!existsSync(file)) throw new Error("skipped: adult is not in ../shared/data");
  return file;
}

async function whole({ rounds, line, data, contestants }) {
  const out = `${cacheFolder}whole`;
  mkdirSync(out, { recursive: true });
  const ours = ourCommand(data, out);
  const theirs = contestants.map((settings) => ({
    ...scikitCommand(python, data, out, settings),
    env: rivalEnvironment,
  }));
  const turns = [ours, ...theirs].map((one) => ({
    name: one.name,
    run: async () => ({ ...(await measureProcess(one)), heldOut: heldOutLoss(out, one === ours) }),
  }));
  const results = await takeTurns(turns, rounds);
  const own = results.get(ours.name);
  return theirs.flatMap(({ name }) => {
    const runs = results.get(name);
    const settings = name.replace("scikit-learn, ", "");
    const time = compared({
      ...{ line: `${line}, whole process`, rival: "scikit-learn", settings },
      ...{ ours: own, theirs: runs, goal: GOAL },
    });
    return [time, lessMemory(line, settings, own, runs)];
  });
}

/** The log loss of rows that the model never saw, as the report in `out` tells it. */
function heldOutLoss(out, ours) {
  const report = JSON.parse(readFileSync(`${out}/${ours ? "ours" : "report"}.json`, "utf8"));
  return ours ? report.evaluation.metrics.logLoss.value : report.logLoss;
}

function lessMemory(line, settings, own, theirs) {
  const atMost = Math.round(median(theirs.map((run) => run.megabytes)));
  return limited({
    line: `${line}, whole process, peak memory`,
    settings: `goal: that of scikit-learn, ${settings}`,
    ...{ values: own.map((run) => run.megabytes), unit: "MB", atMost },
  });
}

export function adult({ rounds, quick }) {
  const contestants = [
    { solver: "lbfgs", jobs: CORES },
    { solver: "newton-cholesky", jobs: CORES },
  ];
  const chosen = quick ? contestants.slice(1) : contestants;
  return whole({ rounds, line: "adult", data: adultFile(), contestants: chosen });
}

/**
 * A million rows: instead of folds the rows that `softmax train` sets aside are judged, for both. The rival takes minutes, so there
 * are fewer turns.
 */
export function adult30({ rounds, quick }) {
  const file = adultFile();
  const data = `${cacheFolder}adult-30.csv`;
  const times = quick ? 2 : REPEATED;
  const rows = gunzipSync(readFileSync(file)).toString("latin1").trimEnd();
  writeFileSync(data, `${rows}\n`.repeat(times), "latin1");
  const isRich = rows.split("\n").map((row) => Number(row.trimEnd().endsWith(">50K")));
  const judged = `${cacheFolder}adult-30-parts.i32`;
  writeFileSync(judged, partsOf(Array.from({ length: times }, () => isRich).flat()));
  const contestants = [{ solver: "newton-cholesky", jobs: CORES, more: ["--hold-out", judged] }];
  const line = `adult ${times} times`;
  return whole({ rounds: Math.min(rounds, 1), line, data, contestants });
}

/** Of each row of two classes the part it is judged in by the tool's defaults, -1 for none, as int32. */
function partsOf(classes) {
  const y = Int32Array.from(classes);
  const plain = { group: null, time: null, seed: 1, folds: 5, holdOutAbove: HOLD_OUT_ABOVE };
  return new Uint8Array(planFolds({ y, k: 2, ...plain }).partOf.buffer);
}

/** Longest that the event loop waits while `train` works on adult. */
export async function delay({ stage, rounds, quick }) {
  const peer = stage.start("ours");
  const file = adultFile();
  const options = { target: -1, read: { header: "no" }, ...(quick ? { linear: true } : {}) };
  const turns = [{ name: "train", run: () => peer.call("loopDelay", { file, options }) }];
  const results = await takeTurns(turns, Math.min(rounds, 3));
  const values = results.get("train").map(({ longest }) => longest);
  const line = "event loop's longest wait, `train` on adult";
  return [limited({ line, settings: "", values, unit: "ms", atMost: 50 })];
}
