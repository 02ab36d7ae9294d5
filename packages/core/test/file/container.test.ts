import { createHash } from "node:crypto";
import { parseSafetensorsMetadata } from "@huggingface/hub";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SoftmaxError } from "../../src/base/checks.ts";
import { createRandom } from "../../src/base/random.ts";
import { isContainer, readContainer, writeContainer } from "../../src/file/container.ts";
import { sha256 } from "../../src/file/sha256.ts";
import type { Tensor } from "../../src/file/tensor.ts";

const tensors: Tensor[] = [
  { name: "words", dtype: "U8", shape: [3], data: Uint8Array.of(1, 2, 255) },
  { name: "W", dtype: "F64", shape: [2, 2], data: Float64Array.of(0.1, -0, 5e-324, 1 / 3) },
  { name: "codes", dtype: "I32", shape: [2], data: Int32Array.of(-1, 0x12345678) },
  { name: "half", dtype: "F32", shape: [1, 1], data: Float32Array.of(0.1) },
  { name: "scalar", dtype: "F64", shape: [], data: Float64Array.of(Number.MAX_VALUE) },
  { name: "none", dtype: "F64", shape: [0, 4], data: new Float64Array() },
  { name: "signed", dtype: "I8", shape: [2], data: Int8Array.of(-128, 127) },
];
const example = { tensors, words: '{"label":"naïve \\ud800 \\"x\\""}' };

/** A file of about 10 KiB, as a small model has. */
function smallModel(): Uint8Array {
  const random = createRandom(1);
  const data = Float64Array.from({ length: 1000 }, () => random.uniform() - 0.5);
  const weights: Tensor = { name: "weights", dtype: "F64", shape: [100, 10], data };
  const levels = Array.from({ length: 150 }, (_, i) => `level ${i}`);
  return writeContainer({ tensors: [weights, tensors[0]], words: JSON.stringify({ levels }) });
}

/** The file with `header` in place of its own and its checksum made right again. */
function withHeader(bytes: Uint8Array, change: (header: string) => string): Uint8Array {
  const view = new DataView(bytes.buffer);
  const length = view.getUint32(0, true);
  const header = Buffer.from(
    change(Buffer.from(bytes.subarray(8, 8 + length)).toString("latin1")),
    "latin1",
  );
  const size = Buffer.alloc(8);
  size.writeUInt32LE(header.length);
  const body = Buffer.concat([size, header, bytes.subarray(8 + length, bytes.length - 32)]);
  return new Uint8Array(Buffer.concat([body, createHash("sha256").update(body).digest()]));
}

