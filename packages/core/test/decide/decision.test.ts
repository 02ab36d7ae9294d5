import { expect, test } from "vitest";
import { ARGMAX, decide } from "../../src/decide/decision.ts";

test("decides on the most probable class, the first of equals, alike from logits with −∞", () => {
  const P = Float64Array.of(0.2, 0.4, 0.4, 0, 0, 1, -Infinity, -Infinity, -9);
  expect([...decide(ARGMAX, P, 3)]).toStrictEqual([1, 2, 2]);
});

test("one class is always decided on, and no rows give no labels", () => {
  expect([...decide(ARGMAX, Float64Array.of(1, 1), 1)]).toStrictEqual([0, 0]);
  expect(decide(ARGMAX, new Float64Array(), 3)).toHaveLength(0);
  expect(() => decide(ARGMAX, new Float64Array(4), 3)).toThrow(RangeError);
});
