import { describe, expect, test } from "vitest";
import type { Cell, Row } from "../../src/base/table.ts";
import type { Classifier } from "../../src/classifier/classifier.ts";
import type { ColumnOdds, OddsStep } from "../../src/explain/odds.ts";
import { drawnModel, EVERY_KIND, plainRows } from "./models.ts";

const base: Row = { amount: 3.5, rooms: 4, town: "7", good: "no", since: "2015-06-01", note: null };
const rows = [...plainRows(120), { ...base, town: "rare" }, { ...base, town: "once" }];
const day = (t: number): string => new Date(t * 86_400_000).toISOString();

/** By how much the log-odds of each label move where the cell changes. */
function moved(
  classifier: Classifier,
  name: string,
  from: Cell,
  to: Cell,
  against: string | null,
): number[] {
  const [a, b] = classifier.logits([
    { ...base, [name]: from },
    { ...base, [name]: to },
  ]);
  const { classes } = classifier;
  const k = classes.length;
  const shown = k === 2 ? [against === classes[1] ? 0 : 1] : [...classes.keys()];
  return shown
    .filter((c) => classes[c] !== against)
    .map((c) => {
      const change = b.map((z, o) => z - a[o]);
      if (against !== null) return change[c] - change[classes.indexOf(against)];
      const others = change.reduce((sum, z, o) => (o === c ? sum : sum + z), 0);
      return change[c] - others / (k - 1);
    });
}

/** The cell that a step speaks of. */
function cellOf(
  { kind }: ColumnOdds,
  { by }: OddsStep,
  value: OddsStep["to"],
  end: "from" | "to",
): Cell {
  if (end === "to" && by === "missing") return null;
  if (end === "to" && by === "other") return "never seen";
  return kind === "date" && typeof value === "number" ? day(value) : value;
}

describe.each([
  ["two classes, lines", ["no", "yes"], false, null],
  ["two classes, curves, against the second", ["no", "yes"], true, "yes"],
  ["three classes, curves", ["a", "b", "c"], true, null],
  ["three classes, lines, against one", ["a", "b", "c"], false, "b"],
])("odds of %s", (_, classes, curves, against) => {
  const classifier = drawnModel(rows, {
    ...{ kinds: EVERY_KIND, classes, curves, seed: 11, temperature: 0.7 },
  });
  const odds = classifier.odds(against === null ? {} : { against });
  const of = (name: string): ColumnOdds => odds.find((column) => column.name === name)!;

  test("are those of the logits, step by step", () => {
    for (const column of odds) {
      for (const step of column.steps) {
        // What a cycle adds cannot be had apart from the days, nor a term apart from its text.
        if (["cycle", "term"].includes(step.by) || column.kind === "date") continue;
        const [from, to] = [
          cellOf(column, step, step.from, "from"),
          cellOf(column, step, step.to, "to"),
        ];
        const wanted = moved(classifier, column.name, from, to, against);
        step.logOdds.forEach((v, at) => {
          expect(v).toBeCloseTo(wanted[at], 9);
          expect(step.oddsRatios[at]).toBeCloseTo(Math.exp(v), 9);
        });
      }
    }
  });

  test("are of steps that the columns have", () => {
    const by = (name: string): string[] => [...new Set(of(name).steps.map((step) => step.by))];
    expect(by("amount")).toEqual(
      curves ? ["point", "level", "missing"] : ["unit", "deviation", "missing"],
    );
    expect(by("town")).toEqual(["level", "other", "missing"]);
    expect(by("good")).toEqual(["level", "missing"]);
    expect(by("since").slice(-1)).toEqual(["cycle"]);
    expect(by("note")).toEqual(["term"]);
    expect(of("town").steps[0]).toMatchObject({ from: "007", to: "7" });
    for (const { to } of of("note").steps) expect(to).toMatch(/^[a-z^]+( [a-z]+)?$/);
    const labels = classes.filter(
      (label) =>
        label !== against && (classes.length > 2 || label !== (against === null ? "no" : "yes")),
    );
    expect(of("town").labels).toEqual(labels);
  });

  test("of a cycle come back after a whole one", () => {
    const week = of("since").steps.filter(({ from }) => from === "Monday");
    expect(week.map(({ to }) => to)).toContain("Sunday");
    // Days apart by whole weeks and whole years nearly differ by what the days alone add.
    const [monday, tuesday] = ["2012-01-02", "2012-01-03"];
    const apart = moved(classifier, "since", monday, tuesday, against);
    const later = moved(classifier, "since", "2012-12-31", "2013-01-01", against);
    if (!curves) apart.forEach((v, at) => expect(v).toBeCloseTo(later[at], 1));
  });
});

test("an unknown class is said", () => {
  const classifier = drawnModel(rows, {
    ...{ kinds: EVERY_KIND, classes: ["no", "yes"], curves: false, seed: 1 },
  });
  expect(() => classifier.odds({ against: "yess" })).toThrow('did you mean "yes"?');
});
