import type { Table } from "@softmax/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MAX_DISTINCT } from "../../src/data/columns.ts";
import { FRAME_BYTES, type Frame, framed, framesOf } from "../../src/data/sandbox/frames.ts";
import { receivedRead } from "../../src/data/sandbox/received.ts";
import { cellBytes, shapeOf, tableFiller } from "../../src/data/sandbox/table-bytes.ts";
import { MAX_COLUMNS } from "../../src/data/source.ts";

const ascii = (text: string): Uint8Array => Buffer.from(text, "latin1");

async function* chunksOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function framesIn(bytes: Uint8Array, size = bytes.length): Promise<Frame[]> {
  const frames: Frame[] = [];
  for await (const { kind, bytes: part } of framesOf(chunksOf(bytes, size))) {
    frames.push({ kind, bytes: Uint8Array.from(part) });
  }
  return frames;
}

const joined = (parts: Iterable<Uint8Array>): Uint8Array => Buffer.concat([...parts]);

describe("frames", () => {
  test("are a kind, a length and as many bytes, and an empty one has no bytes", () => {
    expect([...framed("Z", new Uint8Array(0))].map((part) => [...part])).toEqual([
      [0x5a, 0, 0, 0, 0],
    ]);
    expect([...joined(framed("E", Uint8Array.of(7, 8, 9)))]).toEqual([0x45, 3, 0, 0, 0, 7, 8, 9]);
  });

  test("come back however the pipe cuts them", async () => {
    const sent = [
      { kind: "H", bytes: Uint8Array.from(ascii('{"a":1}')) },
      { kind: "P", bytes: new Uint8Array(8) },
      { kind: "D", bytes: Uint8Array.from({ length: 600 }, (_, i) => i & 255) },
      { kind: "Z", bytes: new Uint8Array(0) },
    ] as const;
    const bytes = joined(sent.flatMap(({ kind, bytes: part }) => [...framed(kind, part)]));
    for (const size of [1, 4, 5, 6, 7, 64, bytes.length]) {
      expect(await framesIn(bytes, size), `in pieces of ${size}`).toEqual(sent);
    }
    expect(await framesIn(new Uint8Array(0))).toEqual([]);
  });

  test("of more than a mebibyte are cut by the sender and refused by who takes them", async () => {
    const large = new Uint8Array(FRAME_BYTES + 1).fill(3);
    const frames = await framesIn(joined(framed("D", large)), 100_000);
    expect(frames.map(({ bytes }) => bytes.length)).toEqual([FRAME_BYTES, 1]);
    const exact = joined(framed("D", large.subarray(1)));
    expect((await framesIn(exact)).map(({ bytes }) => bytes.length)).toEqual([FRAME_BYTES]);
    const head = Buffer.from([0x44, 0, 0, 0, 0]);
    head.writeUInt32LE(FRAME_BYTES + 1, 1);
    await expect(framesIn(head)).rejects.toThrow(`a frame of ${FRAME_BYTES + 1} bytes`);
    head.writeUInt32LE(2 ** 32 - 1, 1);
    await expect(framesIn(head)).rejects.toThrow("a frame of 4294967295 bytes");
  });

  test("are refused where the last one is cut off, in its head or behind it", async () => {
    const bytes = joined(framed("D", Uint8Array.of(1, 2, 3)));
    for (let length = 1; length < bytes.length; length++) {
      await expect(framesIn(bytes.subarray(0, length))).rejects.toThrow("cut off");
    }
  });
});

const table: Table = {
  rows: 3,
  decimal: ",",
  columns: [
    { kind: "number", name: "x", values: Float64Array.of(1.5, Number.NaN, -0) },
    {
      kind: "text",
      name: "narrow",
      dictionary: ["b", "", "\xff\0"],
      codes: Int32Array.of(2, -1, 0),
    },
    {
      kind: "text",
      name: "wide",
      dictionary: ["ü\u0100", "\ud800"],
      codes: Int32Array.of(0, 1, 1),
    },
    { kind: "text", name: "none", dictionary: [], codes: Int32Array.of(-1, -1, -1) },
  ],
};

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

function sentAndTaken(sent: Table, piece: number): Table {
  const filler = tableFiller(plain(shapeOf(sent)), 1e9);
  const bytes = joined(cellBytes(sent));
  for (let at = 0; at < bytes.length; at += piece) filler.take(bytes.subarray(at, at + piece));
  return filler.finish();
}

