import { readFileSync, writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import { readTable } from "../../src/data/read.ts";
import { openWriter } from "../../src/data/writer.ts";
import { anyTable, damaged, randomNumbers, readInPieces, readWhole, within } from "./damage.ts";
import { temporaryFolder } from "./tables.ts";

const at = temporaryFolder();

it("damage to delimited text gives rows that add up or a sentence, whole and in pieces", async () => {
  let readable = 0;
  for (let seed = 0; seed < 300; seed++) {
    const random = randomNumbers(seed);
    const path = at("damaged.csv");
    writeFileSync(path, damaged(anyTable(random), random));
    for (const read of [readWhole, readInPieces]) {
      const outcome = await within(10, `seed ${seed}`, read(path));
      if (outcome.rows === null) continue;
      readable++;
      expect(outcome.rows + outcome.rejected, `seed ${seed}`).toBe(outcome.read);
    }
  }
  expect(readable).toBeGreaterThan(300);
});

it("damage to Parquet gives rows or a sentence", async () => {
  const writer = await openWriter(at("whole.parquet"));
  const source = Array.from({ length: 300 }, (_, i) => ({ id: i, text: `t${i % 7}`, x: i / 3 }));
  await writer.write((await readTable({ rows: source })).table);
  await writer.close();
  const whole = readFileSync(at("whole.parquet"));
  let failed = 0;
  for (let seed = 0; seed < 40; seed++) {
    const path = at("damaged.parquet");
    writeFileSync(path, damaged(whole, randomNumbers(seed)));
    const outcome = await within(10, `seed ${seed}`, readWhole(path));
    if (outcome.rows === null) failed++;
    else expect(outcome.rows + outcome.rejected).toBe(outcome.read);
  }
  expect(failed).toBeGreaterThan(10);
});

it("a line that is too long, and too many columns, are a sentence, whole and in pieces", async () => {
  const good = "a,b\n1,2\n3,4\n";
  writeFileSync(at("long.csv"), `${good.repeat(9)}${"x".repeat(1.8e7)}\n5,6\n`);
  writeFileSync(at("wide.csv"), `${"c,".repeat(200_000)}c\n${"1,".repeat(200_000)}1\n`);
  const options = { header: "yes", delimiter: "," } as const;
  const whole = await within(60, "a long line", readWhole(at("long.csv"), options));
  expect(whole).toEqual({ rows: 27, rejected: 2, read: 29 });
  const sizes = { head: 4096, block: 1 << 20 };
  const pieces = await within(60, "the same", readInPieces(at("long.csv"), options, sizes));
  expect(pieces).toEqual(whole);
  await expect(readTable(at("wide.csv"))).rejects.toThrow(
    "has 200001 columns, more than the 100000 that can be read",
  );
  expect((await readInPieces(at("wide.csv"), {}, { head: 1 << 19, block: 4096 })).rows).toBe(null);
});
