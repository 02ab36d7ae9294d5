import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type Inference, infer, inferTable, type Row } from "../../src/index.ts";
import { bundledFile, readCells } from "../model/sets.ts";

interface Golden {
  readonly coefficients: number[];
  readonly standardErrors: number[];
  readonly z: number[];
  readonly p: number[];
  readonly robust: number[];
  readonly clusters?: number;
  readonly clustered?: number[];
  readonly logLikelihood: number;
  readonly nullLogLikelihood: number;
  readonly likelihoodRatio: number;
  readonly likelihoodRatioP: number;
  readonly mcFadden: number;
  readonly aic: number;
  readonly bic: number;
  readonly effects: number[];
  readonly effectErrors: number[];
  readonly tests: Record<string, Record<string, number>>;
  readonly probability: { coefficients: number[]; standardErrors: number[] };
  readonly frequency: {
    coefficients: number[];
    standardErrors: number[];
    robust: number[];
    logLikelihood: number;
    bic: number;
  };
}

/** Made by scripts/golden/infer.py. */
const golden: Record<string, Golden> = JSON.parse(
  readFileSync(new URL("./infer.golden.json", import.meta.url), "utf8"),
);

const rowsOf = ([header, ...cells]: string[][]): Row[] =>
  cells.map((row) => Object.fromEntries(header.map((name, j) => [name, row[j]])));
const bundled = (name: string): Row[] => rowsOf(readCells(bundledFile(name)));

const titanic = bundled("titanic.csv");
const TITANIC = {
  target: "survived",
  categorical: ["pclass"],
  columns: ["pclass", "sex", "age", "sibsp", "parch", "fare", "embarked"],
};
const PENGUINS = {
  target: "island",
  ignore: ["species"],
};

/** |got − exact| ≤ tolerance · max(1, |exact|), one by one. */
function close(got: readonly number[], exact: readonly number[], tolerance = 1e-7): void {
  expect(got.length).toBe(exact.length);
  got.forEach((value, at) => {
    const error = Math.abs(value - exact[at]!) / Math.max(1, Math.abs(exact[at]!));
    expect(error, `entry ${at}: ${value} for ${exact[at]}`).toBeLessThan(tolerance);
  });
}

const of = (inference: Inference, key: "estimate" | "standardError" | "z" | "p"): number[] =>
  inference.coefficients.map((coefficient) => coefficient[key]);

function agrees(found: Inference, exact: Golden): void {
  close(of(found, "estimate"), exact.coefficients);
  close(of(found, "standardError"), exact.standardErrors);
  close(of(found, "z"), exact.z);
  close(of(found, "p"), exact.p);
  const { overall, logLikelihood, nullLogLikelihood, mcFadden, aic, bic } = found;
  close(
    [logLikelihood, nullLogLikelihood, mcFadden, aic!, bic!, overall!.statistic, overall!.p],
    [
      exact.logLikelihood,
      exact.nullLogLikelihood,
      exact.mcFadden,
      exact.aic,
      exact.bic,
      exact.likelihoodRatio,
      exact.likelihoodRatioP,
    ],
    1e-9,
  );
  for (const { column, wald, likelihoodRatio } of found.tests) {
    const test = exact.tests[column]!;
    close(
      [wald!.df, wald!.statistic, likelihoodRatio!.statistic, likelihoodRatio!.p],
      [test.df!, test.wald!, test.likelihoodRatio!, test.likelihoodRatioP!],
    );
  }
  close(effectsByClass(found, "estimate"), exact.effects);
  close(effectsByClass(found, "standardError"), exact.effectErrors);
}

/** Feature by feature, the classes in their order, as the golden values are. */
function effectsByClass(found: Inference, key: "estimate" | "standardError"): number[] {
  const order = new Map(found.classes.map((label, c) => [label, c]));
  const k = found.classes.length;
  const out: number[] = [];
  found.effects.forEach((effect, at) => {
    out[Math.floor(at / k) * k + order.get(effect.class)!] = effect[key];
  });
  return out;
}

describe("against Stata", () => {
  it("ANES96: 36 coefficients, standard errors and the log-likelihood within 1e-6", async () => {
    const rows = bundled("anes96.csv").map((row) => ({
      ...row,
      logpopul: Math.log(Number(row.popul) + 0.1),
    }));
    const columns = ["logpopul", "selfLR", "age", "educ", "income"];
    const found = await inferTable(rows, { target: "PID", columns, numeric: columns });
    const file = new URL("../model/anes96.stata.csv", import.meta.url);
    const stata = readFileSync(file, "utf8").trim().split("\n").slice(1);
    expect(stata.length).toBe(36);
    expect(found.base).toBe("0");
    expect(found.logLikelihood).toBeCloseTo(-1461.922747, 6);
    for (const line of stata) {
      const [label, column, value, error] = line.split(",");
      const own = found.coefficients.find(
        (one) => one.class === label && (one.column ?? "const") === column,
      )!;
      expect(Math.abs(own.estimate - Number(value))).toBeLessThan(1e-6);
      expect(Math.abs(own.standardError - Number(error))).toBeLessThan(1e-6);
    }
  });
});

