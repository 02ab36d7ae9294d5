import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readPiece } from "../../src/data/piece-reader.ts";
import { readTable } from "../../src/data/read.ts";
import { openRows, type RowStream } from "../../src/data/row-stream.ts";
import type { ReadOptions, Reject } from "../../src/data/source.ts";
import { names, temporaryFolder, texts } from "./tables.ts";

const at = temporaryFolder();

interface Rows {
  readonly names: string[];
  readonly texts: (string | null)[][];
  readonly rejects: Reject[];
  readonly decimal: "." | ",";
}

/** The rows of all pieces, read one by one. */
async function rowsOf(stream: RowStream): Promise<Rows> {
  const rows: (string | null)[][] = [];
  const rejects: Reject[] = [];
  const { head, plan } = stream;
  let lines = stream.linesAbove;
  let isFirst = true;
  for await (const piece of stream.pieces()) {
    const read = readPiece(stream.plan, piece, isFirst);
    rows.push(...texts(read.table));
    for (const reject of read.rejects) rejects.push({ ...reject, line: lines + reject.line });
    lines += read.lines;
    isFirst = false;
  }
  return { names: names(head), texts: rows, rejects, decimal: plan.decimal };
}

async function streamed(
  path: string,
  options: ReadOptions,
  head: number,
  block: number,
): Promise<Rows> {
  const stream = await openRows(path, options, { head, block });
  if (typeof stream === "string" || !("pieces" in stream)) throw new Error("it is not streamed");
  return rowsOf(stream);
}

async function whole(path: string, options: ReadOptions): Promise<Rows> {
  const rejectsPath = options.skipBadRows === true ? at("rejects.csv") : undefined;
  const read = await readTable(path, {
    ...options,
    ...(rejectsPath === undefined ? {} : { rejectsPath }),
  });
  const { table, ledger } = read;
  return {
    names: names(table),
    texts: texts(table),
    rejects: [...ledger.rejects],
    decimal: table.decimal,
  };
}

/** Quotes, line ends of every kind, cells over several lines, empty lines, characters of two to four bytes. */
const NASTY = [
  'name,"no, te",n\r\n',
  'a,"x\r\ny",1\n',
  '\n"b ""quoted"" é",,2\r',
  'ℓ🎈,"über\n\nzwei",3\r\n',
  ' spaced , "after space" ,4\n',
  'tail,"" ,5',
].join("");

/** The same with rows that are none: ragged, unclosed, text behind a quote, NUL. */
const BROKEN = `${NASTY}\nragged,6\nz,"open,7\r\ny,"a"b,8\nnul,\0,9\n"deep ""x"",10\nlast,ok,11\n`;

const cuts = (bytes: Buffer): number[] => Array.from({ length: bytes.length - 2 }, (_, i) => i + 1);

const encodings: [name: string, bytes: (text: string) => Buffer, read: ReadOptions][] = [
  ["UTF-8", (text) => Buffer.from(text), {}],
  ["UTF-8 with a mark", (text) => Buffer.from(`\ufeff${text}`), {}],
  ["UTF-16", (text) => Buffer.from(`\ufeff${text}`, "utf16le"), {}],
  ["Latin-1", (text) => Buffer.from(text.replace("ℓ🎈", "öß"), "latin1"), { encoding: "latin1" }],
];

