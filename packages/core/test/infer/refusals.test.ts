import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createRandom, infer, inferTable, type Row } from "../../src/index.ts";

const random = createRandom(5);
const normal = (): number =>
  Array.from({ length: 12 }, () => random.uniform()).reduce((a, b) => a + b, -6);

/** Rows of two numbers, a level and a label that depends on the first number, overlapping. */
function overlapping(n: number): { a: number; b: number; level: string; y: string }[] {
  return Array.from({ length: n }, (_, i) => {
    const a = normal();
    const p = 1 / (1 + Math.exp(-a));
    return { a, b: normal(), level: "pqr"[i % 3]!, y: random.uniform() < p ? "yes" : "no" };
  });
}

describe("separation is refused", () => {
  it("complete, by one number", async () => {
    const rows = overlapping(60).map((row) => ({ ...row, y: row.a > 0.2 ? "yes" : "no" }));
    await expect(inferTable(rows, { target: "y" })).rejects.toThrow(
      /"a" tells class "(yes|no)" from the others without a fault: the classes are completely separated/,
    );
  });

  it("quasi-complete, by one number with ties", async () => {
    const rows = overlapping(80).map((row, i) => {
      const a = Math.round(row.a * 2) / 2;
      return { ...row, a, y: a === 0 ? (i % 2 === 0 ? "yes" : "no") : a > 0 ? "yes" : "no" };
    });
    await expect(inferTable(rows, { target: "y", numeric: ["a"] })).rejects.toThrow(
      /"a" tells class .* without a fault, ties apart: the classes are quasi-completely separated/,
    );
  });

  it("complete, by a combination that no column tells alone", async () => {
    const rows = overlapping(200).map((row) => ({ ...row, y: row.a + row.b > 0 ? "yes" : "no" }));
    await expect(inferTable(rows, { target: "y", ignore: ["level"] })).rejects.toThrow(
      'a combination of "a", "b" tells class',
    );
  });

  it("quasi-complete, by a level of one class only, among columns that overlap", async () => {
    const rows = overlapping(300).map((row, i) => ({
      ...row,
      y: row.level === "q" ? "yes" : row.y,
      other: "uvw"[(i % 7) % 3]!,
    }));
    await expect(inferTable(rows, { target: "y" })).rejects.toThrow(
      'level "q" of "level" occurs in class "yes" only: the classes are quasi-completely separated',
    );
    const reference = [["level", "q"]] as const;
    await expect(inferTable(rows, { target: "y", reference })).rejects.toThrow(
      'level "q" of "level" occurs in class "yes" only',
    );
  });

  it("of one of three classes only", async () => {
    const rows = overlapping(300).map((row, i) => ({
      ...row,
      y: row.a > 1 ? "high" : i % 2 === 0 ? "left" : "right",
    }));
    await expect(inferTable(rows, { target: "y" })).rejects.toThrow(
      '"a" tells class "high" from the others',
    );
  });

  it("with every class in each level but one", async () => {
    const rows = overlapping(300).map((row, i) => {
      const y = ["left", "middle", "right"][random.below(3)]!;
      return { ...row, y: row.level === "r" && y === "middle" ? "left" : y, i: i % 5 };
    });
    await expect(inferTable(rows, { target: "y" })).rejects.toThrow(
      'level "r" of "level" never occurs in class "middle"',
    );
  });

  it("iris and car, two real tables", async (context) => {
    const rowsOf = (url: URL, header: boolean): Row[] => {
      const lines = readFileSync(url, "utf8").trim().split("\n");
      const cells = lines.filter((line) => !/^[@%]|^\s*$/.test(line)).map((l) => l.split(","));
      const names = header ? cells.shift()! : cells[0]!.map((_, j) => `c${j}`);
      return cells.map((row) => Object.fromEntries(names.map((name, j) => [name, row[j]!.trim()])));
    };
    const iris = rowsOf(new URL("../../../softmax/data/iris.csv", import.meta.url), true);
    await expect(inferTable(iris, { target: "species" })).rejects.toThrow(
      /tells class "setosa" from the others/,
    );
    const car = new URL("../../../../../shared/data/car/car.arff", import.meta.url);
    if (!existsSync(car)) return context.skip("../shared/data is absent");
    await expect(inferTable(rowsOf(car, false), { target: "c6" })).rejects.toThrow(
      /never occurs in class|occurs in class "unacc" only/,
    );
  });

  it("but not where one row makes the classes overlap, however far out the maximum is", async () => {
    const x = Array.from({ length: 40 }, (_, i) => [i]);
    const y = x.map(([v]) => (v! >= 20 ? 1 : 0));
    y[20] = 0;
    y[19] = 1;
    const found = await infer(x, y);
    expect(found.coefficients[1]!.estimate).toBeGreaterThan(0.5);
    expect(found.iterations).toBeLessThan(30);
  });

  it("random small tables: refused exactly where some line separates", async () => {
    let separated = 0;
    for (let round = 0; round < 150; round++) {
      const X = Array.from({ length: 12 }, () => [random.below(4), random.below(3)]);
      const y = X.map(() => random.below(2));
      if (new Set(y).size < 2 || new Set(X.map(([a]) => a)).size < 2) continue;
      if (new Set(X.map(([, b]) => b)).size < 2) continue;
      const expected = isSeparated(X, y);
      const refused = await infer(X, y).then(
        () => false,
        (error: Error) => {
          if (/collinearity/.test(error.message)) return null;
          expect(error.message).toMatch(/separated/);
          return true;
        },
      );
      if (refused === null) continue;
      expect(refused, JSON.stringify({ X, y })).toBe(expected);
      if (expected) separated++;
    }
    expect(separated).toBeGreaterThan(5);
  });
});

