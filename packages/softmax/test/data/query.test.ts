import { readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { describe, expect, it } from "vitest";
import { readTable } from "../../src/data/read.ts";
import { openWriter } from "../../src/data/writer.ts";
import { names, temporaryFolder, texts, textTable } from "./tables.ts";

const at = temporaryFolder();
const train = at("train.set.csv");
const labels = at("labels.parquet");
const secret = at("secret.csv");
writeFileSync(train, "id,x\r007,b\r01,a\r1,c\r");
writeFileSync(secret, "id,x\n1,2\n");

const query = (sql: string, files: string[] = [train]) => readTable({ query: sql, files });

async function writeLabels(): Promise<void> {
  const writer = await openWriter(labels);
  await writer.write(
    textTable(
      ["id", "y"],
      [
        ["1", "yes"],
        ["01", "no"],
      ],
    ),
  );
  await writer.close();
}

describe("a query", () => {
  it("sees texts as they stand in the file, and sorts the result by all columns", async () => {
    const { table, dialect, ledger } = await query("select * from data;  ");
    expect(texts(table)).toEqual([
      ["007", "b"],
      ["01", "a"],
      ["1", "c"],
    ]);
    expect(dialect.format).toBe("query");
    expect(ledger.read).toBe(3);
  });

  it.each(["data", "train", '"train.set.csv"', `'${train}'`, "'train.set.csv'"])(
    "finds the file as %s",
    async (name) => {
      expect((await query(`select x from ${name} -- comment`)).table.rows).toBe(3);
    },
  );

  it("joins files of several formats", async () => {
    await writeLabels();
    const { table } = await query("select x, y from train join labels using (id)", [train, labels]);
    expect(names(table)).toEqual(["x", "y"]);
    expect(texts(table)).toEqual([
      ["a", "no"],
      ["c", "yes"],
    ]);
  });

  it.each([
    `select * from '${secret}'`,
    `select * from read_csv('${train}/../secret.csv')`,
    `select * from read_text('${dirname(secret)}/*')`,
    "select * from read_text('/etc/passwd')",
    "select * from glob('/*')",
    "select * from 'https://example.org/a.csv'",
    `select 1) ; copy data to '${train}'; select * from (select 1`,
    `copy data to '${at("out.csv")}'`,
    "attach 'x.db'",
    "set threads = 4",
    "install httpfs",
    "select 1; select 2",
    "",
  ])("cannot reach other files or change anything: %s", async (sql) => {
    await expect(query(sql)).rejects.toMatchObject({ name: "SoftmaxError", code: "data" });
    expect(readFileSync(train, "utf8")).toContain("007");
  });

  it("keeps decimal commas known", async () => {
    writeFileSync(at("comma.csv"), "a;b\n1,5;x\n2,5;y\n");
    const { table, dialect } = await query("select a from data", [at("comma.csv")]);
    expect(texts(table)).toEqual([["1,5"], ["2,5"]]);
    expect([table.decimal, dialect.decimal]).toEqual([",", ","]);
  });

  it("says which tables there are, and how texts are compared as numbers", async () => {
    await expect(query("select * from nothing")).rejects.toThrow('it can read "');
    await expect(query("select * from data where id > 3")).rejects.toThrow("column::double");
    await expect(query("select * from data where id = 'none'")).rejects.toThrow("is empty");
    await expect(query("select 1", [])).rejects.toThrow("at least one file");
    await expect(query("select 1", [at("absent.csv")])).rejects.toThrow("no such file");
  });

  it("delivers the same numbers each time, sums of floats included", async () => {
    const sql = "select sum(i * 0.1::double) as s, avg(1 / (i + 1)) as a from range(300000) t(i)";
    const first = await query(sql);
    const second = await query(sql);
    expect(first.sha256).toBe(second.sha256);
    expect(first.table.columns[0].kind).toBe("number");
  });
});
