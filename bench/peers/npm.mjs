// npm's small rivals as contestants: ml-logistic-regression and brain.js, on the folds of a small table.
import brain from "brain.js";
import LogisticRegression from "ml-logistic-regression";
import { Matrix } from "ml-matrix";
import { foldsOf, outOfFoldLoss } from "./folds.mjs";
import { serve, timed } from "./serve.mjs";
import { readMeta } from "./sets.mjs";

let folds = null;
let classes = 0;

const withOne = (X) => new Matrix(X.map((row) => [...row, 1]));

/** One against the rest by gradient descent; it has no intercept, so the rows end in a 1. */
async function logistic({ steps, rate }) {
  const models = [];
  const inputs = folds.map(({ train }) => [withOne(train.X), Matrix.columnVector(train.y)]);
  const { seconds } = await timed(() => {
    for (const [X, y] of inputs) {
      const model = new LogisticRegression({ numSteps: steps, learningRate: rate });
      model.train(X, y);
      models.push(model);
    }
  });
  const probabilities = folds.map(({ test }, f) => {
    const X = withOne(test.X);
    const against = models[f].classifiers.map((one) => one.testScores(X));
    return scaled(test.y.length, (i, c) => 1 - against[c][i]);
  });
  return { seconds, heldOut: outOfFoldLoss(folds, probabilities, classes) };
}

/** A network without hidden layers: logistic outputs, squared error. */
async function network({ iterations, rate }) {
  const models = [];
  const inputs = folds.map(({ train }) =>
    train.X.map((input, i) => ({ input, output: unit(train.y[i]) })),
  );
  const { seconds } = await timed(() => {
    for (const rows of inputs) {
      const model = new brain.NeuralNetwork({ hiddenLayers: [], activation: "sigmoid" });
      model.train(rows, { iterations, learningRate: rate, errorThresh: 1e-9 });
      models.push(model);
    }
  });
  const probabilities = folds.map(({ test }, f) => {
    const outputs = test.X.map((row) => models[f].run(row));
    return scaled(test.y.length, (i, c) => outputs[i][c]);
  });
  return { seconds, heldOut: outOfFoldLoss(folds, probabilities, classes) };
}

const unit = (c) => Array.from({ length: classes }, (_, other) => (other === c ? 1 : 0));

/** n×k shares: scores of independent classes, scaled to sum to 1. */
function scaled(n, score) {
  const P = new Float64Array(n * classes);
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let c = 0; c < classes; c++) sum += P[i * classes + c] = score(i, c);
    for (let c = 0; c < classes; c++) P[i * classes + c] /= sum;
  }
  return P;
}

await serve({
  loadFolds({ folder }) {
    folds = foldsOf(folder);
    classes = readMeta(folder).classes;
  },
  logistic,
  network,
});
