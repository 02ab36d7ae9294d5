// One timed training in a process of its own, for line-times.mjs: JSON in on standard input, JSON out.
//   { file, l2, texts }   the texts' features and one fit on all rows, as the last fit of `train`
//   { file }              all of `train`, with its folds and choices
// The file is JSON: { texts, labels }. Seconds count from the texts in memory to the model, after start-up; `processor`: those of all threads.
import { readFileSync } from "node:fs";
import { train } from "softmax";
import { prepare } from "../../packages/core/dist/classifier/prepare.js";
import { Workbench } from "../../packages/core/dist/classifier/workbench.js";

async function fitOnce(rows, options) {
  const bench = new Workbench(prepare(rows, options), options);
  try {
    const { converged, iterations } = await bench.refit({ shape: 0, l2: options.l2 });
    return { converged, iterations, features: bench.X.csr.width };
  } finally {
    bench.close();
  }
}

async function trainWhole(rows, options) {
  const { report } = await train(rows, options);
  return { encoding: report.choice.encoding, features: report.fit.features };
}

const { file, l2, texts } = JSON.parse(readFileSync(0, "utf8"));
const { texts: read, labels } = JSON.parse(readFileSync(file, "utf8"));
const rows = labels.map((label, i) => ({ label, text: read[i] }));
const options = { target: "label", text: ["text"], ...(l2 === undefined ? {} : { l2, texts }) };
const start = performance.now();
const before = process.cpuUsage();
const result = l2 === undefined ? await trainWhole(rows, options) : await fitOnce(rows, options);
const seconds = (performance.now() - start) / 1000;
const { user, system } = process.cpuUsage(before);
console.log(JSON.stringify({ seconds, processor: (user + system) / 1e6, ...result }));
