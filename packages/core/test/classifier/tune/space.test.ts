import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkTrainOptions, type TrainOptions } from "../../../src/classifier/options.ts";
import type { TunedOptions } from "../../../src/classifier/tune/report.ts";
import { keyOf, spaceOf, withTuned } from "../../../src/classifier/tune/space.ts";
import type { ColumnKind } from "../../../src/encode/schema.ts";

const TABLES: Readonly<Record<string, readonly ColumnKind[]>> = {
  numbers: ["numeric"],
  mixed: ["numeric", "categorical"],
  levels: ["categorical"],
  texts: ["text"],
  "texts and numbers": ["text", "numeric"],
  images: ["image"],
};

/** The first so many ways of a space, each near the one before. */
function drawn(kinds: readonly ColumnKind[], options: TrainOptions, count: number): TunedOptions[] {
  const space = spaceOf(options, { kinds: new Set(kinds), rows: 1000, classes: 2 });
  const all: TunedOptions[] = [];
  while (all.length < count) {
    const next = space.next(all.at(-1) ?? {});
    if (next === null) break;
    all.push(next);
  }
  return all;
}

describe("the ways of training that are tried", () => {
  it.each(Object.entries(TABLES))(
    "on %s are options of train, and none comes twice",
    (_, kinds) => {
      fc.assert(
        fc.property(fc.nat(1000), (seed) => {
          const all = drawn(kinds, { target: "y", seed }, 60);
          for (const tuned of all) checkTrainOptions(withTuned({ target: "y", seed }, tuned));
          expect(new Set(all.map(keyOf)).size).toBe(all.length);
          expect(all.map(keyOf)).not.toContain("{}");
        }),
        { numRuns: 20 },
      );
    },
  );

  it("never change what was said", () => {
    const said: TrainOptions = {
      target: "y",
      linear: false,
      hidden: [16],
      dropout: 0.1,
      batchSize: 32,
      calibration: "beta",
      images: { patch: 5 },
    };
    const all = drawn(["numeric", "image"], said, 80);
    expect(all.length).toBe(80);
    for (const tuned of all) {
      const own = withTuned(said, tuned);
      expect(own).toMatchObject({ linear: false, hidden: [16], dropout: 0.1, batchSize: 32 });
      expect([own.calibration, own.images?.patch]).toEqual(["beta", 5]);
    }
  });

  it.each<[string, Partial<TrainOptions>]>([
    ["a penalty", { l2: 0.1 }],
    ["an optimiser", { optimizer: "adam" }],
    ["focal loss", { loss: "focal" }],
    ["a share of L1", { l1Ratio: 0.5 }],
  ])("have no hidden layers beside %s, which is of linear models", (_, said) => {
    const all = drawn(["numeric", "categorical"], { target: "y", ...said }, 30);
    expect(all.filter(({ hidden }) => hidden !== undefined)).toEqual([]);
  });

  it("come to an end where all is said", () => {
    const said: TrainOptions = {
      target: "y",
      linear: true,
      l2: 1,
      l1Ratio: 0,
      calibration: "none",
    };
    expect(drawn(["numeric"], said, 10)).toEqual([]);
  });

  it("have no slow ways of calibrating where rows and classes are many", () => {
    const many = { kinds: new Set<ColumnKind>(["numeric"]), rows: 20_000, classes: 26 };
    const space = spaceOf({ target: "y" }, many);
    const all = Array.from({ length: 40 }, () => space.next({}));
    expect(all.filter((tuned) => tuned?.calibration !== undefined)).toEqual([]);
  });

  it("are the same for the same seed, and others for another", () => {
    const keys = (seed: number): string[] =>
      drawn(["numeric"], { target: "y", seed }, 40).map(keyOf);
    expect(keys(3)).toEqual(keys(3));
    expect(keys(4)).not.toEqual(keys(3));
  });
});
