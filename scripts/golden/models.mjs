// Makes the models in packages/core/test/fixtures/models/VERSION, which must load and predict the same bits for ever:
//
//   npm run build && node scripts/golden/models.mjs
//
// Run once for each release that changes the model file. What is there already is kept: a released model is never made
// again. Each model NAME.safetensors has a NAME.json: rows, and the bits of their probabilities (float64, hexadecimal)
// as the WebAssembly kernels of that version gave them, and what the model predicts.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { Classifier, createRandom, sharedKernels, shrink, train } from "@softmax/core";

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

/** Texts, in each of which some words are more frequent where it is of one class. */
function texts(n, k) {
  return Array.from({ length: n }, (_, i) => ({
    text: Array.from({ length: 10 }, () =>
      random.below(3) === 0
        ? `own${i % k}x${random.below(4)}`
        : one(["og", "naïve", "of", "the", "日本", "a-b"]),
    ).join(" "),
    kind: `kind ${i % k}`,
  }));
}

async function make(name, rows, asked, options, change = (classifier) => classifier) {
  const path = new URL(`${name}.safetensors`, folder);
  if (existsSync(path)) return console.log(`${name}: kept`);
  const { classifier: trained, report } = await train(rows, options);
  const classifier = change(trained);
  const probabilities = classifier.probabilities(asked).map(bitsOf);
  const predictions = classifier.predict(asked);
  const lines = asked.map((row, i) =>
    JSON.stringify({ row, probabilities: probabilities[i], prediction: predictions[i] }),
  );
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
const softer = ({ model }) =>
  new Classifier({ ...model, calibrator: { temperature: 1.25, shifts: null } });
await make("penguins", birds, birds.slice(0, 12), options, softer);

// Format 2: weights of 8 bits. Format 3: a calibrator that is no temperature, a prior, a decision with abstention, sets.
const small = mixed(240, 3);
const asked = [...small.slice(0, 12), ...strange];
await make("small", small, asked, { target: "kind", l2: 0.01 }, (one) => shrink(one, { bits: 8 }));
await make("deciding", small, asked, {
  target: "kind",
  l2: 0.01,
  calibration: "dirichlet",
  prior: [
    ["kind 0", 0.2],
    ["kind 1", 0.7],
    ["kind 2", 0.1],
  ],
  decide: { costs: [["kind 2", "kind 0", 5]], abstain: { cost: 0.6 } },
  sets: { coverage: 0.8 },
});
await make("crossed", small, asked, {
  target: "kind",
  l2: 0.01,
  calibration: "isotonic",
  decide: { by: "macro-f1" },
  sets: { coverage: 0.8, cvPlus: true },
});
const words = texts(160, 3);
await make(
  "embeddings",
  words,
  [...words.slice(0, 12), { text: "" }, { text: null }, { text: "unheard of own1x2 ".repeat(40) }],
  { target: "kind", text: ["text"], texts: { embeddings: 4, words: [1, 2], epochs: 6 } },
);