describe("a table in bytes", () => {
  test("comes back with every bit and half character, whatever the pieces", () => {
    for (const piece of [1, 3, 8, 1000]) expect(sentAndTaken(table, piece)).toStrictEqual(table);
    const empty: Table = { rows: 0, decimal: ".", columns: [] };
    expect(sentAndTaken(empty, 1)).toStrictEqual(empty);
  });

  test("says of texts how many there are, how long, and whether two bytes are needed each", () => {
    expect(shapeOf(table).columns).toStrictEqual([
      { kind: "number", name: "x" },
      { kind: "text", name: "narrow", entries: 3, characters: 3, wide: false },
      { kind: "text", name: "wide", entries: 2, characters: 3, wide: true },
      { kind: "text", name: "none", entries: 0, characters: 0, wide: false },
    ]);
    expect(joined(cellBytes(table)).length).toBe(24 + (12 + 3 + 12) + (8 + 6 + 12) + 12);
  });

  test("keeps dictionaries of more entries than are put together at a time", () => {
    const dictionary = Array.from({ length: 4097 }, (_, i) => `level ${i}`);
    const codes = Int32Array.of(4096, 4095, 0);
    const long: Table = { ...table, columns: [{ kind: "text", name: "t", dictionary, codes }] };
    expect(sentAndTaken(long, 10_000)).toStrictEqual(long);
  });

  test("comes back for any texts", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary" }), { minLength: 1 }), (dictionary) => {
        const codes = Int32Array.from([0, dictionary.length - 1]);
        const one: Table = {
          rows: 2,
          decimal: ".",
          columns: [{ kind: "text", name: "t", dictionary, codes }],
        };
        expect(sentAndTaken(one, 7)).toStrictEqual(one);
      }),
    );
  });
});

describe("a table that is not what it says", () => {
  const text = { kind: "text", name: "t", entries: 1, characters: 2, wide: false };
  const number = { kind: "number", name: "x" };
  const shape = (...columns: unknown[]) => ({ rows: 1, decimal: ".", columns });

  test.each<[unknown, string]>([
    [null, "rows that are no number"],
    [undefined, "rows that are no number"],
    [7, "rows that are no number"],
    [{ ...shape(), rows: -1 }, "rows that are no number"],
    [{ ...shape(), rows: 2 ** 31 }, "rows that are no number"],
    [{ ...shape(), rows: 0.5 }, "rows that are no number"],
    [{ ...shape(), rows: "1" }, "rows that are no number"],
    [{ ...shape(), decimal: ";" }, "no decimal separator"],
    [{ ...shape(), columns: { length: 0 } }, "no columns"],
    [shape(null), "a column without a name"],
    [shape({ ...text, name: 1 }), "a column without a name"],
    [shape({ ...number, kind: "bytes" }), "a column of no kind"],
    [shape({ ...text, kind: "bytes" }), "a column of no kind"],
    [shape({ ...text, wide: 1 }), "a column of no kind"],
    [shape({ ...text, entries: -1 }), "texts without a number"],
    [shape({ ...text, entries: MAX_DISTINCT + 1 }), "texts without a number"],
    [shape({ ...text, characters: 2 ** 32 + 1 }), "texts without a number"],
    [shape({ ...text, characters: null }), "texts without a number"],
  ])("is refused for its shape %j", (given, sentence) => {
    expect(() => tableFiller(given, 1e9)).toThrow(new Error(sentence));
  });

  test("has as many columns as a table may have, and no more", () => {
    const columns = new Array(MAX_COLUMNS).fill(number);
    expect(() => tableFiller({ ...shape(...columns), rows: 0 }, 0)).not.toThrow();
    expect(() => tableFiller({ ...shape(...columns, number), rows: 0 }, 0)).toThrow("no columns");
  });

  test.each<[unknown, number]>([
    [number, 24],
    [text, 4 + 2 + 12],
    [{ ...text, wide: true }, 4 + 4 + 12],
    [{ ...text, entries: 3, characters: 5 }, 12 + 5 + 12],
  ])("is refused by its size before memory is asked for: %j takes %d bytes", (column, bytes) => {
    const three = { ...shape(column), rows: 3 };
    expect(() => tableFiller(three, bytes)).not.toThrow();
    expect(() => tableFiller(three, bytes - 1)).toThrow(new Error(`cells of ${bytes} bytes`));
    const huge = { ...shape(number, number), rows: 2 ** 31 - 1 };
    expect(() => tableFiller(huge, 2 ** 30)).toThrow("cells of 34359738352 bytes");
  });

  test("is refused with fewer cells or more", () => {
    const filler = tableFiller(shape(number), 100);
    filler.take(new Uint8Array(7));
    expect(() => filler.finish()).toThrow(new Error("fewer cells than the table has"));
    expect(() => filler.take(new Uint8Array(2))).toThrow(
      new Error("more cells than the table has"),
    );
    expect(() => tableFiller(shape(), 100).take(new Uint8Array(1))).toThrow("more cells");
    expect(() => tableFiller(shape(), 100).take(new Uint8Array(0))).not.toThrow();
  });

  const taken = (lengths: number[], characters: string, code: number) => {
    const column = { ...text, entries: lengths.length, characters: characters.length };
    const filler = tableFiller(shape(column), 1e6);
    filler.take(new Uint8Array(Uint32Array.from(lengths).buffer));
    filler.take(ascii(characters));
    filler.take(new Uint8Array(Int32Array.of(code).buffer));
    return filler.finish().columns[0];
  };

  test("has codes of entries that there are, or −1", () => {
    expect(taken([1, 1], "ab", 1)).toMatchObject({ dictionary: ["a", "b"] });
    expect(taken([1, 1], "ab", -1)).toMatchObject({ codes: Int32Array.of(-1) });
    expect(() => taken([1, 1], "ab", 2)).toThrow(new Error("the code 2"));
    expect(() => taken([1, 1], "ab", -2)).toThrow(new Error("the code -2"));
    expect(() => taken([], "", 0)).toThrow(new Error("the code 0"));
  });

  test("has texts that fill their characters", () => {
    expect(() => taken([1, 2], "ab", 0)).toThrow(new Error("texts that end beyond their column"));
    expect(() => taken([2 ** 32 - 1], "ab", 0)).toThrow("texts that end beyond their column");
    expect(() => taken([1], "ab", 0)).toThrow(new Error("characters of no text"));
    expect(() => taken([], "ab", -1)).toThrow(new Error("characters of no text"));
  });
});

