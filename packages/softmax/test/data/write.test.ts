import {
  chmodSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { Writable } from "node:stream";
import type { Table } from "@softmax/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openPending, writeFileAtomically } from "../../src/data/atomic.ts";
import { freeName } from "../../src/data/names.ts";
import { readTable } from "../../src/data/read.ts";
import { streamSink } from "../../src/data/sink.ts";
import { openWriter, type WriterOptions } from "../../src/data/writer.ts";
import { names, temporaryFolder, texts, textTable } from "./tables.ts";

const at = temporaryFolder();

async function write(path: string, table: Table, options: WriterOptions = {}): Promise<void> {
  const writer = await openWriter(path, options);
  await writer.write(table);
  await writer.close();
}

/** Texts full of what separates, quotes and ends. */
const anyText = fc.string({
  unit: fc.oneof(
    fc.constantFrom(..."a1,;|\t\"'#\\ \r\n.é\ufeff"),
    fc.string({ unit: "grapheme", maxLength: 1 }),
  ),
  maxLength: 6,
});

const anyTable = fc
  .record({ width: fc.integer({ min: 1, max: 5 }), rows: fc.integer({ min: 1, max: 8 }) })
  .chain(({ width, rows }) => {
    const row = fc.array(anyText, { minLength: width, maxLength: width });
    return fc.array(row, { minLength: rows, maxLength: rows });
  });

describe("openWriter", () => {
  it("writes CSV that reads back as it was, whatever the texts and the delimiter", async () => {
    await fc.assert(
      fc.asyncProperty(anyTable, fc.constantFrom(",", ";", "\t", "|"), async (rows, delimiter) => {
        const header = rows[0].map((_, j) => `name ${j}`);
        await write(at("any.csv"), textTable(header, rows), { delimiter });
        const back = await readTable(at("any.csv"), { delimiter, header: "yes", quote: '"' });
        expect(names(back.table)).toEqual(header);
        expect(texts(back.table)).toEqual(rows);
      }),
      { numRuns: 300 },
    );
  });

  it("writes JSON lines and Parquet that read back as they were, missing values included", async () => {
    const header = ["a", 'b"\n', "__proto__"];
    const rows = [
      ["1", null, "x"],
      ["", 'q"\\\u2028', "true"],
      ["007", "é", null],
    ];
    const table = textTable(header, rows);
    for (const path of [at("t.jsonl"), at("t.parquet")]) {
      await write(path, table);
      const back = await readTable(path);
      expect(names(back.table)).toEqual(header);
      expect(texts(back.table)).toEqual(rows);
    }
  });

  it("keeps every bit of a number", async () => {
    const values = Float64Array.of(
      0.1,
      1 / 3,
      5e-324,
      1.7976931348623157e308,
      Number.NaN,
      1e21,
      -2,
    );
    const table: Table = {
      rows: values.length,
      columns: [{ kind: "number", name: "x", values }],
      decimal: ".",
    };
    for (const path of [at("x.jsonl"), at("x.parquet")]) {
      await write(path, table);
      const { table: back } = await readTable(path);
      expect(back.columns[0]).toEqual({ kind: "number", name: "x", values });
    }
    await write(at("x.csv"), table, { decimal: ",", delimiter: ";" });
    const { table: back } = await readTable(at("x.csv"));
    expect(back.decimal).toBe(",");
    expect(texts(back)[0]).toEqual(["0,1"]);
  });

  it("joins several tables under one header", async () => {
    const writer = await openWriter(at("two.csv"));
    await writer.write(textTable(["a", "b"], [["1", "2"]]));
    await writer.write(textTable(["a", "b"], [["3", "4"]]));
    await writer.close();
    expect(readFileSync(at("two.csv"), "utf8")).toBe("a,b\n1,2\n3,4\n");
  });

  it("leaves no file when aborted or when the columns change half-way", async () => {
    writeFileSync(at("kept.csv"), "before");
    const writer = await openWriter(at("kept.csv"));
    await writer.write(textTable(["a"], [["1"]]));
    await writer.abort();
    const other = await openWriter(at("kept.csv"));
    await other.write(textTable(["a"], [["1"]]));
    await expect(other.write(textTable(["b"], [["1"]]))).rejects.toThrow("same columns");
    expect(readFileSync(at("kept.csv"), "utf8")).toBe("before");
    expect(readdirSync(dirname(at("kept.csv"))).filter((name) => name.endsWith(".tmp"))).toEqual(
      [],
    );
  });

  it("names the extensions it knows and the folder that is not there", async () => {
    await expect(openWriter(at("out.xlsx"))).rejects.toThrow(".csv, .tsv, .jsonl");
    await expect(openWriter(at("nowhere/out.csv"))).rejects.toThrow(
      "cannot be written: its folder does not exist",
    );
  });

  it("writes through a link and to what is no regular file", async () => {
    writeFileSync(at("real.csv"), "before");
    symlinkSync(at("real.csv"), at("link.csv"));
    await write(at("link.csv"), textTable(["a"], [["1"]]));
    expect(readFileSync(at("real.csv"), "utf8")).toBe("a\n1\n");
    await write("/dev/null", textTable(["a"], [["1"]]));
    expect(statSync("/dev/null").isFile()).toBe(false);
  });

  it("ends cleanly where the reader of a stream has gone", async () => {
    const stream = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error("gone"), { code: "EPIPE" })),
    });
    const sink = streamSink(stream);
    await sink.write("a\n");
    await sink.write("b\n");
    expect(sink.isRead).toBe(false);
    await sink.close();
  });
});

describe("writeFileAtomically", () => {
  it("replaces a file whole, keeps its mode, and leaves no other file", async () => {
    writeFileSync(at("mode.json"), "old");
    chmodSync(at("mode.json"), 0o600);
    await writeFileAtomically(at("mode.json"), new Uint8Array([110, 101, 119]));
    expect(readFileSync(at("mode.json"), "utf8")).toBe("new");
    expect(statSync(at("mode.json")).mode & 0o777).toBe(0o600);
    await expect(writeFileAtomically(dirname(at("x")), "x")).rejects.toThrow("is a folder");
  });

  it("removes the temporary file when aborted", async () => {
    const file = await openPending(at("gone.bin"));
    await file.write("half");
    expect(readdirSync(dirname(file.temporary)).some((name) => name.endsWith(".tmp"))).toBe(true);
    await file.abort();
    await file.abort();
    expect(readdirSync(dirname(file.temporary)).some((name) => /gone/.test(name))).toBe(false);
  });
});

describe("freeName", () => {
  it("counts up to the first free name", () => {
    expect(freeName("prediction", ["a"])).toBe("prediction");
    expect(freeName("prediction", ["prediction", "prediction_1"])).toBe("prediction_2");
  });
});
