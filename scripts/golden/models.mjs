// Makes the models in packages/core/test/fixtures/models/VERSION, which must load and predict the same bits for ever:
//
//   npm run build && node scripts/golden/models.mjs
//
// Run once for each release that changes the model file. What is there already is kept: a released model is never made
// again. Each model NAME.safetensors has a NAME.json: rows, and the bits of their probabilities (float64, hexadecimal)
// as the WebAssembly kernels of that version gave them.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { Classifier, createRandom, sharedKernels, train } from "@softmax/core";

const core = new URL("../../packages/core/", import.meta.url);
const { version } = JSON.parse(readFileSync(new URL("package.json", core), "utf8"));
const folder = new URL(`test/fixtures/models/${version}/`, core);
if (sharedKernels().name !== "wasm")
  throw new Error("the bits are those of the WebAssembly kernels");
mkdirSync(folder, { recursive: true });

const random = createRandom(20);
const noise = () => random.uniform() + random.uniform() + random.uniform() - 1.5;
const one = (items) => items[random.below(items.length)];

/** Rows of every column kind: numbers with gaps and a frequent value, codes, levels rare and odd, booleans, dates. */
function mixed(n, k) {
  return Array.from({ length: n }, (_, i) => {
    const length = random.below(4) === 0 ? 0 : 100 * noise();
    const rooms = random.below(6);
    const town = one(["Åre", "007", "7", "São Paulo", "a,b", "Uppsala", `hamlet ${i}`]);
    const smokes = random.below(3) === 0;
    const bent = length === 0 ? 4 : Math.abs(length) / 20;
    const lean = bent + rooms / 3 + (smokes ? 1 : 0) + (town === "007" ? 2 : 0) + noise() / 2;
    const day = new Date(Date.UTC(2021, random.below(36), 1 + random.below(28), random.below(24)));
    return {
      length: random.below(9) === 0 ? null : length,
      small: 1e-7 * noise(),
      rooms,
      town: random.below(12) === 0 ? null : town,
      smokes: random.below(15) === 0 ? null : smokes,
      seen: random.below(12) === 0 ? null : day.toISOString().slice(0, 16),
      kind: `kind ${i < k ? i : Math.max(0, Math.min(k - 1, Math.floor((lean * k) / 8)))}`,
    };
  });
}

/** Rows as a stranger may send them: values beyond all training, words unheard of, gaps everywhere. */
const strange = [
  { length: 1e300, small: -1e300, rooms: 99, town: "Nowhere", smokes: true, seen: "1971-01-01" },
  {
    length: -0,
    small: 5e-324,
    rooms: 2.5,
    town: " 007 ",
    smokes: "no",
    seen: "2024-02-29 23:59:59",
  },
  { length: null, small: null, rooms: null, town: null, smokes: null, seen: null },
  { length: "3.50", small: "1e-7", rooms: "3", town: 7, smokes: 1, seen: "2022-06-01T12:00+02:00" },
];

function penguins() {
  const path = new URL("../../packages/softmax/data/penguins.csv", import.meta.url);
  const [header, ...lines] = readFileSync(path, "utf8").trim().split("\n");
  const names = header.split(",");
  return lines.map((line) => {
    const cells = line.split(",");
    return Object.fromEntries(names.map((name, at) => [name, cells[at]]));
  });
}

async function make(name, rows, asked, options, change = {}) {
  const path = new URL(`${name}.safetensors`, folder);
  if (existsSync(path)) return console.log(`${name}: kept`);
  const { classifier: trained, report } = await train(rows, options);
  const classifier = new Classifier({ ...trained.model, ...change });
  const probabilities = classifier.probabilities(asked).map(bitsOf);
  const lines = asked.map((row, i) => JSON.stringify({ row, probabilities: probabilities[i] }));
  writeFileSync(path, classifier.save());
  writeFileSync(new URL(`${name}.json`, folder), `[\n${lines.join(",\n")}\n]\n`);
  console.log(`${name}: ${report.choice.encoding}`);
}

function bitsOf(p) {
  const view = new DataView(new ArrayBuffer(8));
  return Array.from(p, (value) => {
    view.setFloat64(0, value);
    return view.getBigUint64(0).toString(16).padStart(16, "0");
  });
}

const two = mixed(160, 2);
await make("two", two, [...two.slice(0, 12), ...strange], { target: "kind" });
const many = mixed(260, 6);
await make("many", many, [...many.slice(0, 12), ...strange], {
  target: "kind",
  classWeights: "balanced",
  categorical: ["rooms"],
});
const birds = penguins();
const options = { target: "species", linear: true };
const softer = { calibrator: { temperature: 1.25, shifts: null } };
await make("penguins", birds, birds.slice(0, 12), options, softer);
