import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { DuckDBInstance } from "@duckdb/node-api";
import { beforeAll, describe, expect, it } from "vitest";
import { readTable } from "../../src/data/read.ts";
import { names, readBytes, temporaryFolder, texts } from "./tables.ts";

const at = temporaryFolder();

const read = (text: string, name = "t", options = {}) =>
  readBytes(Buffer.from(text, "utf8"), options, name);

describe("JSON lines", () => {
  it("keeps numbers, makes texts of booleans and of integers that a number cannot hold", async () => {
    const { table, dialect } = await read(
      '{"n":1.5,"b":true,"i":9007199254740993}\n\n{"n":null,"s":"007","i":-12,"b":"9007199254740993"}\n',
    );
    expect(dialect.format).toBe("jsonl");
    expect(names(table)).toEqual(["n", "b", "i", "s"]);
    expect(table.columns[0]).toMatchObject({
      kind: "number",
      values: Float64Array.of(1.5, Number.NaN),
    });
    expect(texts(table)).toEqual([
      ["1.5", "true", "9007199254740993", null],
      [null, "9007199254740993", "-12", "007"],
    ]);
  });

  it("makes a column of mixed kinds texts as JavaScript writes them", async () => {
    const { table } = await read('{"x":1e21}\n{"x":"a"}\n{"x":0.1}\n{"x":false}\n');
    expect(texts(table)).toEqual([["1e+21"], ["a"], ["0.1"], ["false"]]);
  });

  it("holds names that objects reserve", async () => {
    const { table } = await read('{"__proto__":"a","constructor":1,"10":2,"b":3}\n');
    expect(new Set(names(table))).toEqual(new Set(["__proto__", "constructor", "10", "b"]));
  });

  it("names line and column of what cannot stand in a table", async () => {
    await expect(read('{"a":1}\n{"a":{"b":1}}\n')).rejects.toThrow(
      't, line 2: column "a" expected',
    );
    await expect(read('{"a":1}\n{"a":1e999}\n')).rejects.toThrow('got "Infinity"');
    await expect(read('{"a":1}\n[1]\n', "t.jsonl")).rejects.toThrow("line 2: expected an object");
    await expect(read('{"a":1}\n{"a":\n')).rejects.toThrow("line 2: expected one JSON object");
    const { ledger } = await read('{"a":1}\n{"a":[]}\n', "t", { skipBadRows: true });
    expect(ledger).toMatchObject({
      read: 2,
      rejected: 1,
      rejects: [{ line: 2, text: '{"a":[]}' }],
    });
  });
});

describe("a JSON array", () => {
  it("reads as the same objects in lines do", async () => {
    const array = await read(' [{"a":1,"b":"x"},\n{"b":"y"}]', "t.json");
    const lines = await read('{"a":1,"b":"x"}\n{"b":"y"}\n');
    expect(array.table).toEqual(lines.table);
    expect(array.sha256).toBe(lines.sha256);
    expect(array.dialect.format).toBe("json");
  });

  it("names the row of what cannot stand in a table", async () => {
    await expect(read('[{"a":1},{"a":[2]}]')).rejects.toThrow('t, row 2: column "a"');
    await expect(read('[{"a":1},', "t.json")).rejects.toThrow("t.json is no valid JSON");
  });

  it("is left alone where the extension says CSV", async () => {
    const { dialect } = await read("[a],b\n1,2\n", "t.csv");
    expect(dialect.format).toBe("delimited");
  });
});

describe("ARFF", () => {
  const arff = `% a comment
@RELATION 'my data'

@ATTRIBUTE 'petal \\'size\\'' REAL
@attribute colour {red, 'light blue', "a,b"}
@attribute note string
@attribute day date "yyyy-MM-dd"
@DATA
1.5,'light blue','it\\'s\\n"',2026-01-31
% another
?, red ,?,?
-2e3,"a,b",'?',"2026-02-01"
{0 7, 2 'x y', 3 2026-03-01}
{}
`;

  it("reads quotes, levels, missing values and sparse rows", async () => {
    const { table, dialect } = await read(arff);
    expect(dialect.format).toBe("arff");
    expect(names(table)).toEqual(["petal 'size'", "colour", "note", "day"]);
    expect(table.columns.map((c) => c.kind)).toEqual(["number", "text", "text", "text"]);
    expect(texts(table)).toEqual([
      ["1.5", "light blue", "it's\n\"", "2026-01-31"],
      [null, "red", null, null],
      ["-2000", "a,b", "?", "2026-02-01"],
      ["7", "red", "x y", "2026-03-01"],
      ["0", "red", "", ""],
    ]);
  });

  it("names line, column and value of a bad row", async () => {
    const head = "@relation r\n@attribute a numeric\n@attribute b {p,q}\n@data\n1,p\n";
    await expect(read(`${head}x,q\n`)).rejects.toThrow(
      'line 6: column "a" expected a number, got "x"',
    );
    await expect(read(`${head}1,r\n`)).rejects.toThrow('line 6: column "b" has no level "r"');
    await expect(read(`${head}1\n`)).rejects.toThrow("line 6: 1 field where 2 were");
    await expect(read(`${head}1,'p\n`)).rejects.toThrow("line 6: unclosed quote");
    await expect(read(`${head}{5 1}\n`)).rejects.toThrow("line 6: expected {index value");
    await expect(read("@relation r\n@attribute a relational\n@data\n")).rejects.toThrow("line 2");
    await expect(read("@relation r\n@attribute a numeric\n", "t")).rejects.toThrow("@data");
  });
});

