import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { pngOf } from "../../src/report/pictures.ts";
import { edges, node, onnx, value } from "../data/onnx-bytes.ts";
import { noisyPng, writePhotos } from "./photos.ts";
import { flowing, softmax, workFolder } from "./run.ts";

const folder = workFolder();
const run = (...args: string[]) => softmax([...args, "-q"], { cwd: folder.path });

/** A PNG of 12 × 12 pixels with stripes that stand, or lie. */
const stripes = (kind: "stands" | "lies", seed: number): Buffer =>
  noisyPng(12, seed, (x, y) => (((kind === "stands" ? x : y) + seed) % 4 < 2 ? 200 : 0));

beforeAll(async () => {
  writeFileSync(folder.at("net.onnx"), edges());
  writeFileSync(folder.at("other.onnx"), edges(12, 1, 1));
  const kinds = ["stands", "lies"] as const;
  writePhotos(folder, { name: "bars", kinds, count: 24, column: "kind" }, stripes);
  mkdirSync(folder.at("new"));
  for (const [name, kind] of [
    ["a.png", "lies"],
    ["b.png", "stands"],
  ] as const) {
    writeFileSync(folder.at(`new/${name}`), stripes(kind, 77));
  }
  const ran = await run("train", "bars", "--backbone", "net.onnx", "-o", "m.st", "-r", "r.json");
  expect([ran.code, ran.err]).toEqual([0, ""]);
  expect(flowing(ran.out)).toContain('Images enter as 2 features of a network\'s output "means".');
  expect(ran.out).toContain("Next: softmax predict m.st NEW/ --backbone NETWORK.onnx -o");
  expect(
    JSON.parse(readFileSync(folder.at("r.json"), "utf8")).evaluation.metrics.accuracy.value,
  ).toBe(1);
});

describe("a model on a network's features", () => {
  it("predicts, judges and explains with the network beside it", async () => {
    const beside = ["--backbone", "net.onnx"];
    const { out, code } = await run("predict", "m.st", "new", ...beside);
    expect(code).toBe(0);
    expect(out).toMatch(/^file,prediction,confidence\na\.png,lies,[\d.]+\nb\.png,stands,/);
    const judged = await run("evaluate", "m.st", "bars", ...beside, "--json");
    const { accuracy, trainedOnTheseRows } = JSON.parse(judged.out);
    expect([accuracy.value, trainedOnTheseRows]).toEqual([1, true]);
    const explained = await run("explain", "m.st", "new", ...beside);
    expect(explained.out).toMatch(/^row 1: lies/);
  });

  it("is inspected in words, and holds neither the network nor its path", async () => {
    const { out } = await run("inspect", "m.st");
    expect(out).toMatch(
      /^pixels image +2 features of network [0-9a-f]{12}; grey, 12 × 12 pixels$/m,
    );
    expect(out).toMatch(/^network: [0-9a-f]{64}$/m);
    const bytes = readFileSync(folder.at("m.st")).toString("latin1");
    expect(bytes).not.toContain("net.onnx");
    expect(bytes).not.toContain("GlobalAveragePool");
  });

  it("learns from images whose paths stand in a table", async () => {
    const { code, out } = await run(
      ...["train", "list.csv", "--images", "path", "-t", "kind", "--backbone", "net.onnx"],
      ...["-o", "p.st"],
    );
    expect([code, /Images enter as 2 features/.test(out)]).toEqual([0, true]);
  });

  it("names the image of which the network says no numbers", async () => {
    const bright = onnx({
      nodes: [node("ReduceMean", ["x"], ["mean"]), node("Log", ["mean"], ["log"])],
      inputs: [value("x", [1, 1, 12, 12])],
      outputs: [value("log", [1, 1, 1, 1])],
    });
    writeFileSync(folder.at("log.onnx"), bright);
    mkdirSync(folder.at("dark/a"), { recursive: true });
    mkdirSync(folder.at("dark/b"));
    const grey = (level: number) =>
      pngOf({ width: 12, height: 12, channels: 1, data: new Uint8Array(144).fill(level) });
    for (let i = 0; i < 6; i++) {
      writeFileSync(folder.at(`dark/a/${i}.png`), grey(20 + i));
      writeFileSync(folder.at(`dark/b/${i}.png`), grey(i === 2 ? 0 : 200 + i));
    }
    const args = ["train", "dark", "--backbone", "log.onnx", "-o", "d.st"];
    const { code, err } = await run(...args);
    expect(code).toBe(3);
    expect(flowing(err)).toContain(
      "dark/b/2.png: the image has features that are no finite numbers",
    );
    const skipped = await run(...args, "--skip-bad-rows");
    expect(skipped.code).toBe(0);
    expect(skipped.out).toContain("12 files in 2 folders");
  });
});

describe("wrong use", () => {
  const beside = ["--backbone", "net.onnx"];

  it.each<[string[], number, string]>([
    [["predict", "m.st", "new"], 2, "reads images by a network, whose file it does not hold"],
    [["evaluate", "m.st", "bars"], 2, "name it with --backbone"],
    [["predict", "m.st", "new", "--backbone", "other.onnx"], 3, "is not the network of the model"],
    [["predict", "m.st", "new", "--backbone", "none.onnx"], 3, "none.onnx"],
    [["train", "bars", "--backbone", "bars/lies/1.png"], 3, "is no ONNX network"],
    [["train", "bars", ...beside, "--backbone-output", "mean"], 3, 'did you mean "means"?'],
    [["train", "bars", ...beside, "--backbone-size", "9"], 3, "images of 12 pixels a side"],
    [["train", "bars", ...beside, "--backbone-mean", "x"], 2, "expected numbers with commas"],
    [
      ["train", "bars", ...beside, "--image-shift", "1"],
      2,
      "expected no flags of images beside it",
    ],
    [["train", "bars", "--backbone-size", "9"], 2, "expected its file beside them"],
    [["train", "list.csv", "-t", "kind", ...beside], 3, "holds no images for the network to see"],
    [["infer", "list.csv", "-t", "kind", ...beside], 2, "--backbone is for models of images"],
  ])("%j", async (args, code, sentence) => {
    const ran = await run(...args);
    expect(flowing(ran.err)).toContain(sentence);
    expect(ran.code).toBe(code);
  });

  it("names a network for a model that has none", async () => {
    const pixels = ["--image-features", "pixels", "--l2", "0.1"];
    expect((await run("train", "bars", ...pixels, "-o", "x.st")).code).toBe(0);
    const { code, err } = await run("predict", "x.st", "new", ...beside);
    expect([code, flowing(err).includes("trained with a network; leave it out")]).toEqual([
      2,
      true,
    ]);
  });
});
