import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { byCodePoint } from "@softmax/core";
import { beforeEach, describe, expect, it } from "vitest";
import { readTable } from "../../src/data/read.ts";
import type { ReadOptions, Source } from "../../src/data/source.ts";
import { cell, names, shape, texts } from "./tables.ts";

const shared = new URL("../../../../../shared/data/", import.meta.url).pathname;
/** Lines "file hash", as scripts/golden/tables.py prints them. */
const golden = readFileSync(new URL("./shared-tables.txt", import.meta.url), "utf8")
  .trim()
  .split("\n")
  .map((line) => line.split(" ") as [string, string]);

const isThere = existsSync(shared);

describe("the shared data", () => {
  beforeEach((context) => {
    if (!isThere) context.skip("../shared/data is absent");
  });

  // file, rows, columns, header, first name, first cell, last cell
  const tables: [string, number, number, boolean, string, string, string][] = [
    ["adult/adult.data.gz", 32561, 15, false, "column1", "39", " >50K"],
    ["adult/adult.test.gz", 16281, 15, false, "column1", "25", " >50K."],
    ["ag-news/test.csv", 7600, 3, false, "column1", "3", ""],
    ["anes96/anes96.csv", 944, 10, true, "popul", "0", "1"],
    ["bank-marketing/bank-full.csv.gz", 45211, 17, true, "poutcome", "unknown", "no"],
    [
      "breast-cancer-wisconsin/breast-cancer-wisconsin.data",
      699,
      11,
      false,
      "column1",
      "1000025",
      "4",
    ],
    ["breast-cancer-wisconsin/wdbc.csv", 569, 31, true, "mean radius", "17.99", "benign"],
    ["credit-default/UCI_Credit_Card.csv.gz", 30000, 25, true, "ID", "1", "1"],
    ["car/car.arff", 1728, 7, true, "buying", "vhigh", "vgood"],
    ["digits/digits.csv.gz", 1797, 65, false, "column1", "0", "8"],
    ["german-credit/german.csv", 1000, 21, false, "column1", "A11", "1"],
    ["iris/iris.csv", 150, 5, true, "sepal_length", "5.1", "virginica"],
    ["language-id/udhr-24.csv", 1416, 2, true, "language", "eng", ""],
    ["letter/LetterRecognition.csv.gz", 20000, 17, true, "lettr", "T", "8"],
    ["penguins/penguins.csv", 344, 7, true, "species", "Adelie", "MALE"],
    ["poker-hand/poker-hand-training-true.data.gz", 25010, 11, true, "S1", "1", "1"],
    ["shuttle/shuttle.csv.gz", 58000, 10, true, "V1", "50", "High"],
    ["skin/Skin_NonSkin.txt.gz", 245057, 4, false, "column1", "74", "2"],
    ["sms-spam/SMSSpamCollection", 5574, 2, false, "label", "ham", "Rofl. Its true to its name"],
    ["titanic/titanic.csv", 891, 15, true, "survived", "0", "True"],
    ["wine/wine.csv", 178, 14, false, "column1", "14.23", "3"],
    ["yeast/yeast.data", 1484, 10, true, "SpAccNr", "ADT1_YEAST", "CYT"],
  ];

  it.each(tables)("%s is read whole: %i rows of %i columns", async (...expected) => {
    const [file, rows, columns, header, name, first, last] = expected;
    const { table, ledger, dialect } = await readTable(shared + file);
    expect(shape(table)).toEqual([rows, columns]);
    expect(ledger).toEqual({ read: rows, rejected: 0, rejects: [] });
    expect(dialect.header).toBe(header);
    expect(table.decimal).toBe(".");
    expect(table.columns[0].name).toBe(name);
    expect(cell(table, 0, 0)).toBe(first);
    if (last !== "") expect(cell(table, rows - 1, columns - 1)).toBe(last);
  });

  it.each(golden)("%s has every cell that Python's csv module reads", async (file, expected) => {
    const { table, dialect } = await readTable(shared + file);
    const rows = dialect.header ? [names(table), ...texts(table)] : texts(table);
    const hash = createHash("sha256");
    for (const row of rows) hash.update(`${row.map((text) => `${text}\u001f`).join("")}\u001e`);
    expect(hash.digest("hex")).toBe(expected);
  });

  it("finds bare CR, tabs, quotes and comments", async () => {
    const credit = await readTable(`${shared}credit-default/UCI_Credit_Card.csv.gz`);
    expect(credit.dialect).toMatchObject({ lineEnd: "CR", compression: "gzip", delimiter: "," });
    const skin = await readTable(`${shared}skin/Skin_NonSkin.txt.gz`);
    expect(skin.dialect).toMatchObject({ lineEnd: "CRLF", delimiter: "\t" });
    const anes = await readTable(`${shared}anes96/anes96.csv`);
    expect(anes.dialect).toMatchObject({ quote: "'", delimiter: "\t" });
    const yeast = await readTable(`${shared}yeast/yeast.data`);
    expect(yeast.dialect).toMatchObject({ skippedLines: 81, delimiter: "\t" });
    const sms = await readTable(`${shared}sms-spam/SMSSpamCollection`);
    expect(sms.dialect).toMatchObject({ quote: null, delimiter: "\t" });
  });

  // source, options, rows, encoding, rows of each class in code-point order
  const corpora: [string, Source, ReadOptions, number, string, number[]][] = [
    [
      "rt-polarity",
      { files: [`${shared}rt-polarity/rt-polarity.pos`, `${shared}rt-polarity/rt-polarity.neg`] },
      {},
      10662,
      "windows-1252",
      [5331, 5331],
    ],
    [
      "names by language",
      `${shared}names-by-language`,
      {},
      20050,
      "utf-8",
      [2000, 268, 519, 297, 3668, 277, 724, 203, 232, 709, 991, 94, 139, 74, 9384, 100, 298, 73],
    ],
    ["SMS", `${shared}sms-spam/SMSSpamCollection`, {}, 5574, "utf-8", [4827, 747]],
    [
      "R8",
      `${shared}reuters-r8/train.txt.gz`,
      {},
      5485,
      "utf-8",
      [1596, 253, 2840, 41, 190, 206, 108, 251],
    ],
    [
      "coarse TREC",
      `${shared}trec/TREC.train`,
      { labelUntil: ":" },
      5452,
      "windows-1252",
      [86, 1162, 1250, 1223, 835, 896],
    ],
  ];

  it.each(corpora)("%s is read as labels and texts", async (...expected) => {
    const [, source, options, rows, encoding, classes] = expected;
    const read = await readTable(source, options);
    expect(names(read.table)).toEqual(["label", "text"]);
    expect(read).toMatchObject({ target: "label", ledger: { read: rows, rejected: 0 } });
    expect(read.dialect.encoding).toBe(encoding);
    const counts = new Map<string, number>();
    for (const [label] of texts(read.table)) {
      counts.set(label as string, (counts.get(label as string) ?? 0) + 1);
    }
    const sorted = [...counts].sort(([a], [b]) => byCodePoint(a, b));
    expect(sorted.map(([, n]) => n)).toEqual(classes);
    expect(read.table.rows).toBe(rows);
  });

  it("texts keep every character of their lines", async () => {
    const file = `${shared}sms-spam/SMSSpamCollection`;
    const lines = readFileSync(file, "utf8").split("\n").slice(0, -1);
    const rows = texts((await readTable(file)).table);
    expect(rows.map((cells) => cells.join("\t"))).toEqual(lines);
    const { remarks } = await readTable(`${shared}trec/TREC.train`, { format: "lines" });
    const bytes = readFileSync(`${shared}trec/TREC.train`);
    const line = bytes
      .toString("latin1")
      .split("\n")
      .findIndex((text) => /[\x80-\xff]/.test(text));
    expect(remarks[0]).toContain(`as line ${line + 1} is no valid UTF-8`);
  });

  it("the reviews are a folder a class, and unpacked one by one the same texts", async () => {
    const folder = mkdtempSync(join(tmpdir(), "softmax-test-"));
    const archive = `${shared}review-polarity/review_polarity.tar.gz`;
    execFileSync("tar", ["xzf", archive, "-C", folder, "txt_sentoken"]);
    const inner = join(folder, "txt_sentoken");
    await expect(readTable(folder)).rejects.toThrow(`not classes; name ${inner}`);
    const { table, dialect } = await readTable(inner);
    expect(dialect.files).toEqual({ count: 2000, folders: 2 });
    const rows = texts(table);
    expect(rows.filter(([label]) => label === "neg")).toHaveLength(1000);
    const first = readFileSync(join(inner, "neg/cv000_29416.txt"), "utf8");
    expect(rows[0]).toEqual(["neg", first]);
    rmSync(folder, { recursive: true });
    await expect(readTable(archive)).rejects.toThrow("is a tar archive; unpack it");
  });
});
