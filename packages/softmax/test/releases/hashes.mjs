// Prints SHA-256 of what is learned from tables and matrices made here, with so many threads (the first argument).
import { createHash } from "node:crypto";
import { createRandom, createWasmKernels, fit, train } from "../../../core/dist/index.js";

const threads = Number(process.argv[2] ?? 1);
const random = createRandom(3);
const hash = (bytes) => createHash("sha256").update(bytes).digest("hex");

/** Numbers, levels and gaps; the label leans on some of them. */
function row() {
  const size = random.uniform() * 10 - 5;
  const town = ["Ås", "Lund", "Kiruna", ""][random.below(4)];
  const lean = size + (town === "Lund" ? 2 : 0) + 3 * (random.uniform() - 0.5);
  const kind = lean > 2 ? "large" : lean > -1 ? "middle" : "small";
  return { size: random.below(9) === 0 ? null : size, town, rooms: random.below(6), kind };
}

/** Words, accents, emoji and signs; some lean to a kind. */
function note() {
  const kind = ["large", "middle", "small"][random.below(3)];
  const words = Array.from({ length: 3 + random.below(8) }, () =>
    random.below(4) === 0
      ? `${kind}ness`
      : ["Ünï", "cafe\u0301", "👍🏽!!", "don’t", "3.14", "the"][random.below(6)],
  );
  return { note: random.below(30) === 0 ? null : words.join(" "), kind };
}

function matrix(n, { dense, entries, width, narrow }) {
  const { allocate } = createWasmKernels({ bytes: 2 ** 26 });
  const floats = narrow ? allocate.f32 : allocate.f64;
  const fill = (array, next) => array.set(Float64Array.from(array, next));
  const data = floats(n * dense);
  fill(data, () => random.uniform() - 0.5);
  const values = floats(n * entries);
  fill(values, () => random.uniform());
  const columns = allocate.i32(n * entries);
  fill(columns, () => random.below(width));
  const starts = allocate.i32(n + 1);
  starts.forEach((_, i) => {
    starts[i] = i * entries;
  });
  return {
    rows: n,
    dense: dense === 0 ? null : { width: dense, data },
    codes: null,
    csr: entries === 0 ? null : { width, starts, columns, values },
  };
}

const found = {};
const rows = Array.from({ length: 1500 }, row);
found.table = hash((await train(rows, { target: "kind", threads })).classifier.save());
const texts = Array.from({ length: 400 }, note);
const two = rows.map(({ kind, ...others }) => ({ ...others, kind: kind === "large" }));
found.twoClasses = hash((await train(two, { target: "kind", threads })).classifier.save());
found.texts = hash(
  (await train(texts, { target: "kind", text: ["note"], l2: 1e-3, threads })).classifier.save(),
);
const hashed = { words: [1, 2], characters: [2, 4], weights: "bayes", hashBits: 12 };
found.hashedTexts = hash(
  (
    await train(texts, { target: "kind", text: ["note"], texts: hashed, l2: 1e-3, threads })
  ).classifier.save(),
);
const shapes = {
  dense64: { dense: 20, entries: 0, width: 1, narrow: false },
  dense32: { dense: 40, entries: 0, width: 1, narrow: true },
  sparse: { dense: 0, entries: 9, width: 3000, narrow: true },
};
for (const [name, shape] of Object.entries(shapes)) {
  for (const k of [2, 5, 10]) {
    const X = matrix(3000, shape);
    const y = Int32Array.from({ length: X.rows }, () => random.below(k));
    const { weights, intercepts } = await fit(X, y, { l2: 1e-3, threads, maxIterations: 40 });
    found[`${name}-${k}`] = hash(
      Buffer.concat(
        [weights, intercepts].map((a) => Buffer.from(a.buffer, a.byteOffset, a.byteLength)),
      ),
    );
  }
}
process.stdout.write(JSON.stringify(found));
