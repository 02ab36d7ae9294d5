import { createWriteStream, writeFileSync } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { expect, it } from "vitest";
import { SIZES } from "../../src/data/row-stream.ts";
import { anyTable, damaged, randomNumbers, readInPieces, readWhole, within } from "./damage.ts";
import { temporaryFolder } from "./tables.ts";

const at = temporaryFolder();

it("10,000 kinds of damage give rows that add up or a sentence, whole and in pieces", async () => {
  let readable = 0;
  for (let seed = 1000; seed < 11_000; seed++) {
    const random = randomNumbers(seed);
    writeFileSync(at("damaged.csv"), damaged(anyTable(random), random));
    for (const read of [readWhole, readInPieces]) {
      const outcome = await within(20, `seed ${seed}`, read(at("damaged.csv")));
      if (outcome.rows === null) continue;
      readable++;
      expect(outcome.rows + outcome.rejected, `seed ${seed}`).toBe(outcome.read);
    }
  }
  expect(readable).toBeGreaterThan(10_000);
});

it("a million columns are a sentence", async () => {
  const line = (cell: string): string => `${`${cell},`.repeat(999_999)}${cell}\n`;
  writeFileSync(at("wide.csv"), line("c") + line("1").repeat(3));
  for (const read of [readWhole, readInPieces]) {
    const outcome = await within(300, "a million columns", read(at("wide.csv"), {}, SIZES));
    expect(outcome.rows).toBe(null);
  }
});

it("a line of 1 GB is bad rows, and those before and after it are read", async () => {
  const text = "x".repeat(1 << 20);
  const lines = function* (): Generator<string> {
    yield "a,b\n1,2\n3,4\n";
    for (let i = 0; i < 1024; i++) yield text;
    yield "\n5,6\n";
  };
  await pipeline(Readable.from(lines()), createWriteStream(at("long.csv")));
  const options = { header: "yes", delimiter: "," };
  const outcome = await within(900, "1 GB", readInPieces(at("long.csv"), options, SIZES));
  // Every 16 Mi characters of it count as one.
  expect(outcome).toEqual({ rows: 3, rejected: 64, read: 67 });
});
