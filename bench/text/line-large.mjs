// Generated documents through the whole process of `softmax train`: time and memory.
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { measureProcess } from "../measure.mjs";
import { here } from "../tables/sources.mjs";
import { writeZipf } from "./zipf.mjs";

const WORDS_EACH = 100;
/** C of the penalty that is given: λ = 1/(C n). */
const C = 10;

/** `how`: "l2" for a given penalty, "defaults" for the path of penalties. */
export async function timeLarge(how, documents) {
  const folder = mkdtempSync(join(tmpdir(), "softmax-large-"));
  try {
    const data = join(folder, "documents.csv");
    writeZipf(data, documents, WORDS_EACH);
    return await measure(how, documents, folder, data);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(how, documents, folder, data) {
  const out = join(folder, "out");
  mkdirSync(out);
  const report = join(out, "report.json");
  const penalty = how === "l2" ? ["--l2", String(1 / (C * documents))] : [];
  const files = ["-o", join(out, "model.safetensors"), "--report", report];
  const args = ["train", data, "--target", "label", "--quiet", ...penalty, ...files];
  const tool = here("../../packages/softmax/bin/softmax.js");
  const command = { name: "`softmax train`", command: process.execPath, args: [tool, ...args] };
  const { seconds, megabytes } = await measureProcess(command);
  const { evaluation, choice, fit } = JSON.parse(readFileSync(report, "utf8"));
  const result = {
    ...{ documents, words: WORDS_EACH, seconds, megabytes, encoding: choice.encoding },
    ...{ l2: choice.l2, features: fit.features, accuracy: evaluation.metrics.accuracy.value },
  };
  console.log(`large, ${how}: ${seconds.toFixed(1)} s, ${megabytes?.toFixed(0) ?? "?"} MB`);
  return result;
}
