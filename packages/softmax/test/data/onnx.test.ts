import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import type { BackboneInfo, Picture } from "@softmax/core";
import { describe, expect, it, vi } from "vitest";
import { type BackboneOptions, openBackbone, openSameBackbone } from "../../src/data/onnx.ts";
import { workFolder } from "../cli/run.ts";
import { edges, node, onnx, value, weights } from "./onnx-bytes.ts";

const folder = workFolder();

function fileOf(bytes: Uint8Array): string {
  const path = folder.at(`${createHash("sha256").update(bytes).digest("hex").slice(0, 12)}.onnx`);
  writeFileSync(path, bytes);
  return path;
}

const open = (bytes: Uint8Array, options?: BackboneOptions) => openBackbone(fileOf(bytes), options);

/** Grey, pixel by pixel. */
const picture = (side: number, pixel: (x: number, y: number) => number): Picture => ({
  ...{ width: side, height: side, channels: 1 },
  data: Uint8Array.from({ length: side * side }, (_, at) =>
    pixel(at % side, Math.floor(at / side)),
  ),
});

const ramp = picture(12, (x, y) => x + 10 * y);

/** What `edges` says of a picture: of each kernel the mean over all places of what is above 0. */
function edgesOf({ width, data }: Picture): number[] {
  const at = (x: number, y: number): number => data[y * width + x] / 255;
  const places = width - 2;
  const sums = [0, 0];
  for (let y = 1; y <= places; y++) {
    for (let x = 1; x <= places; x++) {
      let [across, down] = [0, 0];
      for (const t of [-1, 0, 1]) {
        across += at(x + 1, y + t) - at(x - 1, y + t);
        down += at(x + t, y + 1) - at(x + t, y - 1);
      }
      sums[0] += Math.max(0, across);
      sums[1] += Math.max(0, down);
    }
  }
  return sums.map((sum) => sum / (places * places));
}

/** A network that gives its input back, flat. */
const echo = (sizes: readonly (number | string)[], kind = 1): Uint8Array =>
  onnx({
    nodes: [node("Flatten", ["x"], ["flat"])],
    inputs: [value("x", sizes, kind)],
    outputs: [value("flat", ["n", "d"], kind)],
  });