describe("against statsmodels", () => {
  it("titanic: two classes, levels, missing values", async () => {
    const found = await inferTable(titanic, TITANIC);
    expect(found.rows).toMatchObject({ read: 1309, used: 1043, incomplete: 266, unlabelled: 0 });
    expect(found.columns[0]).toMatchObject({ levels: ["2", "3"], reference: "1" });
    agrees(found, golden.titanic!);
  });

  it("titanic: robust and clustered standard errors", async () => {
    const robust = await inferTable(titanic, { ...TITANIC, robust: true });
    close(of(robust, "standardError"), golden.titanic!.robust);
    expect(robust.tests.every(({ likelihoodRatio }) => likelihoodRatio === null)).toBe(true);
    const walds = robust.tests.map(({ wald }) => wald!.statistic);
    close(
      walds,
      robust.tests.map(({ column }) => golden.titanic!.tests[column]!.robustWald!),
    );
    const rows = titanic.map((row) => ({ ...row, family: row.fare }));
    const clustered = await inferTable(rows, { ...TITANIC, cluster: "family" });
    expect(clustered.clusters).toBe(golden.titanic!.clusters);
    close(of(clustered, "standardError"), golden.titanic!.clustered!);
  });

  it("titanic: frequency weights are copies, probability weights have robust errors", async () => {
    const rows = titanic.map((row) => ({ ...row, w: 1 + Number(row.sibsp) + Number(row.parch) }));
    const { frequency, probability } = golden.titanic!;
    const counted = await inferTable(rows, { ...TITANIC, frequencyWeight: "w" });
    close(of(counted, "estimate"), frequency.coefficients);
    close(of(counted, "standardError"), frequency.standardErrors);
    close([counted.logLikelihood, counted.bic!], [frequency.logLikelihood, frequency.bic]);
    const robust = await inferTable(rows, { ...TITANIC, frequencyWeight: "w", robust: true });
    close(of(robust, "standardError"), frequency.robust);
    const drawn = await inferTable(rows, { ...TITANIC, probabilityWeight: "w" });
    expect([drawn.covariance, drawn.aic, drawn.overall!.kind]).toEqual(["robust", null, "Wald"]);
    close(of(drawn, "estimate"), probability.coefficients);
    close(of(drawn, "standardError"), probability.standardErrors);
  });

  it("penguins: three islands", async () => {
    const penguins = bundled("penguins.csv");
    const found = await inferTable(penguins, PENGUINS);
    agrees(found, golden.penguins!);
    const robust = await inferTable(penguins, { ...PENGUINS, robust: true });
    close(of(robust, "standardError"), golden.penguins!.robust);
    const clustered = await inferTable(
      penguins.map((row) => ({ ...row, group: row.flipper_length_mm })),
      { ...PENGUINS, cluster: "group" },
    );
    close(of(clustered, "standardError"), golden.penguins!.clustered!);
  });

  it("german credit: 48 coefficients", async (context) => {
    const file = new URL("../../../../../shared/data/german-credit/german.csv", import.meta.url);
    if (!existsSync(file)) return context.skip("../shared/data is absent");
    const cells = readCells(file);
    const header = cells[0]!.map((_, j) => `column${j + 1}`);
    const rows = rowsOf([header, ...cells]);
    const found = await inferTable(rows, { target: "column21" });
    expect(found.coefficients.length).toBe(49);
    agrees(found, golden.german!);
  });
});

