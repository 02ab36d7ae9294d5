import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createRandom, type Report, SoftmaxError } from "@softmax/core";
import { describe, expect, it } from "vitest";
import { readTable } from "../../src/data/read.ts";
import type { ReadOptions } from "../../src/data/source.ts";
import { nodeCalls, openScratch, type ScratchCalls } from "../../src/data/store/scratch-file.ts";
import { type MemoryLimit, readStored, type StoredSource } from "../../src/data/store/store.ts";
import { train } from "../../src/train.ts";
import { temporaryFolder, texts } from "./tables.ts";

const at = temporaryFolder();

/** A folder of its own, so that what is left in it is seen. */
const scratch = (): string => mkdtempSync(at("scratch-"));

const small = (bytes: number, more: Partial<MemoryLimit> = {}): MemoryLimit => ({
  bytes,
  folder: scratch(),
  sizes: { head: 3000, block: 900 },
  ...more,
});

async function stored(
  path: string,
  limit: MemoryLimit,
  options: ReadOptions = {},
): Promise<StoredSource> {
  const found = await readStored(path, options, limit);
  if (typeof found === "string" || !("storage" in found)) throw new Error("it was not stored");
  return found;
}

function written(name: string, lines: readonly string[]): string {
  const path = at(name);
  writeFileSync(path, `${lines.join("\n")}\n`);
  return path;
}

/** Numbers with holes, levels, a day, texts that differ in every row, and two classes. */
function measured(rows: number, missing = "NA"): string[] {
  const random = createRandom(rows);
  const lines = ["x,z,colour,day,name,y"];
  for (let i = 0; i < rows; i++) {
    const x = random.uniform() * 10;
    const z = random.uniform() - 0.5;
    const colour = ["red", "green", "blue"][random.below(3)];
    const y = Math.abs(x - 5) + 4 * z + random.uniform() > 2.5 ? "yes" : "no";
    const cells = [
      i % 13 === 0 ? missing : x.toFixed(5),
      i % 17 === 0 ? "" : i % 5 === 0 ? z.toExponential(4) : ` ${z.toFixed(6)}`,
      colour,
      `2026-0${1 + random.below(9)}-11`,
      `n${i % 40}`,
      y,
    ];
    lines.push(cells.join(","));
  }
  return lines;
}

describe("a table in a scratch file", () => {
  it("holds the texts of the file, under the same hash", async () => {
    const path = written("texts.csv", measured(500));
    const whole = await readTable(path);
    const source = await stored(path, small(2 ** 22));
    expect(texts(source.table)).toEqual(texts(whole.table));
    expect(source.sha256).toBe(whole.sha256);
    expect(source.ledger).toEqual(whole.ledger);
    expect(source.dialect).toEqual(whole.dialect);
    source.close();
  });

  it("holds JSON lines, numbers as numbers", async () => {
    const rows = Array.from({ length: 400 }, (_, i) =>
      JSON.stringify({ a: i / 7, b: `t${i % 9}`, c: i % 3 === 0 ? null : i }),
    );
    const path = written("rows.jsonl", rows);
    const whole = await readTable(path);
    const source = await stored(path, small(2 ** 22));
    expect(texts(source.table)).toEqual(texts(whole.table));
    expect(source.sha256).toBe(whole.sha256);
    source.close();
  });

  it("leaves bad rows out and counts them as reading whole does", async () => {
    const lines = measured(400);
    lines.splice(300, 0, "1,2", '"open,3,red,2026-01-01,n,yes');
    const path = written("bad.csv", lines);
    const options = { skipBadRows: true, rejectsPath: at("left-out.csv") };
    const whole = await readTable(path, options);
    const rejects = readFileSync(at("left-out.csv"), "utf8");
    const source = await stored(path, small(2 ** 22), options);
    expect(source.ledger).toEqual(whole.ledger);
    expect(readFileSync(at("left-out.csv"), "utf8")).toBe(rejects);
    source.close();
    await expect(readStored(path, {}, small(2 ** 22))).rejects.toThrow(/bad\.csv, line 301/);
  });

  it("gives up the texts of numbers where they take too much, and says what it cannot give up", async () => {
    const path = written("numbers.csv", measured(9000));
    const source = await stored(path, small(2 ** 21, { sizes: { head: 30_000, block: 90_000 } }));
    const kinds = source.table.columns.map((column) => column.kind);
    expect(kinds).toEqual(["number", "number", "text", "text", "text", "text"]);
    expect(source.sha256).toBe((await readTable(path)).sha256);
    source.close();
    const different = measured(9000).map((line, i) => line.replace(/,n\d+,/, `,name ${i},`));
    const names = written("names.csv", different);
    await expect(readStored(names, {}, small(2 ** 21))).rejects.toThrow(
      /texts of the table take more than 0\.3 MiB; column "name" alone holds \d+ so far/,
    );
  });

  it("asks what a text among numbers means, and takes what is said to mean missing", async () => {
    const path = written("odd.csv", measured(9000, "not seen"));
    const limit = (): MemoryLimit => small(2 ** 21, { sizes: { head: 30_000, block: 90_000 } });
    await expect(readStored(path, {}, limit())).rejects.toThrow(
      /column "x" holds more numbers than fit in memory as texts, and among them "not seen"/,
    );
    const source = await readStored(path, {}, limit(), ["not seen"]);
    (source as StoredSource).close();
    const many = measured(9000).map((line, i) =>
      i > 8000 ? line.replace(/^[^,]*/, `a${i}`) : line,
    );
    await expect(readStored(written("many.csv", many), {}, limit())).rejects.toThrow(
      /column "x" .* many texts that are none, such as "a\d+"/,
    );
  });

  it("refuses more rows than the limit has places for", async () => {
    const path = written("long.csv", measured(9000));
    await expect(readStored(path, {}, small(400_000))).rejects.toThrow(
      /long\.csv has 9000 rows, whose labels and places alone want a limit of 1\.0 MiB/,
    );
  });
});