describe("Parquet", () => {
  beforeAll(async () => {
    const instance = await DuckDBInstance.create(":memory:");
    const connection = await instance.connect();
    await connection.run(`copy (
      select i::integer as i, i::bigint * 4503599627370 as big, (i / 4)::decimal(9, 2) as money,
        i % 2 = 0 as flag, date '2026-01-31' + i::integer as day, if(i = 3, null, 'text ' || i) as t,
        timestamp '2026-01-31 00:00:00' + interval (i) hour as moment,
        timestamptz '2026-01-31 02:00:00+02' + interval (i * 500) millisecond as zoned,
        i / 8 as x, [i] as list, '\\xC3'::blob as raw
      from range(5000) r(i)) to '${at("t.parquet")}' (format parquet)`);
    await connection.run(`copy (select 1 as a where false) to '${at("none.parquet")}'`);
    connection.closeSync();
    instance.closeSync();
  });

  it("keeps numbers, dates as ISO texts, file order, and says what it leaves out", async () => {
    const { table, remarks, dialect } = await readTable(at("t.parquet"));
    expect(dialect.format).toBe("parquet");
    expect(names(table)).toEqual(["i", "big", "money", "flag", "day", "t", "moment", "zoned", "x"]);
    expect(table.rows).toBe(5000);
    const kinds = table.columns.map(({ kind }) => kind);
    expect(kinds).toEqual([
      "number",
      "text",
      "text",
      "text",
      "text",
      "text",
      "text",
      "text",
      "number",
    ]);
    expect(texts(table)[0].join(" | ")).toBe(
      "0 | 0 | 0.00 | true | 2026-01-31 | text 0 | 2026-01-31 | 2026-01-31 | 0",
    );
    expect(texts(table)[3][5]).toBe(null);
    expect(texts(table)[3].join(" | ")).toBe(
      "3 | 13510798882110 | 0.75 | false | 2026-02-03 |  | 2026-01-31T03:00:00 | 2026-01-31T00:00:01.5 | 0.375",
    );
    expect(texts(table)[4999][0]).toBe("4999");
    expect(remarks).toHaveLength(2);
    expect(remarks[0]).toContain('"list" is left out');
  });

  it("reads the same from bytes", async () => {
    const path = await readTable(at("t.parquet"));
    const bytes = await readBytes(readFileSync(at("t.parquet")), {}, "stdin");
    expect(bytes.sha256).toBe(path.sha256);
  });

  it("reads a file whose name looks like a pattern", async () => {
    copyFileSync(at("t.parquet"), at("t[1]*.parquet"));
    expect((await readTable(at("t[1]*.parquet"))).table.rows).toBe(5000);
  });

  it("says where there is nothing in it", async () => {
    await expect(readTable(at("none.parquet"))).rejects.toThrow("is empty");
  });
});

describe("rows of a program", () => {
  it("become the table that the same JSON lines become", async () => {
    const rows = [
      { a: 1, b: "x", c: true },
      { a: null, b: undefined, c: false },
    ];
    const given = await readTable({ rows });
    const lines = await read('{"a":1,"b":"x","c":true}\n{"a":null,"b":null,"c":false}\n');
    expect(given.table).toEqual(lines.table);
  });

  it("hold dates and big integers as texts", async () => {
    const rows = [
      { day: new Date("2026-01-31"), at: new Date("2026-01-31T10:00:00.250Z"), n: 2n ** 60n },
    ];
    const { table } = await readTable({ rows });
    expect(texts(table)).toEqual([
      ["2026-01-31", "2026-01-31T10:00:00.250", "1152921504606846976"],
    ]);
  });

  it("are refused by row and column where a cell is nested", async () => {
    // biome-ignore lint/suspicious/noExplicitAny: wrong on purpose
    const rows: any = [{ a: 1 }, { a: { b: 1 } }];
    await expect(readTable({ rows })).rejects.toThrow('rows, row 2: column "a" expected');
  });
});

describe("the hash", () => {
  it("is the table's, not the file's", async () => {
    writeFileSync(at("t.csv"), "a,b\n1,x\n2,y\n");
    writeFileSync(at("t.tsv.gz"), gzipSync("a\tb\r\n1\tx\r\n2\ty\r\n"));
    const csv = await readTable(at("t.csv"));
    const tsv = await readTable(at("t.tsv.gz"));
    expect(tsv.sha256).toBe(csv.sha256);
    expect(csv.sha256).toMatch(/^[0-9a-f]{64}$/);
    const other = await read("a,b\n1,x\n2,z\n");
    expect(other.sha256).not.toBe(csv.sha256);
  });
});
