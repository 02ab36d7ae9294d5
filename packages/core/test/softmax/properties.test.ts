import { expect, test } from "vitest";
import {
  argmax,
  createRandom,
  entropy,
  klDivergence,
  logSoftmax,
  type Random,
  sigmoid,
  softmax,
  sparsemax,
  topK,
} from "../../src/index.ts";

const SCALES = [1e-6, 1, 5, 50, 1e4];
const TEMPERATURES = [1, 1, 1, 0.01, 0.5, 3, 1000];

/** A row with ties, and sometimes −∞, of dyadic numbers: adding an integer to them is exact. */
function generate(random: Random): { z: number[]; temperature: number } {
  const k = random.below(20) === 0 ? 1 + random.below(60) : 1 + random.below(7);
  const scale = SCALES[random.below(SCALES.length)];
  const temperature = TEMPERATURES[random.below(TEMPERATURES.length)];
  const z = Array.from({ length: k }, () => {
    if (random.below(30) === 0) return Number.NEGATIVE_INFINITY;
    return Math.round((random.uniform() - 0.5) * scale * 1024) / 1024;
  });
  return { z, temperature };
}

const sumOf = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((sum, value) => sum + value, 0);

/** Throws outside of expect, which would take longer than what it looks at. */
function check(holds: boolean, what: string, z: readonly number[], temperature: number): void {
  if (!holds) throw new Error(`${what}: [${z.join(", ")}] at T = ${temperature}`);
}

test("100,000 generated rows: sums, shift, permutation, order, and agreement of the family", () => {
  const random = createRandom(20260103);
  for (let run = 0; run < 100_000; run++) {
    const { z, temperature } = generate(random);
    const holds = (what: string, truth: boolean): void => check(truth, what, z, temperature);
    const p = softmax(z, { temperature });
    const top = argmax(z);
    holds("Σp is 1", Math.abs(sumOf(p) - (top < 0 ? 0 : 1)) <= 1e-12);

    const moved = softmax(
      z.map((value) => value + 4096),
      { temperature },
    );
    holds(
      "a shift changes no bit",
      p.every((value, c) => value === moved[c]),
    );

    const turned = softmax([...z.slice(1), z[0]], { temperature });
    holds(
      "a permutation permutes",
      p.every((value, c) => Math.abs(value - turned.at(c - 1)!) <= 4.5e-16 * value),
    );

    const order = topK(z, z.length);
    for (let r = 1; r < order.length && order[r] >= 0; r++) {
      holds("order is kept", p[order[r]] <= p[order[r - 1]]);
    }

    const logP = logSoftmax(z, { temperature });
    holds(
      "log softmax is its logarithm",
      logP.every((value, c) => {
        const log = Math.log(p[c]);
        return p[c] < 1e-300 ? value <= -690 : Math.abs(value - log) <= 1e-15 * (1 - log);
      }),
    );
  }
}, 60_000);

test("10,000 generated rows of float32: Σp is 1 within 1e-6, and z's kind comes out", () => {
  const random = createRandom(5);
  for (let run = 0; run < 10_000; run++) {
    const { z, temperature } = generate(random);
    const p = softmax(Float32Array.from(z), { temperature });
    check(p instanceof Float32Array, "kind", z, temperature);
    check(Math.abs(sumOf(p) - (argmax(z) < 0 ? 0 : 1)) <= 1e-6, "Σp is 1", z, temperature);
  }
});

test("two classes are the sigmoid of the difference", () => {
  const random = createRandom(6);
  for (let run = 0; run < 10_000; run++) {
    const [a, b] = [random.uniform() * 80 - 40, random.uniform() * 80 - 40];
    const p = softmax([a, b])[1];
    expect(Math.abs(p - sigmoid(b - a))).toBeLessThanOrEqual(1e-14 * p);
  }
});

test("temperatures towards 0 and ∞ approach the limits", () => {
  const z = [1, 3, 2, 3];
  expect(softmax(z, { temperature: 1e-3 })).toEqual(softmax(z, { temperature: 0 }));
  const flat = softmax(z, { temperature: 1e18 });
  expect(flat).toEqual(softmax(z, { temperature: Number.POSITIVE_INFINITY }));
});

test("sparsemax is no further from z than any other distribution", () => {
  const random = createRandom(8);
  const distance = (a: number[], b: number[]): number =>
    a.reduce((sum, value, c) => sum + (value - b[c]) * (value - b[c]), 0);
  for (let run = 0; run < 1000; run++) {
    const z = Array.from({ length: 5 }, () => 3 * random.uniform());
    const other = softmax(Array.from({ length: 5 }, () => 6 * random.uniform()));
    expect(distance(sparsemax(z), z)).toBeLessThanOrEqual(distance(other, z) + 1e-15);
  }
});

test("divergence is not negative, 0 only for equals, and log k less entropy against uniform", () => {
  const random = createRandom(9);
  for (let run = 0; run < 1000; run++) {
    const draw = (): number[] => softmax(Array.from({ length: 6 }, () => 5 * random.uniform()));
    const [p, q] = [draw(), draw()];
    expect(klDivergence(p, q)).toBeGreaterThan(0);
    const uniform = new Array<number>(6).fill(1 / 6);
    expect(klDivergence(p, uniform)).toBeCloseTo(Math.log(6) - entropy(p), 14);
    const near = p.map((value) => value * (1 + 1e-9 * (random.uniform() - 0.5)));
    expect(klDivergence(p, near)).toBeLessThan(1e-9);
  }
});
