// Rows of 8 features, of which about two in five are among the 6 that go with their class.
import { createRandom } from "../../packages/core/dist/index.js";

const FEATURES = 3000;
const ENTRIES = 8;
const OWN = 6;

function draw(n, classes, seed) {
  const random = createRandom(seed);
  const y = Int32Array.from({ length: n }, () => random.below(classes));
  const columns = Int32Array.from({ length: n * ENTRIES }, (_, e) => {
    const c = y[Math.floor(e / ENTRIES)];
    if (random.uniform() >= 0.4) return random.below(FEATURES);
    return (37 * (OWN * c + random.below(OWN))) % FEATURES;
  });
  const starts = Int32Array.from({ length: n + 1 }, (_, i) => ENTRIES * i);
  const values = new Float32Array(columns.length).fill(1 / ENTRIES);
  const csr = { width: FEATURES, starts, columns, values };
  return { X: { rows: n, dense: null, codes: null, csr }, y };
}

export const manyClasses = (classes = 1000) => ({
  classes,
  rows: draw(30_000, classes, 1),
  judged: draw(4000, classes, 2),
});