/**
 * Whether some line has every class-1 point on its one closed side and every class-0 point on the other, and not all on it: tried
 * through every two points, and turned and moved a little about them, which finds a line where there is one.
 */
function isSeparated(X: readonly (readonly number[])[], y: readonly number[]): boolean {
  const lines: [number, number, number][] = [];
  for (const [a, b] of X) {
    for (const [c, d] of X) {
      if (a === c && b === d) continue;
      lines.push([b! - d!, c! - a!, (b! - d!) * a! + (c! - a!) * b!]);
    }
    for (const [u, v] of [
      [1, 0],
      [0, 1],
      [1, 1],
      [1, -1],
    ] as const) {
      lines.push([u, v, u * a! + v * b!]);
    }
  }
  return lines.some(([u, v, w]) => {
    const side = X.map(([a, b], i) => (u * a! + v * b! - w) * (y[i] === 1 ? 1 : -1));
    const isOn = (s: number): boolean => Math.abs(s) < 1e-9;
    if (side.every(isOn)) return false;
    return side.every((s) => s >= -1e-9) || side.every((s) => s <= 1e-9);
  });
}

describe("collinearity is refused", () => {
  it("names the column and those that tell it", async () => {
    const rows = overlapping(100).map((row) => ({ ...row, c: 2 * row.a - 3 * row.b + 1 }));
    await expect(inferTable(rows, { target: "y" })).rejects.toThrow(
      '"c" is fully told by "a", "b" (collinearity)',
    );
  });

  it("names levels", async () => {
    const rows = overlapping(90).map((row) => ({ ...row, twin: `t${row.level}` }));
    await expect(inferTable(rows, { target: "y" })).rejects.toThrow(
      '"twin = tq" is fully told by "level = q"',
    );
  });

  it("but not nearly so", async () => {
    const rows = overlapping(100).map((row) => ({ ...row, c: row.a + 1e-4 * normal() }));
    const found = await inferTable(rows, { target: "y" });
    expect(found.coefficients.every(({ standardError }) => standardError > 0)).toBe(true);
  });

  it("names a column without variation, and more columns than rows", async () => {
    const rows = overlapping(40).map((row, i) => ({
      ...row,
      still: i === 0 ? 2 : 1,
      gap: i === 0 ? null : row.b * row.a,
    }));
    await expect(
      inferTable(rows, { target: "y", numeric: ["still"], ignore: ["b"] }),
    ).rejects.toThrow('column "still" holds one value only in the rows used');
    await expect(
      infer(
        [
          [1, 2, 3, 4],
          [2, 1, 4, 3],
          [3, 3, 3, 1],
        ],
        [0, 1, 0],
      ),
    ).rejects.toThrow("5 coefficients for each class cannot be told from 3 rows");
  });

  it("names the class that is left without a complete row", async () => {
    const rows = overlapping(60).map((row) => ({ ...row, b: row.y === "yes" ? null : row.b }));
    await expect(inferTable(rows, { target: "y", numeric: ["b"] })).rejects.toThrow(
      /no row of class "yes" has a value in every column that enters; "b" alone is missing in \d+ rows/,
    );
  });
});