describe("what does not depend on how it is asked", () => {
  it("another base gives differences of coefficients, the same likelihood, tests and effects", async () => {
    const penguins = bundled("penguins.csv");
    const [a, b] = await Promise.all(
      ["Biscoe", "Dream"].map((base) => inferTable(penguins, { ...PENGUINS, base })),
    );
    const value = (from: Inference, label: string, j: number): number =>
      label === from.base ? 0 : from.coefficients.filter((one) => one.class === label)[j]!.estimate;
    const found = [0, 1, 2, 3, 4, 5].map((j) => value(b!, "Torgersen", j));
    close(
      found,
      [0, 1, 2, 3, 4, 5].map((j) => value(a!, "Torgersen", j) - value(a!, "Dream", j)),
    );
    close([b!.logLikelihood], [a!.logLikelihood], 1e-12);
    close(
      b!.tests.map(({ wald }) => wald!.statistic),
      a!.tests.map(({ wald }) => wald!.statistic),
    );
    close(effectsByClass(b!, "estimate"), effectsByClass(a!, "estimate"));
    close(effectsByClass(b!, "standardError"), effectsByClass(a!, "standardError"));
  });

  it("another reference level moves coefficients only; units move them by their factor", async () => {
    const a = await inferTable(titanic, TITANIC);
    const b = await inferTable(titanic, { ...TITANIC, reference: [["embarked", "S"]] });
    expect(b.columns.find(({ name }) => name === "embarked")).toMatchObject({
      levels: ["C", "Q"],
      reference: "S",
    });
    close(
      b.tests.map(({ likelihoodRatio }) => likelihoodRatio!.statistic),
      a.tests.map(({ likelihoodRatio }) => likelihoodRatio!.statistic),
    );
    const tons = titanic.map((row) => ({
      ...row,
      fare: row.fare === "" ? null : 1e9 + 1e6 * Number(row.fare),
    }));
    const c = await inferTable(tons, TITANIC);
    const fare = (from: Inference) => from.coefficients.find(({ column }) => column === "fare")!;
    expect(fare(c).estimate * 1e6).toBeCloseTo(fare(a).estimate, 9);
    expect(fare(c).z).toBeCloseTo(fare(a).z, 8);
  });

  it("a matrix gives what a table gives, and zero weights are no rows", async () => {
    const rows = bundled("penguins.csv").filter((row) => row.sex !== "" && row.body_mass_g !== "");
    const islands = [...new Set(rows.map((row) => String(row.island)))].sort();
    const names = ["bill_length_mm", "body_mass_g"];
    const X = rows.map((row) => names.map((name) => Number(row[name])));
    const y = rows.map((row) => islands.indexOf(String(row.island)));
    const table = await inferTable(rows, { target: "island", columns: names });
    const options = { classes: islands, columnNames: names };
    const matrix = await infer(X, y, options);
    expect(matrix.coefficients).toEqual(table.coefficients);
    const weights = [...y.map(() => 1), 0];
    const more = await infer([...X, [1e9, 1]], [...y, 0], {
      ...options,
      frequencyWeights: weights,
    });
    expect(more.coefficients).toEqual(table.coefficients);
    expect(more.rows).toMatchObject({ read: y.length + 1, used: y.length, weightless: 1 });
  });

  it("intervals widen with the level, ratios are exponentials", async () => {
    const [a, b] = await Promise.all(
      [0.95, 0.99].map((level) => inferTable(titanic, { ...TITANIC, level })),
    );
    const [one, wider] = [a!.coefficients[1]!, b!.coefficients[1]!];
    expect((one.high - one.estimate) / one.standardError).toBeCloseTo(1.959963984540054, 12);
    expect((wider.high - one.estimate) / one.standardError).toBeCloseTo(2.5758293035489, 12);
    expect(one.ratio.low).toBeCloseTo(Math.exp(one.low), 12);
  });
});

describe("options", () => {
  it.each([
    [
      { target: "survived", columns: ["agee"] },
      'expected a column name, got "agee"; did you mean "age"?',
    ],
    [{ target: "survived", columns: ["survived"] }, "which has a role"],
    [{ target: "survived", base: "maybe" }, '"base" expected a class, got "maybe"'],
    [{ target: "survived", level: 1.5 }, '"level" expected a number from 0.5'],
    [{ target: "survived", reference: [["age", "3"]] }, 'but "age" is read as numeric'],
    [{ target: "survived", reference: [["sex", "mal"]] }, 'did you mean "male"?'],
    [{ target: "survived", frequencyWeight: "age" }, "has no number from 0"],
    [{ target: "survived", frequencyWeight: "a", probabilityWeight: "b" }, "column name"],
    [{ target: "survived", robus: true }, 'did you mean "robust"?'],
  ])("%j", async (options, message) => {
    await expect(inferTable(titanic, options as never)).rejects.toThrow(message);
  });

  it("frequency weights are whole numbers, clusters two or more", async () => {
    const X = [[1], [2], [3], [4]];
    const y = [0, 1, 0, 1];
    await expect(infer(X, y, { frequencyWeights: [1, 1, 1.5, 1] })).rejects.toThrow(
      "weights of a sample are probability weights",
    );
    await expect(infer(X, y, { clusters: [7, 7, 7, 7] })).rejects.toThrow("in the same cluster");
    await expect(
      infer(X, y, { frequencyWeights: [1, 1, 1, 1], probabilityWeights: [1, 1, 1, 1] }),
    ).rejects.toThrow("not both");
  });

  it("a signal stops it", async () => {
    const signal = AbortSignal.abort();
    await expect(inferTable(titanic, { ...TITANIC, signal })).rejects.toMatchObject({
      code: "aborted",
    });
  });

  it("too few clusters test no more coefficients than they span", async () => {
    const found = await inferTable(titanic, {
      ...TITANIC,
      columns: ["sex", "age"],
      cluster: "embarked",
    });
    expect(found.clusters).toBe(3);
    expect(found.overall!.df).toBe(2);
    expect(found.remarks.join()).toContain("standard errors from 3 clusters are rough");
    const more = await inferTable(titanic, {
      ...TITANIC,
      columns: ["sex", "age", "fare"],
      cluster: "embarked",
    });
    expect(more.overall).toBeNull();
  });
});
