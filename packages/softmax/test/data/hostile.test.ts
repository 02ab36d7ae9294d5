import { existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readTable } from "../../src/data/read.ts";
import { MAX_CELL_LENGTH } from "../../src/data/source.ts";
import { names, readBytes, readText, temporaryFolder, texts } from "./tables.ts";

const at = temporaryFolder();

const fails = async (text: string, ...sentence: string[]): Promise<void> => {
  const error = await readText(text).catch((e: Error) => e);
  expect(error).toMatchObject({ name: "SoftmaxError", code: "data" });
  for (const part of sentence) expect((error as Error).message).toContain(part);
};

describe("bad input gets a sentence", () => {
  it("names line, fields and remedy of a ragged row", async () => {
    await fails(
      "a,b\n1,2\n3\n",
      "t.csv, line 3: 1 field where 2 were expected",
      '"3"',
      "--skip-bad-rows",
    );
    await fails("a,b\n1,2\n3,4,5\n6,7\n", "line 3: 3 fields where 2");
  });

  it("counts lines inside quotes, and comments and CRs above", async () => {
    await fails('# c\ra,b\r"x\r\ny\n",2\r3\r', "line 6: 1 field");
  });

  it("names the column in which a quote does not close", async () => {
    await fails('a,b\n1,"2\n3,4\n', 'line 2: unclosed quote in column 2 ("b")', "--quote none");
    await fails('a,b\n1,"2" x\n3,4\n', 'line 2: text after the closing quote in column 2 ("b")');
  });

  it("names the column with bytes that are not in the encoding", async () => {
    const latin = Buffer.from("José,3\n", "latin1");
    const bytes = Buffer.concat([Buffer.from("name,n\nZoë,1\nÅse,2\n"), latin]);
    const error = readBytes(bytes);
    await expect(error).rejects.toThrow(
      't.csv, line 4: column 1 ("name") is no valid utf-8: "Jos\ufffd"',
    );
    await expect(readBytes(bytes)).rejects.toThrow("--encoding");
    await expect(readBytes(bytes, { encoding: "utf-9" })).rejects.toThrow(RangeError);
  });

  it("names the column with a NUL byte", async () => {
    await fails("a,b\n1,2\n3,\0\n", 'line 3: column 2 ("b") holds a NUL byte');
  });

  it("names a header that is broken", async () => {
    await fails('a,"b\n1,2\n', "line 1, the header");
  });

  it("knows an empty file from a header without rows", async () => {
    await fails("", "t.csv is empty");
    await fails("# c\n\n", "is empty");
    await fails("a,b\n", "a header but no rows", "--header no");
    await expect(readBytes(gzipSync(""))).rejects.toThrow("is empty");
  });

  it("refuses text without a delimiter rather than reading one column of it", async () => {
    await fails(
      "one, two, three\nfour\nfive, six\nseven, a, b, c, d\neight,,,,,,,\n",
      "--delimiter",
    );
  });

  it("refuses a gzip file that is cut off", async () => {
    const packed = gzipSync(Buffer.from("a,b\n1,2\n".repeat(1000)));
    await expect(readBytes(packed.subarray(0, 40))).rejects.toThrow("damaged or cut off");
  });

  it("says what a foreign file is and what to do", async () => {
    const foreign = (bytes: Buffer, name: string) => readBytes(bytes, {}, name);
    await expect(foreign(Buffer.from("PK\x03\x04...."), "x.xlsx")).rejects.toThrow(
      "x.xlsx is a spreadsheet (.xlsx, .ods) or zip archive; save the sheet as CSV",
    );
    await expect(foreign(Buffer.from("\x89PNG\r\n", "latin1"), "x.csv")).rejects.toThrow(
      "an image",
    );
    await expect(foreign(Buffer.from("<!DOCTYPE html><p>404"), "x.csv")).rejects.toThrow(
      "a web page",
    );
    await expect(foreign(Buffer.from("PAR1 broken"), "x")).rejects.toThrow("as Parquet");
  });

  it("proposes the file that was meant", async () => {
    writeFileSync(at("penguins.csv"), "a,b\n1,2\n");
    await expect(readTable(at("pengiuns.csv"))).rejects.toThrow(
      'no such file; did you mean "penguins.csv"?',
    );
    mkdirSync(at("folder"));
    await expect(readTable(at("folder"))).rejects.toThrow("is a folder");
    await expect(readTable(at("folder/none/x.csv"))).rejects.toThrow("no such file");
  });

  it("names the size of a file that is too large, before it reads it", async () => {
    writeFileSync(at("huge.csv"), "");
    truncateSync(at("huge.csv"), 3 * 2 ** 30);
    await expect(readTable(at("huge.csv"))).rejects.toThrow(
      "huge.csv holds 3.0 GiB, more than the 2.0 GiB",
    );
  });

  it("refuses options that it does not know", async () => {
    // biome-ignore lint/suspicious/noExplicitAny: wrong on purpose
    const wrong = (options: any) => readText("a,b\n1,2\n", options);
    await expect(wrong({ delimeter: ";" })).rejects.toThrow('did you mean "delimiter"?');
    await expect(wrong({ header: "maybe" })).rejects.toThrow("one of auto, yes, no");
    await expect(wrong({ delimiter: '"' })).rejects.toThrow(RangeError);
    await expect(wrong({ quote: "ab" })).rejects.toThrow(RangeError);
  });

  it("stops where it is told to", async () => {
    const stopped = readText("a,b\n1,2\n", { signal: AbortSignal.abort() });
    await expect(stopped).rejects.toMatchObject({ code: "aborted" });
  });
});

