// Runs unchanged in Node, in Node without WebAssembly, and in a page: what each answers is compared.
import { Classifier, train } from "@softmax/core";

/** What the model says of each row. */
export async function answers(bytes, rows) {
  const classifier = await Classifier.load(bytes);
  return {
    webAssembly: typeof WebAssembly === "object",
    isolated: globalThis.crossOriginIsolated ?? null,
    classes: [...classifier.classes],
    labels: rows.map((row) => classifier.predict(row).label),
    probabilities: classifier.probabilities(rows).map((p) => [...p]),
  };
}

/** The model file that training on `rows` with so many threads gives, in hexadecimal. */
export async function trained(rows, threads) {
  const { classifier } = await train(rows, { target: "species", threads });
  return [...classifier.save()].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
