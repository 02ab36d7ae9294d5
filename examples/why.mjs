// Why a model says what it says: odds, the reasons of one row, the smallest change that would turn it, what the model needs.
//   node examples/why.mjs
import { importance, partialDependence, readTable, train } from "softmax";

const data = "packages/softmax/data/titanic.csv";
const { classifier, report } = await train(data, { target: "survived" });
const { table } = await readTable(data);
const two = (value) => value.toFixed(2);

console.log("The odds of survival, all else alike:");
for (const { name, steps } of classifier.odds()) {
  for (const { by, from, to, oddsRatios } of steps) {
    if (by === "level") console.log(`  ${name} ${from} → ${to}: ×${two(oddsRatios[0])}`);
  }
}

const passenger = {
  ...{ pclass: 3, sex: "male", age: 30, sibsp: 0, parch: 0, fare: 8.05, embarked: "S" },
};
const { label, confidence, logOdds, intercept, columns } = classifier.explain(passenger);
console.log(`\nA man of 30 in third class: ${label}, ${two(confidence)}`);
for (const { name, contribution } of columns) console.log(`  ${name} ${two(contribution)}`);
const sum = columns.reduce((all, { contribution }) => all + contribution, intercept);
console.log(`  with the intercept ${two(sum)}, the log-odds ${two(logOdds)}`);

const options = { keep: ["sex", "age"], like: table };
const { after, changes, cost } = classifier.counterfactual(passenger, options);
console.log(`\nThe smallest change to ${after.label}, ${two(cost)} deviations:`);
for (const { name, from, to } of changes) console.log(`  ${name} ${from} → ${to}`);

const [most] = importance(classifier, table, { repeats: 5 }).columns;
console.log(
  `\nNeeded most: ${most.name}; shuffled, the log loss grows by ${two(most.logLoss.value)}`,
);
const { points } = partialDependence(classifier, table, "sex");
console.log(points.map(({ value, mean }) => `${value} ${two(mean[1])}`).join(", "));

const [suspect] = report.looks.mislabelled;
console.log(
  `\nLook at row ${suspect.row}: labelled ${suspect.label}, whose probability is ${two(suspect.labelProbability)}`,
);
