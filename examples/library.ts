// The library's face: train on a file, look at how good it is, predict one row, save, load.
//   npx tsx examples/library.ts, or compile it with tsc
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { Classifier, train } from "softmax";

const penguins = fileURLToPath(import.meta.resolve("softmax/data/penguins.csv"));
const { classifier, report } = await train(penguins, { target: "species" });

const { accuracy, logLoss } = report.evaluation.metrics;
console.log(`${report.evaluation.method}: accuracy ${accuracy.value}, log loss ${logLoss.value}`);

const bird = {
  island: "Biscoe",
  bill_length_mm: 46.5,
  bill_depth_mm: 14.2,
  flipper_length_mm: 214,
  body_mass_g: null,
  sex: "FEMALE",
};
const { label, confidence } = classifier.predict(bird);
console.log(`${label}, ${(100 * confidence).toFixed(1)} % sure`);

await writeFile("penguins.safetensors", classifier.save());
const loaded = await Classifier.load(await readFile("penguins.safetensors"));
console.log(`after saving and loading: ${loaded.predict(bird).label}`);
