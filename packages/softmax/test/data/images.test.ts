import { mkdirSync, mkdtempSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Table } from "@softmax/core";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { readTable } from "../../src/data/read.ts";
import { pngOf } from "../../src/report/pictures.ts";

const folder = (): string => mkdtempSync(join(tmpdir(), "softmax-images-"));

const grey = (width: number, height: number, data: readonly number[]): Buffer =>
  pngOf({ width, height, channels: 1, data: Uint8Array.from(data) });
const colour = (width: number, height: number, data: readonly number[]): Buffer =>
  pngOf({ width, height, channels: 3, data: Uint8Array.from(data) });

/** Files by their paths below a new folder. */
function filesIn(files: Readonly<Record<string, Uint8Array | string>>): string {
  const root = folder();
  for (const [path, bytes] of Object.entries(files)) {
    mkdirSync(join(root, path, ".."), { recursive: true });
    writeFileSync(join(root, path), bytes);
  }
  return root;
}

const picturesOf = ({ images }: Table) => images![0].pictures;
const textsOf = ({ columns }: Table, name: string): (string | null)[] => {
  const column = columns.find((one) => one.name === name);
  if (column?.kind !== "text") throw new Error(`no column of texts ${name}`);
  return Array.from(column.codes, (code) => (code < 0 ? null : column.dictionary[code]));
};

describe("a folder of images", () => {
  it("is a folder a class, an image a row", async () => {
    const root = filesIn({
      "cat/b.png": grey(2, 1, [1, 2]),
      "cat/deep/a.png": colour(1, 1, [9, 8, 7]),
      "dog/c.png": grey(1, 2, [3, 4]),
      "dog/notes.txt": "no image",
      "dog/.hidden.png": "hidden",
    });
    const { table, target, remarks, dialect, ledger } = await readTable(root);
    expect(target).toBe("label");
    expect(textsOf(table, "label")).toEqual(["cat", "cat", "dog"]);
    expect(textsOf(table, "file")).toEqual(["cat/b.png", "cat/deep/a.png", "dog/c.png"]);
    expect(picturesOf(table)).toEqual([
      { width: 2, height: 1, channels: 1, data: Uint8Array.of(1, 2) },
      { width: 1, height: 1, channels: 3, data: Uint8Array.of(9, 8, 7) },
      { width: 1, height: 2, channels: 1, data: Uint8Array.of(3, 4) },
    ]);
    expect(remarks).toEqual(["files that are no images are left out: 1"]);
    expect(dialect).toMatchObject({ format: "images", files: { count: 4, folders: 2 } });
    expect(ledger).toMatchObject({ read: 3, rejected: 0 });
  });

  it("without classes is images alone", async () => {
    const root = filesIn({ "b.png": grey(1, 1, [1]), "a.png": grey(1, 1, [2]) });
    const { table, target } = await readTable(root);
    expect(target).toBeUndefined();
    expect(table.columns.map(({ name }) => name)).toEqual(["file"]);
    expect(textsOf(table, "file")).toEqual(["a.png", "b.png"]);
  });

  it("is known by its files' bytes where names say nothing", async () => {
    const root = filesIn({ "a/1": grey(1, 1, [1]), "b/1": grey(1, 1, [2]) });
    expect(picturesOf((await readTable(root)).table).length).toBe(2);
  });

  it("names a broken image, or counts it where such are to be left out", async () => {
    const whole = grey(8, 8, Array(64).fill(5));
    const root = filesIn({
      "a/whole.png": whole,
      "a/cut.png": whole.subarray(0, whole.length - 20),
      "b/text.jpg": "not an image",
    });
    await expect(readTable(root)).rejects.toThrow(
      /cut\.png: the image cannot be decoded \(.+\); mend the file, or leave such files out/,
    );
    const { table, ledger } = await readTable(root, { skipBadRows: true });
    expect(table.rows).toBe(1);
    expect(ledger).toMatchObject({ read: 3, rejected: 2 });
    expect(ledger.rejects[1].reason).toContain("it begins as no PNG, JPEG or WebP image does");
    expect(ledger.rejects[1].text).toContain("text.jpg");
  });

  it("leaves a file of more bytes than an image may have unread, and says so", async () => {
    const root = filesIn({ "a/1.png": grey(1, 1, [1]), "a/2.png": "" });
    truncateSync(join(root, "a/2.png"), 2 ** 28 + 1);
    await expect(readTable(root)).rejects.toThrow(
      "2.png: the image has 268435457 bytes, more than the 268435456 that can be read",
    );
  });

  it("refuses more pixels than are allowed by what the header says", async () => {
    const blank = { width: 1100, height: 1000, channels: 3, background: "#000" } as const;
    const bomb = await sharp({ create: blank }).png().toBuffer();
    expect(bomb.length).toBeLessThan(100_000);
    const root = filesIn({ "a/1.png": bomb, "b/1.png": grey(1, 1, [1]) });
    await expect(readTable(root, { maxPixels: 1_000_000 })).rejects.toThrow(
      "1.png: the image has 1100 × 1000 pixels, more than the 1000000 that are decoded (--max-pixels)",
    );
    const held = picturesOf((await readTable(root)).table)[0];
    expect([held.width, held.height]).toEqual([128, 116]);
  });
});

