import { describe, expect, it } from "vitest";
import { SoftmaxError } from "../../src/base/checks.ts";
import { createRandom } from "../../src/base/random.ts";
import type { Row } from "../../src/base/table.ts";
import { train } from "../../src/classifier/train.ts";

const random = createRandom(4);
const rows: Row[] = Array.from({ length: 6000 }, () => {
  const x = random.uniform() * 6 - 3;
  const y = Math.min(2, Math.max(0, Math.floor(x / 2 + 1.5 + random.uniform() - 0.5)));
  return { x, z: random.uniform(), y: `class ${y}` };
});
const settings = { target: "y", l2: 1e-4, linear: true, calibration: "auto" } as const;

describe("choosing a calibrator among all of them", () => {
  it("lets others run, tells how far it is, and ends with the signal", async () => {
    const stop = new AbortController();
    const told: number[] = [];
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    const training = train(rows, {
      ...settings,
      signal: stop.signal,
      onProgress: ({ doing, fraction }) => {
        if (doing !== "calibrating") return;
        if (told.length === 0) ticks = 0;
        told.push(fraction);
        if (told.length === 3) stop.abort();
      },
    });
    const error = await training.catch((cause: unknown) => cause);
    clearInterval(timer);
    expect(error).toBeInstanceOf(SoftmaxError);
    expect((error as SoftmaxError).code).toBe("aborted");
    expect(told).toHaveLength(3);
    expect(told.toSorted((a, b) => a - b)).toEqual(told);
    expect(told[0]).toBe(0.9);
    expect(told[2]).toBeGreaterThan(told[1]!);
    expect(ticks).toBeGreaterThan(3);
  });
});
