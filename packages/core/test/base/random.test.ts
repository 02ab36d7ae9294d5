import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { createRandom, shuffle } from "../../src/base/random.ts";

/** Made by scripts/golden/random.py. */
const golden: {
  seed: number;
  uint32: number[];
  uniform: number[];
  below: number[];
  shuffled: number[];
}[] = JSON.parse(readFileSync(new URL("./random.golden.json", import.meta.url), "utf8"));

const BOUNDS = [1, 2, 3, 10, 3 * 2 ** 30, 2 ** 31 + 1, 2 ** 32];

describe.each(golden)("the random numbers of seed $seed", (known) => {
  test("are those of xoshiro128**", () => {
    const random = createRandom(known.seed);
    expect(known.uint32.map(() => random.uint32())).toStrictEqual(known.uint32);
  });

  test("are uniform numbers, numbers below a bound and shuffles as specified", () => {
    const random = createRandom(known.seed);
    expect(known.uniform.map(() => random.uniform())).toStrictEqual(known.uniform);
    const below = known.below.map((_, i) => random.below(BOUNDS[i % BOUNDS.length]));
    expect(below).toStrictEqual(known.below);
    const items = Int32Array.from(known.shuffled, (_, i) => i);
    expect(shuffle(items, random)).toBe(items);
    expect([...items]).toStrictEqual(known.shuffled);
  });
});

test("below draws again instead of favouring small numbers", () => {
  const [drawn, raw] = [createRandom(5), createRandom(5)];
  const bound = 3 * 2 ** 30;
  const fair = Array.from({ length: 400 }, () => raw.uint32()).filter((draw) => draw < bound);
  expect(fair.length).toBeLessThan(340);
  expect(fair.map(() => drawn.below(bound))).toStrictEqual(fair);
});

test("shuffle leaves nothing and one thing as they are, without a draw", () => {
  const random = createRandom(9);
  expect(shuffle([], random)).toStrictEqual([]);
  expect(shuffle([7], random)).toStrictEqual([7]);
  expect(random.uint32()).toBe(createRandom(9).uint32());
});
