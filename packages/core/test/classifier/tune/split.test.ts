import { describe, expect, it } from "vitest";
import { createRandom } from "../../../src/base/random.ts";
import type { Row } from "../../../src/base/table.ts";
import { judgeWay } from "../../../src/classifier/tune/judging.ts";
import { outerSplit } from "../../../src/classifier/tune/split.ts";
import { rowsToTable } from "../../../src/encode/rows.ts";
import { signRows, softmaxTable } from "../data.ts";

/** Rows of 40 groups, with a number of their own. */
function groupedRows(n: number): Row[] {
  const random = createRandom(8);
  return Array.from({ length: n }, (_, i) => ({
    own: i,
    x: random.uniform(),
    g: `g${random.below(40)}`,
    y: random.below(3) === 0 ? "a" : "b",
  }));
}

/** Numbers of a label that hangs on how far they are from 0: no line tells it, a curve does. */
function bentRows(n: number): Row[] {
  const random = createRandom(4);
  return Array.from({ length: n }, () => {
    const x = 2 * random.uniform() - 1;
    return { x, label: Math.abs(x) + 0.2 * random.uniform() > 0.6 ? "far" : "near" };
  });
}

const numbersOf = (table: ReturnType<typeof rowsToTable>, name: string): number[] => {
  const column = table.columns.find((one) => one.name === name);
  return column?.kind === "number" ? [...column.values] : [];
};
const textsOf = (table: ReturnType<typeof rowsToTable>, name: string): string[] => {
  const column = table.columns.find((one) => one.name === name);
  return column?.kind === "text" ? Array.from(column.codes, (code) => column.dictionary[code]) : [];
};

describe("the rows of a search", () => {
  const options = { target: "y", group: "g", ignore: ["own"] };
  const table = rowsToTable(groupedRows(12_000));
  const { search, heldOut, rounds } = outerSplit(table, options);

  it("and those held out of it are all rows, and share no group", () => {
    const all = [...numbersOf(search, "own"), ...numbersOf(heldOut.table, "own")];
    expect(all.sort((a, b) => a - b)).toEqual(Array.from({ length: 12_000 }, (_, i) => i));
    const inside = new Set(textsOf(search, "g"));
    expect(textsOf(heldOut.table, "g").filter((group) => inside.has(group))).toEqual([]);
    expect(heldOut.y.length / 12_000).toBeCloseTo(0.2, 1);
  });

  it("are each within those of the next round, groups whole, up to all of them", () => {
    expect(rounds.map(({ firstSplit }) => firstSplit)).toEqual([true, true, false]);
    const groups = textsOf(search, "g");
    rounds.forEach(({ rows }, r) => {
      const here = new Set(rows);
      const next = new Set(rounds.at(r + 1)?.rows ?? rows);
      expect([...here].filter((row) => !next.has(row))).toEqual([]);
      const taken = new Set(Array.from(rows, (row) => groups[row]));
      expect(groups.filter((group, row) => taken.has(group) && !here.has(row))).toEqual([]);
    });
    expect(rounds[1].rows.length).toBe(search.rows);
    expect(rounds[0].rows.length / search.rows).toBeCloseTo(1 / 3, 1);
  });

  it("are judged by all folds at once where they are few", () => {
    const few = outerSplit(softmaxTable(500, 2, 1), { target: "y" });
    expect(few.rounds).toHaveLength(1);
    expect(few.rounds[0]).toMatchObject({ firstSplit: false, cost: 5 * 400 });
  });
});

describe("a way of training that lies far behind another", () => {
  const table = rowsToTable(signRows(300, 1));
  const base = { target: "label", linear: true, worker: false } as const;
  it.each([
    ["of a linear model", base],
    ["of hidden layers", { ...base, hidden: [4], epochs: 5 }],
  ])("%s is given up, and one that is near is not", async (_, options) => {
    const request = { rival: null, firstSplit: false };
    const verdict = await judgeWay(table, options, request);
    const bare = verdict?.bare as Float64Array;
    const near = await judgeWay(table, options, { ...request, rival: bare });
    expect(near?.losses).toEqual(verdict?.losses);
    const rival = bare.map((loss) => loss / 100);
    expect(await judgeWay(table, options, { ...request, rival })).toBeNull();
  });

  it("is judged by the rows of the first fold alone where that is said, as they are by all", async () => {
    const options = { ...base, l2: 0.01, calibration: "none" } as const;
    const all = await judgeWay(table, options, { rival: null, firstSplit: false });
    const one = await judgeWay(table, options, { rival: null, firstSplit: true });
    expect(one?.losses).toEqual(all?.losses.subarray(0, 60));
  });

  it("is none where one of its encodings alone does", async () => {
    const bent = rowsToTable(bentRows(300));
    const options = { target: "label", worker: false, calibration: "none" } as const;
    const request = { rival: null, firstSplit: false };
    const verdict = await judgeWay(bent, options, request);
    const rival = verdict?.bare as Float64Array;
    expect(await judgeWay(bent, { ...options, linear: true }, { ...request, rival })).toBeNull();
    const beside = await judgeWay(bent, options, { ...request, rival });
    expect(beside?.losses).toEqual(verdict?.losses);
  });
});
