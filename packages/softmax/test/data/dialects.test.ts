import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { csvLine } from "../../src/data/csv.ts";
import { names, readBytes, readText, texts } from "./tables.ts";

const word = fc.string({ unit: fc.constantFrom(..."abcxyzé"), minLength: 1, maxLength: 8 });
const number = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }).map(String);
/** A number first, then words, some of which need quotes. */
const row = (width: number) =>
  fc
    .tuple(
      number,
      fc.array(
        fc.oneof(
          { weight: 5, arbitrary: word },
          fc.constantFrom("", "a, b", "c; d", 'say "x"', "e\nf"),
        ),
        { minLength: width - 1, maxLength: width - 1 },
      ),
    )
    .map(([first, rest]) => [first, ...rest]);

const encodings = ["utf-8", "utf-8 with mark", "utf-16le", "utf-16le with mark"] as const;

function encoded(text: string, encoding: (typeof encodings)[number]): Buffer {
  const marked = encoding.endsWith("mark") ? `\ufeff${text}` : text;
  return Buffer.from(marked, encoding.startsWith("utf-8") ? "utf8" : "utf16le");
}

describe("the dialect", () => {
  it("is found whatever the delimiter, line end, encoding, packing and header", async () => {
    const any = fc.record({
      rows: fc
        .integer({ min: 2, max: 5 })
        .chain((width) => fc.array(row(width), { minLength: 8, maxLength: 12 })),
      delimiter: fc.constantFrom(",", ";", "\t", "|"),
      lineEnd: fc.constantFrom("\n", "\r\n", "\r"),
      encoding: fc.constantFrom(...encodings),
      packed: fc.boolean(),
      header: fc.boolean(),
      lastLineEnd: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(any, async (t) => {
        const header = t.rows[0].map((_, j) => `name${j}`);
        const lines = (t.header ? [header, ...t.rows] : t.rows).map((cells) =>
          csvLine(cells, t.delimiter).replace(/\n$/, t.lineEnd),
        );
        const text = lines.join("").slice(0, t.lastLineEnd ? undefined : -t.lineEnd.length);
        const bytes = encoded(text, t.encoding);
        const { table, dialect } = await readBytes(t.packed ? gzipSync(bytes) : bytes);
        expect(dialect).toMatchObject({ delimiter: t.delimiter, header: t.header });
        expect(texts(table)).toEqual(t.rows);
        if (t.header) expect(names(table)).toEqual(header);
      }),
      { numRuns: 300 },
    );
  });

  it("is a decimal comma where whole columns are numbers only so, and is shown", async () => {
    const { table, dialect } = await readText("size;kind\n1,5;a\n-2,25e3;b\nNA;c\n");
    expect(dialect).toMatchObject({ delimiter: ";", decimal: "," });
    expect(table.decimal).toBe(",");
    expect((await readText("1,5;2,5\n3,5;4,5\n")).dialect).toMatchObject({
      delimiter: ";",
      decimal: ",",
      header: false,
    });
    expect((await readText("a;b\n1,5;2.5\n3,5;4.5\n")).dialect.decimal).toBe(".");
    expect((await readText('a,b\n"1,5",2\n')).dialect.decimal).toBe(".");
    expect((await readText('a,b\n"1,5",2\n', { decimal: "," })).table.decimal).toBe(",");
  });

  it("is not led astray by delimiters inside texts", async () => {
    const semicolons = await readText("id,note\n1,a;b\n2,c;d\n3,e;f\n");
    expect(semicolons.dialect.delimiter).toBe(",");
    const commas = await readText("id\tnote\n1\ta, b\n2\tc, d\n3\te, f\n");
    expect(commas.dialect.delimiter).toBe("\t");
  });

  it("leaves comments and named lines above the table out", async () => {
    const { table, dialect } = await readText("# by me, 2026\n#\nx,y\n1,2\n# 3,4\n");
    expect(names(table)).toEqual(["x", "y"]);
    expect(texts(table)).toEqual([
      ["1", "2"],
      ["# 3", "4"],
    ]);
    expect(dialect.skippedLines).toBe(2);
    expect(names((await readText("#x\ty\n1\t2\n3\t4\n")).table)).toEqual(["#x", "y"]);
    expect(texts((await readText("Title\n\nx,y\n1,2\n", { skipLines: 1 })).table)).toEqual([
      ["1", "2"],
    ]);
  });

  it("is taken from the first line where Excel states it", async () => {
    const { table, dialect } = await readText("sep=|\r\na|b\r\n1|2\r\n");
    expect(texts(table)).toEqual([["1", "2"]]);
    expect(dialect).toMatchObject({ delimiter: "|", skippedLines: 1 });
  });

  it("has no header where the first line holds dates, and one where it stands above them", async () => {
    const days = "2026-01-31,Paris\n2026-02-01,Rome\n";
    expect((await readText(days)).dialect.header).toBe(false);
    expect((await readText(`day,city\n${days}`)).dialect.header).toBe(true);
  });

  it("can be stated", async () => {
    const stated = await readText("1::2\n3::4\n", { delimiter: "::" });
    expect(texts(stated.table)).toEqual([
      ["1", "2"],
      ["3", "4"],
    ]);
    const lines = await readText("one, two\nthree\n", { delimiter: "none", header: "no" });
    expect(texts(lines.table)).toEqual([["one, two"], ["three"]]);
    const header = await readText("1,2\n3,4\n", { header: "yes" });
    expect(names(header.table)).toEqual(["1", "2"]);
    const spaced = await readText("1 2\n3 4\n");
    expect(spaced.dialect.delimiter).toBe(" ");
    const latin = await readBytes(Buffer.from("a,b\n1,caf\xe9\x80\n", "latin1"), {
      encoding: "latin1",
    });
    expect(texts(latin.table)).toEqual([["1", "café€"]]);
    const japanese = await readBytes(
      Buffer.from([0x61, 0x2c, 0x62, 10, 0x31, 0x2c, 0x83, 0x65, 10]),
      {
        encoding: "shift_jis",
      },
    );
    expect(texts(japanese.table)).toEqual([["1", "テ"]]);
  });

  it("knows a header by the names that a model expects", async () => {
    const text = "kind,colour\nbig,red\nbig,blue\n";
    expect((await readText(text, { knownColumns: ["colour", "kind"] })).dialect.header).toBe(true);
    expect((await readText("big,red\nbig,blue\n")).dialect.header).toBe(false);
  });

  it("names what has no name or a name twice, and says so", async () => {
    const { table, remarks } = await readText(",a,a,column1\n1,2,3,4\n");
    expect(names(table)).toEqual(["column1_1", "a", "a_1", "column1"]);
    expect(remarks).toHaveLength(2);
  });

  it("takes R's header without a name for the row names, and rows that end in a delimiter", async () => {
    const r = await readText('"x" "y"\n"1" 2 3\n"2" 4 5\n', { delimiter: "space" });
    expect(names(r.table)).toEqual(["column1", "x", "y"]);
    await expect(readText("x,y\n1,2,3\n1,4,5\n")).rejects.toThrow(
      "line 1, the header: 2 fields where 3 were expected",
    );
    const trailing = await readText("x,y\n1,2,\n3,4,\n");
    expect(texts(trailing.table)).toEqual([
      ["1", "2"],
      ["3", "4"],
    ]);
  });

  it("reads quoted cells after a space, and keeps all other spaces", async () => {
    const { table } = await readText('a, b\n1, "x, y"\n 2 , z \n');
    expect(texts(table)).toEqual([
      ["1", "x, y"],
      [" 2 ", " z "],
    ]);
  });
});