describe("openBackbone", () => {
  it("runs convolutions whose numbers are those of the formula", async () => {
    const bytes = edges();
    const { info, features } = await open(bytes);
    expect(info).toMatchObject({
      sha256: createHash("sha256").update(bytes).digest("hex"),
      output: "means",
      ...{ width: 12, height: 12, channels: 1, layout: "NCHW", means: [0], deviations: [1] },
    });
    expect(info.runtime).toMatch(/^onnxruntime-web \d+\.\d+\.\d+/);
    const noisy = picture(12, (x, y) => (37 * x * x + 91 * y + 13 * x * y) % 256);
    const found = await features([ramp, noisy, ramp]);
    for (const [i, one] of [ramp, noisy].entries()) {
      edgesOf(one).forEach((wanted, j) => expect(found[i][j]).toBeCloseTo(wanted, 5));
    }
    expect(found[2]).toEqual(found[0]);
  });

  it("gives the same bits when pictures are asked for beside each other", async () => {
    const { features } = await open(edges());
    const pictures = Array.from({ length: 6 }, (_, i) => picture(12, (x, y) => (i * x * y) % 256));
    const together = await Promise.all(pictures.map((one) => features([one])));
    expect(together.flat()).toEqual(await features(pictures));
  });

  it.each([
    ["NCHW", [1, 3, 2, 2], [0, 4, 8]],
    ["NHWC", ["n", 2, 2, 3], [9, 10, 11]],
  ] as const)(
    "reads the layout %s and takes off ImageNet's means",
    async (layout, sizes, places) => {
      const { info, features } = await open(echo(sizes));
      expect(info).toMatchObject({ layout, channels: 3 });
      const data = Uint8Array.from({ length: 12 }, (_, at) => (at % 3 === 2 ? 0 : 255));
      const [found] = await features([{ width: 2, height: 2, channels: 3, data }]);
      const wanted = [(1 - 0.485) / 0.229, (1 - 0.456) / 0.224, -0.406 / 0.225];
      wanted.forEach((number, j) => expect(found[places[j]]).toBeCloseTo(number, 5));
    },
  );

  it("takes means and deviations that are said, one for all channels too", async () => {
    const own = { means: [0.5], deviations: [0.5, 1, 2] };
    const { info, features } = await open(echo([1, 3, 1, 1]), own);
    expect(info.means).toEqual([0.5, 0.5, 0.5]);
    const [found] = await features([picture(1, () => 255)]);
    expect([...found]).toEqual([1, 0.5, 0.25]);
  });

  it("takes images of a size that is said where the file leaves it open", async () => {
    const open7 = await open(echo(["n", 1, "h", "w"]), { size: 7 });
    expect(open7.info).toMatchObject({ width: 7, height: 7 });
    expect((await open7.features([ramp]))[0]).toHaveLength(49);
    const same = await openSameBackbone(fileOf(echo(["n", 1, "h", "w"])), open7.info);
    expect(same.info).toEqual(open7.info);
  });

  it("takes the output that is chosen", async () => {
    const two = onnx({
      nodes: [node("Relu", ["x"], ["above"]), node("Neg", ["x"], ["below"])],
      inputs: [value("x", [1, 1, 1, 1])],
      outputs: [value("above", [1, 1, 1, 1]), value("below", [1, 1, 1, 1])],
    });
    const { features } = await open(two, { output: "below" });
    expect([...(await features([picture(1, () => 255)]))[0]]).toEqual([-1]);
    await expect(open(two)).rejects.toThrow(
      'has the outputs "above", "below"; choose one with --backbone-output',
    );
    await expect(open(two, { output: "abov" })).rejects.toThrow(
      'has no output "abov", but "above", "below"; did you mean "above"?',
    );
  });

  it.each<[string, Uint8Array, BackboneOptions, string]>([
    ["no ONNX", Uint8Array.of(1, 2, 3), {}, "is no ONNX network that can be run: "],
    ["cut off", edges().slice(0, 150), {}, "is no ONNX network that can be run: "],
    ["of an open size", echo(["n", 1, "h", "w"]), {}, "say it with --backbone-size"],
    ["of another size", edges(), { size: 9 }, "takes images of 12 pixels a side, not of 9"],
    ["too large", echo([1, 1, 1025, 1]), {}, "1025 pixels a side, more than the 1024"],
    ["of a batch", echo([8, 3, 9, 9]), {}, "got float32 of 8 × 3 × 9 × 9"],
    ["of 4 channels", echo([1, 4, 9, 9]), {}, "got float32 of 1 × 4 × 9 × 9"],
    ["of open channels", echo([1, "c", 9, 9]), {}, "got float32 of 1 × ? × 9 × 9"],
    ["of no images", echo([1, 9]), {}, "got float32 of 1 × 9"],
    ["of bytes", echo([1, 1, 9, 9], 2), {}, "got uint8 of 1 × 1 × 9 × 9"],
    ["of many features", echo([1, 3, 200, 200]), {}, "got float32 of 1 × 120000; choose another"],
    ["of two means", edges(12, 3), { means: [0, 1] }, "takes 3 channels, and 2 means are given"],
  ])("refuses a file %s", async (_, bytes, options, sentence) => {
    await expect(open(bytes, options)).rejects.toThrow(sentence);
    await expect(open(bytes, options)).rejects.toMatchObject({ code: "data" });
  });

  it("refuses networks of several inputs, and those that fail on an image", async () => {
    const sum = onnx({
      nodes: [node("Add", ["a", "b"], ["sum"])],
      inputs: [value("a", [1, 1, 2, 2]), value("b", [1, 1, 2, 2])],
      outputs: [value("sum", [1, 1, 2, 2])],
    });
    await expect(open(sum)).rejects.toThrow("has 2 inputs; a network of images has one");
    const fails = onnx({
      nodes: [node("MatMul", ["x", "w"], ["y"])],
      weights: [weights("w", [5, 2], Array<number>(10).fill(1))],
      inputs: [value("x", [1, 1, "h", "w"])],
      outputs: [value("y", [1, 1, "h", 2])],
    });
    await expect(open(fails, { size: 7 })).rejects.toThrow("is no ONNX network that can be run");
  });

  it.each([
    [{ size: 0 }, '"backbone.size"'],
    [{ means: ["0"] }, '"backbone.means" expected a list of numbers'],
    [{ deviations: [0] }, '"backbone.deviations" expected a list of numbers above 0'],
    [{ outputs: "x" }, "did you mean"],
  ])("is asked for wrongly with %j", async (options, sentence) => {
    await expect(open(edges(), options as BackboneOptions)).rejects.toThrow(sentence);
  });

  it("names a file that is not there", async () => {
    await expect(openBackbone(folder.at("none.onnx"))).rejects.toThrow("none.onnx");
  });
});

describe("openSameBackbone", () => {
  it("refuses another file before it is looked at", async () => {
    const { info } = await open(edges());
    const other: BackboneInfo = { ...info, sha256: "0".repeat(64) };
    await expect(openSameBackbone(fileOf(Uint8Array.of(1)), other)).rejects.toThrow(
      `is not the network of the model: its SHA-256 is ${createHash("sha256").update(Uint8Array.of(1)).digest("hex")}, and the model's ${"0".repeat(64)}`,
    );
  });
});

it("says which package is missing", async () => {
  vi.doMock("onnxruntime-web", () => {
    throw new Error("Cannot find package");
  });
  try {
    await expect(open(edges())).rejects.toThrow("npm install onnxruntime-web");
  } finally {
    vi.doUnmock("onnxruntime-web");
  }
});
