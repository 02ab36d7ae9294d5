// Why softmax with log loss is statistically right: where a model can tell groups apart, it predicts what happened in
// them, and in any model with free intercepts the mean probability of a class is its share.
//   node examples/frequencies.mjs
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { fit, predictProbabilities } from "softmax";

const file = fileURLToPath(import.meta.resolve("softmax/data/titanic.csv"));
const [header, ...lines] = readFileSync(file, "utf8").trim().split("\n");
const names = header.split(",");
const rows = lines.map((line) => Object.fromEntries(line.split(",").map((v, j) => [names[j], v])));
const y = rows.map((row) => (row.survived === "yes" ? 1 : 0));

/** The probability of having survived, row by row: every second of n × 2 probabilities. */
const survival = (model, X) => [...predictProbabilities(model, X)].filter((_, i) => i % 2 === 1);
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

// One indicator a group: the model is saturated, so it can give each group a probability of its own.
const groups = [...new Set(rows.map(({ sex, pclass }) => `${sex}, class ${pclass}`))].sort();
const groupOf = rows.map(({ sex, pclass }) => groups.indexOf(`${sex}, class ${pclass}`));
const indicators = groupOf.map((g) => groups.map((_, j) => (j === g ? 1 : 0)));
const saturated = await fit(indicators, y, { l2: 0 });
const predicted = survival(saturated, indicators);

console.log("group            passengers  survived  predicted");
for (const [g, group] of groups.entries()) {
  const members = groupOf.flatMap((of, i) => (of === g ? [i] : []));
  const share = mean(members.map((i) => y[i]));
  const cells = [group.padEnd(17), String(members.length).padStart(10)];
  for (const p of [share, predicted[members[0]]]) cells.push(p.toFixed(6).padStart(10));
  console.log(cells.join(""));
}

// Two numbers a row: far from saturated, and penalised. Only the mean is right.
const stiffRows = rows.map(({ pclass, sibsp }) => [Number(pclass), Number(sibsp)]);
const stiff = await fit(stiffRows, y, { l2: 0.01 });
console.log(`
survived:                                          ${mean(y).toFixed(6)}
mean prediction of the groups:                    ${mean(predicted).toFixed(6)}
mean prediction from class and siblings, λ 0.01:  ${mean(survival(stiff, stiffRows)).toFixed(6)}`);