describe("a decoded image", () => {
  const only = async (bytes: Uint8Array, name = "1.png") =>
    picturesOf((await readTable(filesIn({ [`a/${name}`]: bytes }))).table)[0];

  it.each([
    [1, [1, 2]],
    [3, [2, 1]],
    [6, [1, 2]],
    [8, [2, 1]],
  ])("is turned as its EXIF orientation %i says", async (orientation, expected) => {
    const raw = { width: 2, height: 1, channels: 3 } as const;
    const pixels = Buffer.from([10, 10, 10, 200, 200, 200]);
    const bytes = await sharp(pixels, { raw }).withMetadata({ orientation }).png().toBuffer();
    const { width, height, data } = await only(bytes);
    expect([width, height]).toEqual(orientation < 5 ? [2, 1] : [1, 2]);
    expect([...data].map((x) => (x < 100 ? 1 : 2))).toEqual(expected);
  });

  it("stands over white where it is transparent", async () => {
    const raw = { width: 2, height: 1, channels: 4 } as const;
    const pixels = Buffer.from([255, 0, 0, 255, 255, 0, 0, 0]);
    const { data } = await only(await sharp(pixels, { raw }).png().toBuffer());
    expect([...data]).toEqual([255, 0, 0, 255, 255, 255]);
  });

  it("is grey where it has 16 bits of grey, and of JPEG and WebP too", async () => {
    const flat = { width: 16, height: 16, channels: 3, background: "#808080" } as const;
    const image = sharp({ create: flat });
    const deep = await image.clone().toColourspace("grey16").png().toBuffer();
    for (const bytes of [
      deep,
      await image.clone().jpeg().toBuffer(),
      await image.clone().webp({ lossless: true }).toBuffer(),
    ]) {
      const { channels, data } = await only(bytes);
      expect(channels).toBe(1);
      expect(Math.abs(data[0] - 128)).toBeLessThanOrEqual(1);
    }
  });
});