describe("what is said of a table", () => {
  const reject = { line: 3, reason: "2 cells", text: "a,b" };
  const dialect = {
    format: "delimited",
    compression: "gzip",
    encoding: "utf-8",
    delimiter: ";",
    quote: '"',
    header: true,
    lineEnd: "LF",
    decimal: ",",
    skippedLines: 2,
    files: { count: 2, folders: 1 },
  };
  const said = {
    ledger: { read: 4, rejected: 1, rejects: [reject] },
    target: "label",
    dialect,
    name: "t.csv",
    remarks: ["one", "two"],
    rejected: [reject],
  };

  test("is taken over, and nothing beside it", () => {
    expect(receivedRead({ ...said, shape: {}, extra: 1 }, table)).toStrictEqual({ ...said, table });
    const given = { ...reject, extra: 1 };
    expect(receivedRead({ ...said, rejected: [given] }, table).rejected).toStrictEqual([reject]);
    const { target: _, ...untargeted } = said;
    expect(receivedRead(untargeted, table)).toStrictEqual({ ...untargeted, table });
  });

  test("may be that nothing was read", () => {
    const nothing = { read: 0, rejected: 0, rejects: [] };
    const empty: Table = { rows: 0, decimal: ".", columns: [] };
    const given = { ...said, ledger: nothing, dialect: { ...dialect, skippedLines: 0 } };
    expect(receivedRead(given, empty)).toStrictEqual({ ...given, table: empty });
  });

  test("is plain where it is not said", () => {
    const { files: _, ...rest } = dialect;
    const bare = { ...rest, encoding: null, delimiter: null, quote: null, lineEnd: null };
    const odd = { ...bare, compression: "zip", header: "yes", decimal: ";" };
    expect(receivedRead({ ...said, dialect: odd }, table).dialect).toStrictEqual({
      ...bare,
      compression: "none",
      header: false,
      decimal: ".",
    });
  });

  test.each<[string, unknown]>([
    ["no ledger", undefined],
    ["too few rows", { read: 3, rejected: 1, rejects: [] }],
    ["too many rows", { read: 5, rejected: 1, rejects: [] }],
    ["a count below 0", { read: 2, rejected: -1, rejects: [] }],
    ["a count that is no integer", { read: 3.5, rejected: 0.5, rejects: [] }],
    ["counts that are texts", { read: "31", rejected: "1", rejects: [] }],
  ])("is refused for %s", (_, ledger) => {
    expect(() => receivedRead({ ...said, ledger }, table)).toThrow(
      new Error("rows that do not add up"),
    );
  });

  test.each<[object, string]>([
    [{ target: null }, "a text that is none"],
    [{ name: 7 }, "a text that is none"],
    [{ remarks: ["one", 2] }, "a text that is none"],
    [{ remarks: "one" }, "a list that is none"],
    [{ rejected: null }, "a list that is none"],
    [{ rejected: [null] }, "a count that is none"],
    [{ rejected: [{ ...reject, line: -1 }] }, "a count that is none"],
    [{ rejected: [{ ...reject, reason: null }] }, "a text that is none"],
    [{ rejected: [{ ...reject, text: null }] }, "a text that is none"],
    [{ ledger: { read: 4, rejected: 1 } }, "a list that is none"],
    [{ dialect: null }, "a text that is none"],
    [{ dialect: { ...dialect, format: null } }, "a text that is none"],
    [{ dialect: { ...dialect, encoding: 8 } }, "a text that is none"],
    [{ dialect: { ...dialect, delimiter: undefined } }, "a text that is none"],
    [{ dialect: { ...dialect, skippedLines: "2" } }, "a count that is none"],
    [{ dialect: { ...dialect, files: { count: 1 } } }, "a count that is none"],
    [{ dialect: { ...dialect, files: { folders: 1 } } }, "a count that is none"],
  ])("is refused for %j", (change, sentence) => {
    expect(() => receivedRead({ ...said, ...change }, table)).toThrow(new Error(sentence));
  });
});