describe("what was written is read", () => {
  test("gives back every tensor bit for bit, widest elements first", () => {
    const read = readContainer(writeContainer(example));
    expect(read.words).toBe(example.words);
    expect(read.tensors.map(({ name }) => name)).toStrictEqual([
      "W",
      "scalar",
      "none",
      "codes",
      "half",
      "words",
      "signed",
    ]);
    for (const tensor of read.tensors) {
      expect(tensor).toStrictEqual(tensors.find(({ name }) => name === tensor.name));
    }
  });

  test("aligns every tensor to its element size and starts the data at a multiple of 8", () => {
    const bytes = writeContainer(example);
    const length = new DataView(bytes.buffer).getUint32(0, true);
    const header = JSON.parse(Buffer.from(bytes.subarray(8, 8 + length)).toString());
    expect(length % 8).toBe(0);
    expect(header.W.data_offsets[0] % 8).toBe(0);
    expect(header.codes.data_offsets[0] % 4).toBe(0);
  });

  test("has a header of words and tensors in a fixed form, padded with spaces", () => {
    const data = Uint8Array.of(1, 2);
    const content = {
      tensors: [{ name: "x", dtype: "U8", shape: [2], data } as const],
      words: "{}",
    };
    const head = (version: number): string => {
      const bytes = writeContainer(content, version);
      const length = new DataView(bytes.buffer).getUint32(0, true);
      return Buffer.from(bytes.subarray(8, 8 + length)).toString();
    };
    const metadata = '{"format":"softmax","version":"3","reader":"0.1.0","words":"{}"}';
    const x = '{"dtype":"U8","shape":[2],"data_offsets":[0,2]}';
    const sha256 = '{"dtype":"U8","shape":[32],"data_offsets":[2,34]}';
    const text = `{"__metadata__":${metadata},"x":${x},"sha256":${sha256}}`;
    expect(head(3)).toBe(text.padEnd(Math.ceil(text.length / 8) * 8));
    expect(writeContainer(content)).toStrictEqual(writeContainer(content, 1));
    expect(readContainer(writeContainer(content, 3))).toStrictEqual(content);
  });

  test("has a header of up to 25,000,000 bytes, and none longer", () => {
    const write = (letters: number): Uint8Array =>
      writeContainer({ tensors: [], words: "x".repeat(letters) });
    const padded = (letters: number): number =>
      new DataView(write(letters).buffer).getUint32(0, true);
    const spaces = [0, 1, 2, 3, 4, 5, 6, 7].findLast((more) => padded(more) === padded(0))!;
    const letters = 25_000_000 - padded(0) + spaces;
    const bytes = write(letters);
    expect(readContainer(bytes).words).toHaveLength(letters);
    expect(() => write(letters + 1)).toThrow(
      "internal: a model file's header is at most 25000000 bytes",
    );
    const longer = withHeader(bytes, (header) => `${header} `);
    expect(() => readContainer(longer)).toThrow(/its header does not fit/);
  });

  test("gives equal bytes for equal content, whatever the bits of its NaNs", () => {
    const write = (...tensors: Tensor[]): Uint8Array => writeContainer({ tensors, words: "" });
    const double = (data: Float64Array) => write({ name: "x", dtype: "F64", shape: [1], data });
    const single = (data: Float32Array) => write({ name: "x", dtype: "F32", shape: [1], data });
    const odd = new Float64Array(new BigUint64Array([0xfff8000000000001n]).buffer);
    expect(double(odd)).toStrictEqual(double(Float64Array.of(Number.NaN)));
    const negative = new Float32Array(new Uint32Array([0xffc00001]).buffer);
    expect(single(negative)).toStrictEqual(single(Float32Array.of(Number.NaN)));
    expect(single(negative).subarray(-36, -32)).toStrictEqual(Uint8Array.of(0, 0, 0xc0, 0x7f));
  });

  test("ends with the SHA-256 of every byte before", () => {
    const bytes = writeContainer(example);
    const digest = createHash("sha256").update(bytes.subarray(0, -32)).digest();
    expect(Buffer.from(bytes.subarray(-32)).equals(digest)).toBe(true);
  });

  test("reads from a view into a larger buffer and gives memory of its own", () => {
    const bytes = writeContainer(example);
    const larger = new Uint8Array(bytes.length + 13);
    larger.set(bytes, 5);
    const read = readContainer(larger.subarray(5, 5 + bytes.length));
    larger.fill(0);
    expect(read).toStrictEqual(readContainer(bytes));
  });

  test("holds for any tensors and words", () => {
    const tensor = fc.float64Array({ maxLength: 20 });
    fc.assert(
      fc.property(
        fc.array(tensor, { maxLength: 5 }),
        fc.string({ unit: "binary" }),
        (all, words) => {
          const wellFormed = Buffer.from(words).toString();
          const list = all.map(
            (data, i): Tensor => ({ name: `t${i}`, dtype: "F64", shape: [data.length], data }),
          );
          const read = readContainer(writeContainer({ tensors: list, words: wellFormed }));
          expect(read).toStrictEqual({ tensors: list, words: wellFormed });
        },
      ),
    );
  });

  test("refuses two tensors of one name, the checksum's name, and a shape that does not fit", () => {
    const [tensor] = tensors;
    const write = (...list: Tensor[]) => writeContainer({ tensors: list, words: "" });
    expect(() => write(tensor, tensor)).toThrow(/two tensors named "words"/);
    expect(() => write({ ...tensor, name: "sha256" })).toThrow(/two tensors/);
    expect(() => write({ ...tensor, name: "__metadata__" })).toThrow(/two tensors/);
    expect(() => write({ ...tensor, shape: [4] })).toThrow(/shape/);
  });
});