describe("an IDX file", () => {
  const sizes = (...list: number[]): number[] =>
    list.flatMap((n) => [n >>> 24, (n >> 16) & 255, (n >> 8) & 255, n & 255]);
  const images = Buffer.from([0, 0, 8, 3, ...sizes(2, 1, 3), 1, 2, 3, 4, 5, 6]);
  const labels = Buffer.from([0, 0, 8, 1, ...sizes(2), 7, 0]);

  it("is read with the labels beside it, packed or not", async () => {
    const root = filesIn({
      "t10k-images-idx3-ubyte.gz": gzipSync(images),
      "t10k-labels-idx1-ubyte": labels,
    });
    const { table, target, dialect } = await readTable(join(root, "t10k-images-idx3-ubyte.gz"));
    expect(target).toBe("label");
    expect(textsOf(table, "label")).toEqual(["7", "0"]);
    expect(picturesOf(table)[1]).toEqual({
      ...{ width: 3, height: 1, channels: 1 },
      data: Uint8Array.of(4, 5, 6),
    });
    expect(dialect).toMatchObject({ format: "idx", compression: "gzip" });
  });

  it("is read with the labels that are named, or with none", async () => {
    const root = filesIn({ images, names: labels });
    const named = await readTable(join(root, "images"), { labels: join(root, "names") });
    expect(textsOf(named.table, "label")).toEqual(["7", "0"]);
    const { table, target } = await readTable(join(root, "images"));
    expect(table.columns).toEqual([]);
    expect(target).toBeUndefined();
  });

  it("is refused where its sizes are not those of its bytes", async () => {
    const root = filesIn({
      cut: images.subarray(0, 20),
      huge: Buffer.from([0, 0, 8, 3, ...sizes(2 ** 31, 2 ** 31, 2 ** 31)]),
      images,
      short: Buffer.from([0, 0, 8, 1, ...sizes(1), 7]),
      wrong: "words",
    });
    const read = (name: string, options = {}) => readTable(join(root, name), options);
    await expect(read("cut")).rejects.toThrow("says that it holds 2 × 1 × 3 bytes, and holds 4");
    await expect(read("huge")).rejects.toThrow("and holds 0; fetch it again");
    const other = (name: string) => read("images", { labels: join(root, name) });
    await expect(other("short")).rejects.toThrow("short holds 1 label for 2 images");
    await expect(other("wrong")).rejects.toThrow("wrong is no IDX file of bytes with 1 size");
  });
});

describe("a column of paths", () => {
  it("is read relative to the folder of the table", async () => {
    const root = filesIn({
      "table.csv": "photo,kind\npics/a.png,x\npics/a.png,y\npics/b.png,x\n",
      "pics/a.png": grey(1, 1, [1]),
      "pics/b.png": grey(1, 1, [2]),
    });
    const { table } = await readTable(join(root, "table.csv"), { images: "photo" });
    expect(picturesOf(table).map(({ data }) => data[0])).toEqual([1, 1, 2]);
    expect(textsOf(table, "photo")).toEqual(["pics/a.png", "pics/a.png", "pics/b.png"]);
  });

  it("leads to no file outside that folder, by no name and by no link", async () => {
    const outside = filesIn({ "a.png": grey(1, 1, [1]) });
    const root = filesIn({
      "up.csv": "photo,kind\n../a.png,x\n",
      "far.csv": `photo,kind\n${join(outside, "a.png")},x\n`,
      "link.csv": "photo,kind\nlink.png,x\n",
    });
    symlinkSync(join(outside, "a.png"), join(root, "link.png"));
    for (const name of ["far.csv", "link.csv"]) {
      await expect(readTable(join(root, name), { images: "photo" })).rejects.toThrow(
        "leads out of the folder of the images; name the folder with --image-root",
      );
    }
    await expect(readTable(join(root, "up.csv"), { images: "photo" })).rejects.toThrow(
      /cannot be read: ENOENT|leads out/,
    );
    const { table } = await readTable(join(root, "far.csv"), {
      images: "photo",
      imageRoot: outside,
    });
    expect(table.rows).toBe(1);
  });

  it("counts rows whose image is missing where such are to be left out", async () => {
    const root = filesIn({
      "table.csv": "photo,kind\na.png,x\nnone.png,y\n,y\n",
      "a.png": grey(1, 1, [1]),
    });
    const path = join(root, "table.csv");
    const options = { images: "photo", skipBadRows: true };
    const { table, ledger } = await readTable(path, options);
    expect(table.rows).toBe(1);
    expect(ledger.rejects.map(({ line, reason }) => [line, reason])).toEqual([
      [2, 'the image "none.png" cannot be read: ENOENT'],
      [3, "there is no path of an image"],
    ]);
    expect(ledger).toMatchObject({ read: 3, rejected: 2 });
    await expect(readTable(path, { images: "photos" })).rejects.toThrow('did you mean "photo"?');
  });
});