describe("bad rows are left out when asked, and only then", () => {
  const text = 'a,b\n1,2\nragged\n3,"4\n5,6\n7,"8"9\n10,\0\n11,12\n';

  it("accounts for every row and writes the rejects as CSV", async () => {
    const rejectsPath = at("rejects.csv");
    const { table, ledger } = await readText(text, { skipBadRows: true, rejectsPath });
    expect(texts(table)).toEqual([
      ["1", "2"],
      ["5", "6"],
      ["11", "12"],
    ]);
    expect(ledger).toMatchObject({ read: 7, rejected: 4 });
    expect(ledger.rejects.map(({ line }) => line)).toEqual([3, 4, 6, 7]);
    const rejects = await readTable(rejectsPath, { skipBadRows: true });
    expect(names(rejects.table)).toEqual(["line", "reason", "text"]);
    expect(readFileSync(rejectsPath, "utf8")).toContain('\n4,"unclosed quote in column 2');
    expect(readFileSync(rejectsPath, "utf8")).toContain('"3,""4"\n');
  });

  it("never writes the rejects over the file that is read", async () => {
    writeFileSync(at("bad.csv"), text);
    const over = readTable(at("bad.csv"), { skipBadRows: true, rejectsPath: at("./bad.csv") });
    await expect(over).rejects.toThrow("name another");
    expect(readFileSync(at("bad.csv"), "utf8")).toBe(text);
  });

  it("says so where no row is left", async () => {
    const none = readText("a,b\n1\n2\n", { skipBadRows: true, delimiter: ",", header: "yes" });
    await expect(none).rejects.toThrow("all of its 2 rows are bad; the first: 1 field where 2");
  });

  it("writes no rejects where the reading fails", async () => {
    await expect(readText(text, { rejectsPath: at("none.csv") })).rejects.toThrow("line 3");
    expect(existsSync(at("none.csv"))).toBe(false);
  });

  it("loses no row to a bad one, wherever it stands", async () => {
    const bad = fc.constantFrom("x", "1,2,3", '"a,2', '1,"b', '1,"b"c', "\0,2");
    const good = fc
      .tuple(fc.nat(), fc.constantFrom("x", '"q,q"', "", '"l\nl"'))
      .map((c) => c.join(","));
    const line = fc.oneof(
      bad.map((text) => ({ text, isGood: false })),
      good.map((text) => ({ text, isGood: true })),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(line, { minLength: 1, maxLength: 12 }), async (lines) => {
        const most = Array.from({ length: 30 }, (_, i) => `${i},good`);
        const whole = ["n,t", ...most, ...lines.map((l) => l.text), "9,last"].join("\n");
        const options = { skipBadRows: true, header: "yes", delimiter: ",", quote: '"' } as const;
        const { table, ledger } = await readText(whole, options);
        const opens = lines.some((l) => /"[^"]*$/.test(l.text.replaceAll("\n", "")));
        if (!opens) expect(ledger.rejected).toBe(lines.filter((l) => !l.isGood).length);
        expect(ledger.read).toBe(table.rows + ledger.rejected);
      }),
      { numRuns: 300 },
    );
  });
});

describe("large and odd input", () => {
  it("refuses a cell of 10 MB by its length, and reads one of 3 MB", async () => {
    await fails(`a,b\n1,${"x".repeat(1e7)}\n`, "line 2", `more than the ${MAX_CELL_LENGTH}`);
    const { table } = await readText(`a,b\n1,${"x".repeat(3e6)}\n2,y\n`);
    expect(texts(table)[0][1]).toHaveLength(3e6);
  });

  it("takes a quote that never closes for what it is, in 40 MB as well", async () => {
    const bytes = Buffer.from(`a,b\n1,"2\n${"3,4\n".repeat(1e7)}`);
    await expect(readBytes(bytes)).rejects.toThrow('line 2: unclosed quote in column 2 ("b")');
  });

  it("reads the same rows however the text is cut into blocks", async () => {
    const rows = Array.from({ length: 300_000 }, (_, i) => `${i},"é\r\n${i % 7}",z`);
    const { table, dialect } = await readText(`n,t,u\r\n${rows.join("\r\n")}\r\n`);
    expect(table.rows).toBe(300_000);
    expect(texts({ ...table, rows: 1 })).toEqual([["0", "é\r\n0", "z"]]);
    const numbers = table.columns[0];
    if (numbers.kind !== "text") throw new Error("text expected");
    expect(numbers.dictionary.every((text, i) => text === String(i))).toBe(true);
    expect(table.columns[1]).toMatchObject({ dictionary: { length: 7 } });
    expect(dialect.lineEnd).toBe("CRLF");
  });

  it("reads 5,000 columns, and CR, LF and CRLF in one file", async () => {
    const wide = Array.from({ length: 5000 }, (_, j) => `c${j}`).join(",");
    const numbers = Array.from({ length: 5000 }, (_, j) => j).join(",");
    expect((await readText(`${wide}\n${numbers}\n`)).table.columns).toHaveLength(5000);
    const mixed = await readText("a,b\r1,2\n3,4\r\n5,6");
    expect(mixed.dialect.lineEnd).toBe("mixed");
    expect(texts(mixed.table)).toEqual([
      ["1", "2"],
      ["3", "4"],
      ["5", "6"],
    ]);
  });

  it("never throws anything but a sentence, whatever the bytes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), async (bytes) => {
        const outcome = await readBytes(bytes, {}, "bytes").catch((error: Error) => error);
        if (outcome instanceof Error) expect(outcome.name).toBe("SoftmaxError");
        else expect(outcome.ledger.read).toBe(outcome.table.rows);
      }),
      { numRuns: 500 },
    );
  });
});
