import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { noisyPng, writePhotos } from "./photos.ts";
import { flowing, softmax, workFolder } from "./run.ts";

const folder = workFolder();
const run = (...args: string[]) => softmax([...args, "-q"], { cwd: folder.path });

/** A PNG of 10 × 10 pixels that are dark on the left, or on the right. */
const half = (side: "left" | "right", seed: number): Buffer =>
  noisyPng(10, seed, (x) => (x < 5 === (side === "left") ? 40 : 180));

beforeAll(async () => {
  const kinds = ["left", "right"] as const;
  writePhotos(folder, { name: "photos", kinds, count: 30, column: "side" }, half);
  mkdirSync(folder.at("new"));
  writeFileSync(folder.at("new/a.png"), half("left", 99));
  writeFileSync(folder.at("new/b.png"), half("right", 98));
  writeFileSync(folder.at("more.csv"), "path\nnew/b.png\nnew/a.png\n");
  const pixels = ["--image-features", "pixels"];
  const ran = await run("train", "photos", ...pixels, "-o", "m.st", "-r", "r.html", "-r", "r.json");
  expect([ran.code, ran.err]).toEqual([0, ""]);
  expect(flowing(ran.out).split("\n")[0]).toBe("photos: 60 rows, 3 columns, 60 files in 2 folders");
  expect(ran.out).toContain("Images enter as pixels 10 × 10.");
  expect(ran.out).toMatch(/^pixels\s+image\s+grey, 10 × 10$/m);
  expect(ran.out).toContain("Next: softmax predict m.st NEW/ -o answers.csv");
});

describe("a model of images", () => {
  it("predicts a folder without classes, a file a row", async () => {
    const { code, out } = await run("predict", "m.st", "new");
    expect(code).toBe(0);
    expect(out.split("\n").map((line) => line.split(",").slice(0, 2).join(","))).toEqual([
      "file,prediction",
      "a.png,left",
      "b.png,right",
      "",
    ]);
  });

  it("predicts images whose paths stand in a table", async () => {
    const { code, out } = await run("predict", "m.st", "more.csv", "--images", "path");
    expect(code).toBe(0);
    expect(out).toMatch(/^path,prediction,confidence\nnew\/b\.png,right,[\d.]+\nnew\/a\.png,left,/);
  });

  it("is evaluated on a folder of classes, and knows its own", async () => {
    const { code, out } = await run("evaluate", "m.st", "photos", "--json");
    expect(code).toBe(0);
    const { accuracy, trainedOnTheseRows } = JSON.parse(out);
    expect([accuracy.value, trainedOnTheseRows]).toEqual([1, true]);
  });

  it("is inspected in words", async () => {
    const { out } = await run("inspect", "m.st");
    expect(out).toContain("grey, 10 × 10 pixels");
  });

  it("has the images to look at in its report, and asks nothing else", () => {
    const page = readFileSync(folder.at("r.html"), "utf8");
    expect(page).toContain("img-src data:");
    expect(page).toContain("Images to look at");
    const [, source] = /<img src="([^"]+)"/.exec(page)!;
    expect(source).toMatch(/^data:image\/png;base64,/);
    expect(page.match(/<img [^>]*alt="the image of row \d+"/g)!.length).toBeGreaterThan(3);
    expect(readFileSync(folder.at("r.json"), "utf8")).not.toContain("base64");
  });

  it("is learned from a column of paths, which is no input", async () => {
    const args = ["list.csv", "--images", "path", "-t", "side", "--centroids", "16"];
    const { code, out } = await run("train", ...args, "--image-grid", "2", "-o", "p.st");
    expect(code).toBe(0);
    expect(out).toMatch(/^path\s+ignored/m);
    expect(out).toContain("Ways of taking images that were tried");
    expect(out).toContain("16 kinds of patches, 10 × 10");
  });
});

describe("versions of training images", () => {
  it("are asked for by flags, said in the summary, and no part of the model's encoder", async () => {
    const pixels = ["--image-features", "pixels", "--l2", "0.1"];
    const flags = ["--image-shift", "1", "--image-flip", "vertical", "--image-versions", "4"];
    const { code, out } = await run("train", "photos", ...pixels, ...flags, "-o", "v.st");
    expect(code).toBe(0);
    expect(flowing(out)).toContain(
      "each image is learned from in 4 versions, itself and others shifted by up to 1 pixel or mirrored",
    );
    const { out: answers } = await run("predict", "v.st", "new");
    expect(answers).toMatch(/^file,prediction.*\na\.png,left,.*\nb\.png,right,/);
  });
});

describe("wrong use", () => {
  it.each([
    [["train", "photos", "--image-versions", "3"], 2, "expected --image-shift or --image-flip"],
    [["train", "photos", "--image-flip", "left"], 2, "Allowed choices are horizontal"],
    [["train", "photos", "--centroids", "12"], 2, "--centroids expected a multiple of 8"],
    [["train", "new"], 2, "--target expected the column to predict, got nothing"],
    [["predict", "m.st", "list.csv"], 3, 'lacks the column "pixels"'],
    [["predict", "m.st", "photos", "--sandbox", "1GB"], 3, "a sandbox reads no images yet"],
    [["train", "new/a.png"], 3, "is an image; name the folder that it is in"],
  ])("%j", async (args, code, sentence) => {
    const ran = await run(...args);
    expect(flowing(ran.err)).toContain(sentence);
    expect(ran.code).toBe(code);
  });
});
