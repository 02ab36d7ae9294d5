import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeEach, describe, expect, it } from "vitest";
import { flowing, softmax, workFolder } from "./run.ts";

const shared = (name: string): string =>
  fileURLToPath(new URL(`../../../../../shared/data/${name}`, import.meta.url));

const folder = workFolder();
const FAST = ["--l2", "0.001", "--linear", "-q"];

const run = (...args: string[]) => softmax(args, { cwd: folder.path });

describe("tables of the shared data", () => {
  beforeEach((context) => {
    if (!existsSync(shared(""))) context.skip("../shared/data is absent");
  });

  const titanic = shared("titanic/titanic.csv");
  it("titanic's column alive gives survived away", async () => {
    const { out, code } = await run("train", titanic, "-t", "survived", ...FAST);
    expect(code).toBe(0);
    expect(flowing(out)).toContain('"alive" alone all but gives "survived" away');
  });

  const credit = shared("credit-default/UCI_Credit_Card.csv.gz");
  it("credit-default's lines end in CR", async () => {
    const { out } = await run("train", credit, "-t", "-1", ...FAST);
    expect(flowing(out)).toContain(
      "30,000 rows, 25 columns, comma-separated, UTF-8, line ends CR, gzip",
    );
    expect(flowing(out)).toContain('"ID" looks like an identifier');
  });

  const [rows, test] = ["adult.data.gz", "adult.test.gz"].map((name) => shared(`adult/${name}`));
  it("adult's test labels end in a full stop, which a query mends", async () => {
    const trained = await run("train", rows, "--header", "no", "-t", "-1", ...FAST, "-o", "a.st");
    expect(trained.code).toBe(0);
    const plain = await run("evaluate", "a.st", test, "--header", "no");
    expect([plain.code, plain.err]).toEqual([3, expect.stringContaining('"<=50K." (12435 rows)')]);
    const query = "select * replace (rtrim(column15, '.') as column15) from data";
    const mended = await run(
      "evaluate",
      "a.st",
      test,
      "--header",
      "no",
      "--query",
      query,
      "--json",
    );
    expect(JSON.parse(mended.out)).toMatchObject({ rows: 16_281, noBetterThanBaseline: false });
  });
});
