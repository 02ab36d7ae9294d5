// Largest differences between softmax infer and the references: node bench/infer/agreement.mjs (after a build).
// Stata's results are packages/core/test/model/anes96.stata.csv, statsmodels' come from scripts/golden/infer.py.
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { inferTable } from "softmax";

const root = new URL("../../", import.meta.url);
const path = (name) => fileURLToPath(new URL(name, root));
const golden = JSON.parse(readFileSync(path("packages/core/test/infer/infer.golden.json"), "utf8"));
const bundled = (name) => path(`packages/softmax/data/${name}`);
const german = path("../shared/data/german-credit/german.csv");

const largest = (a, b) => Math.max(...a.map((value, i) => Math.abs(value - b[i])));
const of = (found, key) => found.coefficients.map((one) => one[key]);
const rows = [];
const row = (set, reference, found, exact) => {
  const statistics = found.tests.map(({ likelihoodRatio }) => likelihoodRatio.statistic);
  const digits = (value) => (value === null ? "–" : value.toExponential(1));
  rows.push([
    set,
    reference,
    String(found.parameters),
    digits(largest(of(found, "estimate"), exact.coefficients)),
    digits(largest(of(found, "standardError"), exact.standardErrors)),
    digits(Math.abs(found.logLikelihood - exact.logLikelihood)),
    digits(exact.tests ? largest(statistics, exact.tests) : null),
  ]);
};

const sets = [
  ["titanic", bundled("titanic.csv"), { target: "survived", categorical: ["pclass"] }],
  ["penguins (island)", bundled("penguins.csv"), { target: "island", ignore: ["species"] }],
  ...(existsSync(german)
    ? [["german credit", german, { target: "column21", read: { header: "no" } }]]
    : []),
];

const stata = readFileSync(path("packages/core/test/model/anes96.stata.csv"), "utf8")
  .trim()
  .split("\n")
  .slice(1)
  .map((line) => line.split(","));
const numbers = ["logpopul", "selfLR", "age", "educ", "income"];
const query = `select *, ln(popul::double + 0.1) as logpopul from data`;
const anes = await inferTable(
  { query, files: [bundled("anes96.csv")] },
  { target: "PID", columns: numbers, numeric: numbers },
);
const find = (one) =>
  stata.find(([label, column]) => label === one.class && column === (one.column ?? "const"));
row("ANES96", "Stata", anes, {
  coefficients: anes.coefficients.map((one) => Number(find(one)[2])),
  standardErrors: anes.coefficients.map((one) => Number(find(one)[3])),
  logLikelihood: -1461.922747,
});
for (const [name, file, options] of sets) {
  const exact = golden[name.split(" ")[0]];
  const found = await inferTable(file, options);
  row(name, "statsmodels 0.15", found, {
    ...exact,
    tests: found.tests.map(({ column }) => exact.tests[column].likelihoodRatio),
  });
}
const head =
  "| set | reference | coefficients | of them | standard errors | log-likelihood | LR tests |";
console.log(
  [head, "|---|---|---|---|---|---|---|", ...rows.map((r) => `| ${r.join(" | ")} |`)].join("\n"),
);