/** A report in which cells of numbers are shown as numbers or nothing: their texts are not kept. */
const asNumbers = (report: Report): unknown =>
  JSON.parse(
    JSON.stringify(report, (name, value: unknown) =>
      name !== "value" || typeof value !== "string"
        ? value
        : ["", "NA"].includes(value)
          ? null
          : Number.isNaN(+value)
            ? value
            : +value,
    ),
  );

describe("a training within a limit of memory", () => {
  it("gives the same model and report as one without, to the byte", async () => {
    const path = written("train.csv", measured(9000));
    const options = { target: "y", worker: false } as const;
    const free = await train(path, options);
    const memory = small(2 ** 21, { sizes: { head: 30_000, block: 90_000 } });
    const within = await train(path, { ...options, memory });
    expect(within.classifier.save()).toStrictEqual(free.classifier.save());
    expect(asNumbers(within.report)).toEqual(asNumbers(free.report));
    expect(readdirSync(memory.folder)).toEqual([]);
  });

  const path = (): string => written("disk.csv", measured(3000));
  const training = (memory: MemoryLimit) => train(path(), { target: "y", worker: false, memory });

  it.each(["ENOSPC", "EIO", "EDQUOT"])(
    "names the folder and leaves nothing there where a write fails with %s, whichever it is",
    async (code) => {
      let writes = 0;
      const counting = {
        ...nodeCalls,
        write: (...of: Parameters<ScratchCalls["write"]>) => {
          writes++;
          return nodeCalls.write(...of);
        },
      };
      await training(small(2 ** 20, { calls: counting }));
      expect(writes).toBeGreaterThan(10);
      for (const failing of [1, 2, Math.floor(writes / 2), writes - 1, writes]) {
        let count = 0;
        const calls = {
          ...nodeCalls,
          write: (...of: Parameters<ScratchCalls["write"]>) => {
            if (++count === failing) throw Object.assign(new Error(code), { code });
            return nodeCalls.write(...of);
          },
        };
        const memory = small(2 ** 20, { calls });
        const error: unknown = await training(memory).catch((cause: unknown) => cause);
        expect(error).toBeInstanceOf(SoftmaxError);
        expect(String(error)).toContain(`cannot be kept in ${memory.folder}: `);
        expect(readdirSync(memory.folder)).toEqual([]);
      }
    },
  );

  it("goes on after writes that take only a part", async () => {
    const calls: ScratchCalls = {
      ...nodeCalls,
      write: (fd, bytes, place) =>
        nodeCalls.write(fd, bytes.subarray(0, 1 + bytes.length / 3), place),
      read: (fd, bytes, place) =>
        nodeCalls.read(fd, bytes.subarray(0, 1 + bytes.length / 3), place),
    };
    const within = await training(small(2 ** 20, { calls }));
    const free = await train(path(), { target: "y", worker: false });
    expect(within.classifier.save()).toStrictEqual(free.classifier.save());
  });

  it("says before it starts that the disk has no room", async () => {
    const memory = small(2 ** 20, { calls: { ...nodeCalls, free: () => 2 ** 26 + 1000 } });
    await expect(training(memory)).rejects.toThrow(
      /rows that do not fit in memory take .* MiB in .*, whose disk has room for 0\.0 MiB/,
    );
    expect(readdirSync(memory.folder)).toEqual([]);
  });

  it("names a folder that is not there", async () => {
    const memory = { ...small(2 ** 20), folder: join(at("nowhere"), "deep") };
    await expect(training(memory)).rejects.toThrow(
      /cannot be kept in .*deep: its folder does not exist/,
    );
  });

  it("says that an L1 penalty needs its rows in memory", async () => {
    const memory = small(2 ** 20);
    const options = { target: "y", worker: false, l1Ratio: 0.5, memory } as const;
    await expect(train(written("l1.csv", measured(9000)), options)).rejects.toThrow(
      '"l1Ratio" needs its rows in memory',
    );
    expect(readdirSync(memory.folder)).toEqual([]);
  });
});

describe("a scratch file", () => {
  it("has no name, and goes as a named one where names cannot be taken away", () => {
    const folder = scratch();
    const file = openScratch(folder);
    expect(readdirSync(folder)).toEqual([]);
    file.close();
    let isOpen = true;
    const calls: ScratchCalls = {
      ...nodeCalls,
      unlink(path) {
        if (isOpen) throw Object.assign(new Error("busy"), { code: "EBUSY" });
        nodeCalls.unlink(path);
      },
    };
    const named = openScratch(folder, calls);
    expect(readdirSync(folder)).toHaveLength(1);
    isOpen = false;
    named.close();
    named.close();
    expect(readdirSync(folder)).toEqual([]);
  });

  it("keeps what is written at a place, and refuses to read behind its end", () => {
    const file = openScratch(scratch());
    expect(file.append(Float64Array.of(1, 2))).toBe(0);
    expect(file.append(Int32Array.of(7))).toBe(16);
    file.write(Float64Array.of(3), 8);
    const numbers = new Float64Array(2);
    file.read(numbers, 0);
    expect([...numbers]).toEqual([1, 3]);
    expect(() => file.read(new Float64Array(3), 0)).toThrow(/its disk failed \(EIO\)/);
    file.close();
  });
});