describe("what was damaged is refused", () => {
  const refused = (bytes: Uint8Array): boolean => {
    try {
      readContainer(bytes);
      return false;
    } catch (error) {
      return error instanceof SoftmaxError && error.code === "model";
    }
  };

  test("detects every flipped bit of a 10 KiB file", () => {
    const bytes = smallModel();
    expect(bytes.length).toBeGreaterThan(10_000);
    let missed = 0;
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      bytes[bit >> 3] ^= 1 << (bit & 7);
      if (!refused(bytes)) missed++;
      bytes[bit >> 3] ^= 1 << (bit & 7);
    }
    expect(missed).toBe(0);
    expect(refused(bytes)).toBe(false);
  });

  test("detects every truncation of a 10 KiB file, at either end, and bytes added", () => {
    const bytes = smallModel();
    for (let length = 0; length < bytes.length; length++) {
      expect(refused(bytes.subarray(0, length))).toBe(true);
      expect(refused(bytes.subarray(bytes.length - length))).toBe(true);
    }
    expect(refused(new Uint8Array([...bytes, 0]))).toBe(true);
  });

  test("says that a file of another kind is no model of ours", () => {
    const foreign = new TextEncoder().encode('{"answer":42}'.repeat(20));
    expect(() => readContainer(foreign)).toThrow(/not a Softmax model file/);
    expect(() => readContainer(new Uint8Array())).toThrow(/not a Softmax model file/);
  });

  test("knows a file of ours by its first bytes, and says that it was cut off behind them", () => {
    const bytes = writeContainer(example);
    const is = [0, 8, 9, 40, 64, bytes.length].map((length) =>
      isContainer(bytes.subarray(0, length)),
    );
    expect(is).toEqual([false, false, true, true, true, true]);
    const foreign = Buffer.from(bytes.subarray(0, 64)).toString("latin1");
    expect(isContainer(Buffer.from(foreign.replace("softmax", "softmix"), "latin1"))).toBe(false);
    for (const length of [9, 39, 40, 41, 64]) {
      expect(() => readContainer(bytes.subarray(0, length))).toThrow(
        "its checksum does not match its bytes",
      );
    }
  });

  test("refuses a newer format with a sentence that names the version needed", () => {
    const newer = withHeader(writeContainer(example), (header) =>
      header.replace('"version":"1","reader":"0.1.0"', '"version":"5","reader":"1.4.0"'),
    );
    expect(() => readContainer(newer)).toThrow(
      "the model file has format 5, which needs Softmax 1.4.0 or newer; this version reads formats up to 4",
    );
    const unnamed = withHeader(writeContainer(example), (header) =>
      header.replace('"version":"1","reader":"0.1.0"', '"version":"5","reader":true'),
    );
    expect(() => readContainer(unnamed)).toThrow(/has format 5, which needs Softmax {2}or newer/);
  });

  const misplaced = 'tensor "W" is not where it should be';
  const undescribed = 'tensor "W" is not described as it should be';
  const misshapen = 'tensor "W" has a wrong shape';
  const unended = "its tensors do not end with the checksum";
  const unnumbered = "its format version is no number";
  const version = (text: string) => (h: string) => h.replace('"version":"1"', `"version":${text}`);

  test.each<[string, (header: string) => string, string]>([
    ["a tensor beyond the end", (h) => h.replace('"shape":[2,2]', '"shape":[2,2000]'), misplaced],
    [
      "a tensor beyond the end whose offsets say so too",
      (h) =>
        h.replace('"shape":[2,2],"data_offsets":[0,32]', '"shape":[2,6],"data_offsets":[0,96]'),
      misplaced,
    ],
    ["a shape whose size overflows", (h) => h.replace("[2,2]", "[9007199254740991,9]"), misshapen],
    ["a negative length", (h) => h.replace("[2,2]", "[-2,-2]"), misshapen],
    ["a fractional length", (h) => h.replace("[2,2]", "[2.5,2]"), "expected a value"],
    ["a length that is no number", (h) => h.replace("[2,2]", '["2",2]'), undescribed],
    ["a shape that is no list", (h) => h.replace("[2,2]", "4"), undescribed],
    ["offsets that are no numbers", (h) => h.replace("[0,32]", '["0","32"]'), undescribed],
    ["offsets that overlap", (h) => h.replace("[32,40]", "[24,32]"), "is not where it should be"],
    ["an offset behind its start", (h) => h.replace("[0,32]", "[8,32]"), misplaced],
    ["an offset beyond its end", (h) => h.replace("[0,32]", "[0,33]"), misplaced],
    ["three offsets", (h) => h.replace("[0,32]", "[0,32,32]"), misplaced],
    ["a gap", (h) => h.replace("[32,40]", "[33,41]"), "is not where it should be"],
    ["an unknown element type", (h) => h.replace('"dtype":"F64"', '"dtype":"F63"'), undescribed],
    [
      "an element type that is no word",
      (h) => h.replace('"dtype":"F64"', '"dtype":8'),
      undescribed,
    ],
    ["a tensor that is no object", (h) => h.replace(/"W":\{[^}]*\}/, '"W":[]'), undescribed],
    ["a fourth field", (h) => h.replace('"dtype":"F64"', '"x":1,"dtype":"F64"'), undescribed],
    ["a field too few", (h) => h.replace('"dtype":"F64",', ""), undescribed],
    ["a tensor that comes twice", (h) => h.replace('"codes"', '"W"'), 'one key "W", not two'],
    ["no checksum", (h) => h.replace('"sha256"', '"sha257"'), unended],
    [
      "a tensor behind the checksum",
      (h) => h.replace(/}} *$/, '},"z":{"dtype":"U8","shape":[0],"data_offsets":[89,89]}}'),
      unended,
    ],
    [
      "a checksum of 31 bytes",
      (h) => h.replace('[32],"data_offsets":[57,89]', '[31],"data_offsets":[57,88]'),
      unended,
    ],
    ["no words", (h) => h.replace('"words"', '"wards"'), "it has no words"],
    [
      "words that are no text",
      (h) => h.replace(/"words":"(?:[^"\\]|\\.)*"/, '"words":1'),
      "it has no words",
    ],
    ["a version that is no text", version("1"), unnumbered],
    ["a version that is no number", version('"x"'), unnumbered],
    ["the version 0", version('"0"'), unnumbered],
    ["a version with more behind it", version('"1x"'), unnumbered],
    ["a version with more before it", version('"x1"'), unnumbered],
    ["a version of seven digits", version('"1000000"'), unnumbered],
    ["a header that is no JSON", (h) => h.replace("]}}", "]}]"), "of its JSON"],
    ["a header that is not UTF-8", (h) => h.replace("na", "\xff"), "its header is not UTF-8"],
  ])("refuses %s even under a right checksum", (_, change, detail) => {
    const changed = withHeader(writeContainer(example), change);
    expect(() => readContainer(changed)).toThrow(/^the model file is damaged: /);
    expect(() => readContainer(changed)).toThrow(detail);
  });

  test("refuses a header length of 4 GiB, one beyond it, and one that reaches into the checksum", () => {
    const around = writeContainer(example).length - 8 - 32;
    for (const [low, high] of [
      [0xffffffff, 0],
      [100_000, 0],
      [around + 1, 0],
      [8, 1],
    ]) {
      const bytes = writeContainer(example);
      new DataView(bytes.buffer).setUint32(0, low, true);
      new DataView(bytes.buffer).setUint32(4, high, true);
      bytes.set(sha256(bytes.subarray(0, -32)), bytes.length - 32);
      expect(() => readContainer(bytes)).toThrow(/its header does not fit/);
    }
  });
});

test("is opened by the public safetensors reader", async () => {
  const bytes = smallModel();
  const info = await parseSafetensorsMetadata({
    repo: "someone/model",
    path: "model.safetensors",
    fetch: serve(bytes),
  });
  expect(info.sharded).toBe(false);
  const header = info.sharded ? null : info.header;
  expect(header?.weights).toStrictEqual({
    dtype: "F64",
    shape: [100, 10],
    data_offsets: [0, 8000],
  });
  expect(header?.__metadata__?.format).toBe("softmax");
});

/** A fetch that knows one file and honours byte ranges. */
function serve(bytes: Uint8Array): typeof fetch {
  return async (_, init) => {
    const range = /bytes=(\d+)-(\d+)/.exec(new Headers(init?.headers).get("range") ?? "");
    if (range === null) return new Response(bytes.slice().buffer);
    const [start, end] = [Number(range[1]), Math.min(Number(range[2]), bytes.length - 1)];
    return new Response(bytes.slice(start, end + 1).buffer, {
      status: 206,
      headers: {
        "content-range": `bytes ${start}-${end}/${bytes.length}`,
        "content-length": String(end + 1 - start),
        etag: '"x"',
      },
    });
  };
}