describe("rows that come in pieces are those of the whole", () => {
  it.each(encodings)("wherever the blocks of %s end", async (name, bytes, read) => {
    const options: ReadOptions = { ...read, delimiter: ",", quote: '"', header: "yes" };
    for (const [text, skipBadRows] of [
      [NASTY, false],
      [BROKEN, true],
    ] as const) {
      const path = at(`${name}.csv`);
      const content = bytes(text);
      writeFileSync(path, content);
      const expected = await whole(path, { ...options, skipBadRows });
      expect(expected.texts.length).toBeGreaterThan(4);
      const head = bytes('name,"no, te",n\r\na,"x\r\n').length;
      for (const block of cuts(content)) {
        const got = await streamed(path, { ...options, skipBadRows }, head, block);
        expect(got, `blocks of ${block} bytes`).toEqual(expected);
      }
      for (const start of cuts(content).filter((n) => n >= head)) {
        const got = await streamed(path, { ...options, skipBadRows }, start, 7);
        expect(got, `a head of ${start} bytes`).toEqual(expected);
      }
    }
  });

  it("whatever the cells, the delimiter, the line ends and the packing", async () => {
    const cell = fc.oneof(
      fc.string({ unit: fc.constantFrom(...'ab1é🎈 ,;"\t\n\r#'), maxLength: 6 }),
      fc.constantFrom("", "1.5", "plain"),
    );
    const table = fc.record({
      rows: fc.array(fc.array(cell, { minLength: 3, maxLength: 3 }), {
        minLength: 3,
        maxLength: 9,
      }),
      delimiter: fc.constantFrom(",", ";", "::"),
      lineEnd: fc.constantFrom("\n", "\r\n", "\r"),
      packed: fc.boolean(),
      block: fc.integer({ min: 1, max: 50 }),
      raw: fc.boolean(),
    });
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(table, async ({ rows, delimiter, lineEnd, packed, block, raw }) => {
        const written = (text: string): string => (raw ? text : `"${text.replaceAll('"', '""')}"`);
        // Rows enough in the head for what it decides to be what the whole decides.
        const first = [["x", "y", "z"], ...Array.from({ length: 12 }, () => ["p", "q", "r"])];
        const lines = [...first, ...rows].map((row) => row.map(written).join(delimiter));
        const content = Buffer.from(`${lines.join(lineEnd)}${lineEnd}`);
        const path = at("any.csv");
        writeFileSync(path, packed ? gzipSync(content) : content);
        const options: ReadOptions = {
          delimiter,
          quote: '"',
          header: "yes",
          decimal: ".",
          encoding: "utf-8",
          skipBadRows: true,
        };
        const expected = await whole(path, options).catch((error: Error) => error.message);
        if (typeof expected === "string") return;
        const head = Buffer.byteLength(lines.slice(0, first.length).join(lineEnd)) + 6;
        expect(await streamed(path, options, head, block)).toEqual({
          ...expected,
          rejects: expect.arrayContaining(expected.rejects),
        });
        compared++;
      }),
      { numRuns: 400 },
    );
    expect(compared).toBeGreaterThan(300);
  });

  it("of csv-spectrum", async () => {
    const csvs = join(dirname(createRequire(import.meta.url).resolve("csv-spectrum")), "csvs");
    const options: ReadOptions = { delimiter: ",", quote: '"', header: "yes" };
    for (const file of readdirSync(csvs)) {
      const path = join(csvs, file);
      const bytes = readFileSync(path);
      const expected = await whole(path, options);
      const head = bytes.indexOf("\n") + 2;
      for (const block of [1, 2, 3, 5, 64]) {
        expect(await streamed(path, options, head, block), `${file}, ${block}`).toEqual(expected);
      }
    }
  });

  it("of JSON lines, columns that come late and change their kind among them", async () => {
    const path = at("late.jsonl");
    const lines = ['{"a":1,"b":"x"}', '{"a":2}', "", '{"a":3,"c":"é🎈"}', '{"b":4,"a":"five"}'];
    writeFileSync(path, `${lines.join("\n")}\n`);
    const expected = await whole(path, {});
    for (let block = 1; block < 90; block++) {
      expect(await streamed(path, {}, 20, block), `${block}`).toEqual(expected);
    }
  });
});

describe("what the first block decides", () => {
  const text = (rows: number, of: (i: number) => string): string =>
    Array.from({ length: rows }, (_, i) => of(i)).join("\n");

  it("is left to the whole of a file where the block leaves it open", async () => {
    writeFileSync(at("late.csv"), `a;b\n${text(100, (i) => `${i};x`)}\n0,5;x\n`);
    expect(await openRows(at("late.csv"), {}, { head: 64, block: 64 })).toBe(at("late.csv"));
    writeFileSync(at("late.tsv"), `a\tb\n${text(100, (i) => `${i}\tx`)}\n5\t"x\n`);
    expect(await openRows(at("late.tsv"), {}, { head: 64, block: 64 })).toBe(at("late.tsv"));
  });

  it("is a decimal comma where all its numbers have one", async () => {
    writeFileSync(at("comma.csv"), `a;b\n${text(100, (i) => `${i},5;x`)}\n`);
    const got = await streamed(at("comma.csv"), {}, 64, 16);
    expect(got).toEqual(await whole(at("comma.csv"), {}));
    expect(got.decimal).toBe(",");
  });

  it("waits, for the encoding, for the first byte beyond ASCII", async () => {
    const lines = Buffer.from(`a,b\n${text(50, (i) => `${i},plain`)}\n`);
    const latin = Buffer.concat([lines, Buffer.from("1,caf\xe9\n2,na\xefve\n", "latin1")]);
    writeFileSync(at("latin.csv"), latin);
    const stream = (await openRows(at("latin.csv"), {}, { head: 64, block: 64 })) as RowStream;
    const rows = await rowsOf(stream);
    expect(rows.texts.slice(-2)).toEqual([
      ["1", "café"],
      ["2", "naïve"],
    ]);
    expect(stream.remarks()).toEqual([
      expect.stringMatching(
        /^read as windows-1252, as what follows byte \d+ is no valid UTF-8; --encoding/,
      ),
    ]);
    const utf8 = Buffer.concat([lines, Buffer.from("1,café\n2,\xff\n")]);
    writeFileSync(at("utf8.csv"), utf8);
    expect((await streamed(at("utf8.csv"), {}, 64, 16)).texts.at(-2)).toEqual(["1", "café"]);
  });

  it("ends at once where a source is short, and hands its bytes on", async () => {
    writeFileSync(at("short.csv"), "a,b\n1,2\n");
    expect(await openRows(at("short.csv"), {})).toBe(at("short.csv"));
    writeFileSync(at("array.json"), `[${text(100, (i) => `{"a":${i}}`).replaceAll("\n", ",")}]`);
    expect(await openRows(at("array.json"), {}, { head: 64, block: 64 })).toBe(at("array.json"));
  });
});
