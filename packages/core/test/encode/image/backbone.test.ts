import { describe, expect, it } from "vitest";
import { sameBackbone } from "../../../src/base/backbone.ts";
import { checkImage } from "../../../src/encode/image/check.ts";
import {
  type Backbone,
  backboneInput,
  imageColumn,
  type Picture,
  pickTable,
  type Table,
  withFeatures,
} from "../../../src/index.ts";
import { networkInfo } from "./network.ts";

const INFO = networkInfo({
  ...{ width: 2, height: 1, channels: 3, means: [0, 0.5, 1], deviations: [1, 0.5, 2] },
});

/** The network whose features are the first `count` bytes of a picture. */
const firstBytes = (count: number, info = INFO): Backbone => ({
  info,
  features: async (pictures) =>
    pictures.map(({ data }) => Float32Array.from(data.subarray(0, count))),
});

const pictureOf = (...data: number[]): Picture => ({
  ...{ width: data.length, height: 1, channels: 1 },
  data: Uint8Array.from(data),
});

const tableOf = (pictures: readonly Picture[]): Table => ({
  ...{ rows: pictures.length, columns: [], decimal: "." },
  images: [imageColumn("pixels", pictures)],
});

describe("backboneInput", () => {
  const picture: Picture = {
    ...{ width: 2, height: 1, channels: 3 },
    data: Uint8Array.of(255, 51, 0, 0, 255, 102),
  };

  it("puts each channel in a plane of its own, less its mean and by its deviation", () => {
    const wanted = [1, 0, -0.6, 1, -0.5, -0.3];
    expect([...backboneInput(picture, INFO)]).toEqual(wanted.map(Math.fround));
  });

  it("keeps pixels together where the channels come last", () => {
    const wanted = [1, -0.6, -0.5, 0, 1, -0.3];
    const input = backboneInput(picture, { ...INFO, layout: "NHWC" });
    expect([...input]).toEqual(wanted.map(Math.fround));
  });

  it("brings a picture to the network's size and channels", () => {
    const grey = { ...INFO, channels: 1, means: [0], deviations: [1] } as const;
    expect([...backboneInput(pictureOf(0, 0, 255, 255), grey)]).toEqual([0, 1]);
    expect([...backboneInput(pictureOf(51, 51), INFO)]).toEqual(
      [0.2, 0.2, -0.6, -0.6, -0.4, -0.4].map(Math.fround),
    );
  });
});

describe("withFeatures", () => {
  it("gives each picture what the network says of it, which goes where its row goes", async () => {
    const pictures = Array.from({ length: 40 }, (_, row) => pictureOf(row, 2 * row, 9));
    const table = await withFeatures(tableOf(pictures), firstBytes(2));
    const some = pickTable(table, Int32Array.of(39, 0, 17));
    const { features, pictures: kept } = some.images![0];
    expect(features!.info).toBe(INFO);
    expect(features!.rows.map((row) => [...row])).toEqual([
      [39, 78],
      [0, 0],
      [17, 34],
    ]);
    expect(kept[0]).toBe(pictures[39]);
  });

  it.each([
    ["another number", (row: number) => new Float32Array(row === 3 ? 1 : 2), "row 4, column"],
    ["none", () => new Float32Array(0), "expected 1 to 65536 features, got 0"],
    ["too many", () => new Float32Array(65_537), "expected 1 to 65536 features, got 65537"],
    [
      "numbers that are not finite",
      (row: number) => Float32Array.of(row === 17 ? Number.NaN : 0),
      'row 18, column "pixels": the image has features that are no finite numbers',
    ],
  ])("refuses features of %s", async (_, featuresOf, sentence) => {
    let row = 0;
    const features: Backbone["features"] = async (pictures) =>
      pictures.map(() => featuresOf(row++));
    const table = tableOf(Array.from({ length: 20 }, () => pictureOf(1)));
    await expect(withFeatures(table, { info: INFO, features })).rejects.toThrow(sentence);
  });

  it("refuses features of fewer pictures, and ends where the signal says so", async () => {
    const features: Backbone["features"] = async () => [];
    const table = tableOf([pictureOf(1)]);
    await expect(withFeatures(table, { info: INFO, features })).rejects.toThrow(
      "expected features of 1 pictures, got 0",
    );
    const signal = AbortSignal.abort();
    await expect(withFeatures(table, firstBytes(1), { signal })).rejects.toMatchObject({
      code: "aborted",
    });
  });
});

it.each([
  [{ runtime: "test 2" }, true],
  [{ sha256: "b".repeat(64) }, false],
  [{ output: "other" }, false],
  [{ width: 3 }, false],
  [{ height: 3 }, false],
  [{ layout: "NHWC" as const }, false],
  [{ means: [0, 0.5, 0] }, false],
  [{ deviations: [1, 0.5, 1] }, false],
])("of networks that differ in %j, features are as good: %s", (change, same) => {
  expect(sameBackbone(INFO, { ...INFO, ...change })).toBe(same);
});

describe("a model file's network", () => {
  const column = (change: object = {}, info: object = {}): Record<string, unknown> => ({
    ...{ kind: "image", name: "x", width: 2, height: 1, channels: 3, patches: null },
    backbone: { ...INFO, ...info },
    means: Float64Array.of(0, 1),
    deviations: Float64Array.of(1, 2),
    ...change,
  });

  it("is taken as it was written, and nothing beside", () => {
    const read = checkImage(column({}, { stray: 1 }), "x");
    expect(read).toEqual(column());
  });

  it.each([
    [{}, { sha256: "a" }, "an impossible network"],
    [{}, { sha256: "A".repeat(64) }, "an impossible network"],
    [{}, { output: 7 }, "an impossible network"],
    [{}, { runtime: "r".repeat(1025) }, "an impossible network"],
    [{}, { layout: "NWHC" }, "an impossible network"],
    [{}, { channels: 2 }, "an impossible network"],
    [{}, { width: 1025 }, "an impossible network"],
    [{}, { height: 0 }, "an impossible network"],
    [{ backbone: null }, {}, "an impossible network"],
    [{}, { means: [0] }, "a network whose input has an impossible scale"],
    [{}, { means: [0, 0, Number.NaN] }, "a network whose input has an impossible scale"],
    [{}, { deviations: [1, 0, 1] }, "a network whose input has an impossible scale"],
    [{ patches: {} }, {}, "patches beside a network"],
    [{ means: new Float64Array(0) }, {}, "a network without features"],
    [{ means: new Float64Array(65_537) }, {}, "a network without features"],
    [{ deviations: Float64Array.of(1) }, {}, "not 2 finite numbers"],
    [{ deviations: Float64Array.of(1, 0) }, {}, "a deviation that is not above 0"],
  ])("is refused with %j and %j", (change, info, sentence) => {
    if ("backbone" in change) {
      expect(() => checkImage({ ...column(), ...change }, "x")).toThrow(sentence);
    } else expect(() => checkImage(column(change, info), "x")).toThrow(sentence);
  });
});
