import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Row } from "../../src/base/table.ts";
import type { Calibrator } from "../../src/calibrate/calibrator.ts";
import type { Classifier } from "../../src/classifier/classifier.ts";
import { drawnModel, type ModelSize } from "./models.ts";

const KINDS: ModelSize["kinds"] = [
  ["rooms", "numeric"],
  ["age", "numeric"],
  ["town", "categorical"],
  ["good", "boolean"],
];

const anyCells = fc.record({
  rooms: fc.integer({ min: 1, max: 8 }),
  age: fc.integer({ min: 0, max: 12 }),
  town: fc.constantFrom("north", "south", "west"),
  good: fc.constantFrom("no", "yes"),
});
const TRAINING: Row[] = Array.from({ length: 90 }, (_, i) => ({
  rooms: 1 + (i % 8),
  age: i % 13,
  town: ["north", "south", "west"][i % 3],
  good: i % 2 === 0 ? "no" : "yes",
}));

/** Every row that differs in at most `most` columns, with its cost. */
function everyChange(
  row: Row,
  most: number,
  deviations: ReadonlyMap<string, number>,
): { row: Row; cost: number }[] {
  const values: readonly (readonly [string, readonly (string | number)[]])[] = [
    ["rooms", [1, 2, 3, 4, 5, 6, 7, 8]],
    ["age", Array.from({ length: 13 }, (_, i) => i)],
    ["town", ["north", "south", "west"]],
    ["good", ["no", "yes"]],
  ];
  let found: { row: Row; cost: number; changed: number }[] = [{ row, cost: 0, changed: 0 }];
  for (const [name, list] of values) {
    found = found.flatMap((one) =>
      list.flatMap((value) => {
        if (value === row[name]) return [one];
        if (one.changed === most) return [];
        const deviation = deviations.get(name);
        const step =
          deviation === undefined
            ? 1
            : Math.abs((value as number) - (row[name] as number)) / deviation;
        return [
          { row: { ...one.row, [name]: value }, cost: one.cost + step, changed: one.changed + 1 },
        ];
      }),
    );
  }
  return found;
}

function deviationsOf({ model }: Classifier): Map<string, number> {
  return new Map(
    model.encoder.columns.flatMap((column) =>
      column.kind === "numeric" ? [[column.name, column.line[2]] as const] : [],
    ),
  );
}

describe("the smallest change of whole numbers and levels", () => {
  const anyCase = fc.record({
    row: anyCells,
    curves: fc.boolean(),
    seed: fc.integer({ min: 0, max: 1e6 }),
    most: fc.integer({ min: 1, max: 4 }),
    temperature: fc.constantFrom(1, 0.5),
  });

  test("of two classes flips the label, and nothing that is allowed costs less", () => {
    fc.assert(
      fc.property(anyCase, ({ row, curves, seed, most, temperature }) => {
        const size = { kinds: KINDS, classes: ["no", "yes"], curves, seed, temperature };
        const classifier = drawnModel(TRAINING, size);
        const before = classifier.predict(row).label;
        const found = classifier.counterfactual(row, { most, like: TRAINING });
        const all = everyChange(row, most, deviationsOf(classifier));
        const labels = classifier.predict(all.map((one) => one.row));
        const flipped = all.filter((_, i) => labels[i].label !== before);
        expect([found.before.label, found.exact]).toEqual([before, true]);
        expect(found.reached).toBe(flipped.length > 0);
        if (!found.reached) return;
        expect(found.cost).toBeCloseTo(Math.min(...flipped.map(({ cost }) => cost)), 9);
        const after = classifier.predict(found.row);
        expect(after.label).not.toBe(before);
        expect(after.label).toBe(found.after.label);
        expect(after.confidence).toBe(found.after.probability);
        expect(found.changes.length).toBeLessThanOrEqual(most);
      }),
      { numRuns: 150 },
    );
  });

  test("of three classes reaches the label; of one column, nothing costs less", () => {
    fc.assert(
      fc.property(
        anyCase,
        fc.constantFrom("a", "b", "c"),
        ({ row, curves, seed, temperature, most }, label) => {
          const size = { kinds: KINDS, classes: ["a", "b", "c"], curves, seed, temperature };
          const classifier = drawnModel(TRAINING, size);
          const all = everyChange(row, most, deviationsOf(classifier));
          const labels = classifier.predict(all.map((one) => one.row));
          const reaching = all.filter((_, i) => labels[i].label === label);
          const found = classifier.counterfactual(row, { most, label, like: TRAINING });
          expect(found.reached).toBe(reaching.length > 0);
          if (!found.reached) return;
          expect(classifier.predict(found.row).label).toBe(label);
          // All values are listed, so that nothing lies between them: it is the least with several columns too.
          expect(found.cost).toBeCloseTo(Math.min(...reaching.map(({ cost }) => cost)), 9);
          if (most === 1) expect(found.exact).toBe(true);
        },
      ),
      { numRuns: 150 },
    );
  });

  test("reaches a probability", () => {
    fc.assert(
      fc.property(
        anyCase,
        fc.constantFrom(["no", "yes"], ["a", "b", "c"]),
        fc.constantFrom(0.2, 0.6, 0.9),
        ({ row, curves, seed, most }, classes, probability) => {
          const classifier = drawnModel(TRAINING, { kinds: KINDS, classes, curves, seed });
          const [, label] = classes;
          const found = classifier.counterfactual(row, {
            most,
            label,
            probability,
            like: TRAINING,
          });
          const all = everyChange(row, most, deviationsOf(classifier));
          const P = classifier.probabilities(all.map((one) => one.row));
          const reaching = all.filter((_, i) => P[i][1] >= probability);
          expect(found.reached).toBe(reaching.length > 0);
          if (!found.reached) return;
          expect(classifier.probabilities([found.row])[0][1]).toBeGreaterThanOrEqual(probability);
          expect(found.cost).toBeCloseTo(Math.min(...reaching.map(({ cost }) => cost)), 9);
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe("the smallest change of numbers without steps", () => {
  const rows: Row[] = Array.from({ length: 400 }, (_, i) => ({
    x: Math.sin(i) * 3 + i / 777,
    y: i % 7 === 0 ? 0 : Math.cos(i * i) * 20,
    z: Math.sin(i * 7) * 1e-3,
    t: i % 2 === 0 ? "u" : "v",
  }));
  const kinds: ModelSize["kinds"] = [
    ["x", "numeric"],
    ["y", "numeric"],
    ["z", "numeric"],
    ["t", "categorical"],
  ];
  const anyCase = fc.record({
    at: fc.integer({ min: 0, max: 399 }),
    seed: fc.integer({ min: 0, max: 1e6 }),
    curves: fc.boolean(),
    many: fc.boolean(),
  });

  test("of one column is the least that a fine search finds, within what training saw", () => {
    fc.assert(
      fc.property(anyCase, ({ at, seed, curves, many }) => {
        const classes = many ? ["a", "b", "c"] : ["no", "yes"];
        const classifier = drawnModel(rows, { kinds, classes, curves, seed });
        const row = rows[at];
        const before = classifier.predict(row).label;
        const found = classifier.counterfactual(row, { change: ["y"], like: rows });
        const [low, high] = [
          Math.min(...rows.map(({ y }) => y as number)),
          Math.max(...rows.map(({ y }) => y as number)),
        ];
        const grid = Array.from({ length: 2001 }, (_, i) => low + ((high - low) * i) / 2000).concat(
          0,
        );
        const labels = classifier.predict(grid.map((y) => ({ ...row, y })));
        const flips = grid.filter((_, i) => labels[i].label !== before);
        if (flips.length > 0) expect(found.reached).toBe(true);
        if (!found.reached) return;
        const [{ to, name }] = found.changes;
        expect(name).toBe("y");
        expect(to).toBeGreaterThanOrEqual(low);
        expect(to).toBeLessThanOrEqual(high);
        expect(classifier.predict(found.row).label).not.toBe(before);
        const least = Math.min(...flips.map((y) => Math.abs(y - (row.y as number))));
        expect(Math.abs((to as number) - (row.y as number))).toBeLessThanOrEqual(least + 2e-2);
        expect(found.exact).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  test("of several columns flips, and no random change within its cost does", () => {
    fc.assert(
      fc.property(
        anyCase,
        fc.infiniteStream(fc.double({ min: -1, max: 1, noNaN: true })),
        ({ at, seed, curves }, draws) => {
          const classifier = drawnModel(rows, { kinds, classes: ["no", "yes"], curves, seed });
          const row = rows[at];
          const before = classifier.predict(row).label;
          const found = classifier.counterfactual(row, { like: rows, change: ["x", "y", "z"] });
          if (!found.reached) return;
          expect(classifier.predict(found.row).label).not.toBe(before);
          const deviations = deviationsOf(classifier);
          const names = ["x", "y", "z"] as const;
          const rivals = Array.from({ length: 200 }, () => {
            const parts = names.map(() => draws.next().value as number);
            const total = parts.reduce((sum, part) => sum + Math.abs(part), 0) || 1;
            // A little less than the cost found, whose values are rounded outwards.
            const spent = Math.max(0, found.cost - 5e-3);
            const cells = names.map((name, j) => {
              const ends = rows.map((one) => one[name] as number);
              const moved =
                (row[name] as number) + (parts[j] / total) * spent * deviations.get(name)!;
              return [name, Math.min(Math.max(...ends), Math.max(Math.min(...ends), moved))];
            });
            return { ...row, ...Object.fromEntries(cells) } as Row;
          });
          for (const { label } of classifier.predict(rivals)) expect(label).toBe(before);
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe("through other calibrators and decisions", () => {
  const two = ["no", "yes"];
  const three = ["a", "b", "c"];
  const isotonic: Calibrator = {
    method: "isotonic",
    offsets: null,
    curves: [{ scores: Float64Array.of(-2, 0.5, 3), values: Float64Array.of(0.1, 0.3, 0.9) }],
  };
  const vector: Calibrator = {
    method: "vector",
    offsets: null,
    scales: Float64Array.of(0.5, 1, 2),
    shifts: Float64Array.of(0.3, 0, -0.2),
  };
  const floor = { by: "confidence", floor: 0.6 } as const;
  const costs = Float64Array.of(0, 1, 2, 4, 0, 1, 1, 3, 0);

  test.each([
    ["isotonic regression", { classes: two, calibrator: isotonic }, true],
    [
      "a threshold",
      { classes: two, decision: { rule: "threshold", class: 1, threshold: 0.2 } },
      true,
    ],
    ["a floor", { classes: two, decision: { rule: "argmax", abstention: floor } }, true],
    [
      "costs",
      { classes: two, decision: { rule: "costs", costs: Float64Array.of(0, 1, 5, 0) } },
      true,
    ],
    [
      "thresholds",
      {
        classes: three,
        decision: { rule: "thresholds", thresholds: Float64Array.of(0.2, 0.5, 0.3) },
      },
      true,
    ],
    ["vector scaling", { classes: three, calibrator: vector }, false],
    ["costs of three", { classes: three, decision: { rule: "costs", costs } }, false],
    [
      "a floor of three",
      { classes: three, decision: { rule: "argmax", abstention: floor } },
      false,
    ],
  ] as const)(
    "%s: the label is that decided on, and where it is sure the least",
    (_, given, sure) => {
      let reached = 0;
      for (let seed = 1; seed <= 40; seed++) {
        const classifier = drawnModel(TRAINING, {
          ...given,
          kinds: KINDS,
          curves: seed % 2 === 0,
          seed,
          scale: 1.5,
        });
        const row = TRAINING[seed];
        const before = classifier.predict(row).label;
        const found = classifier.counterfactual(row, { most: 2, like: TRAINING });
        const all = everyChange(row, 2, deviationsOf(classifier));
        const labels = classifier.predict(all.map((one) => one.row));
        const turned = all.filter(
          (__, i) => labels[i].label !== null && labels[i].label !== before,
        );
        expect(found.before.label).toBe(before);
        if (sure) expect([found.reached, found.exact]).toEqual([turned.length > 0, true]);
        if (!found.reached) continue;
        reached++;
        expect(classifier.predict(found.row).label).toBe(found.after.label);
        expect(found.after.label).not.toBe(before);
        const least = Math.min(...turned.map(({ cost }) => cost));
        if (sure) expect(found.cost).toBeCloseTo(least, 9);
        else expect([found.exact, found.cost >= least - 1e-9]).toEqual([false, true]);
      }
      expect(reached).toBeGreaterThan(10);
    },
  );
});

describe("what is allowed", () => {
  const classifier = drawnModel(TRAINING, {
    ...{ kinds: KINDS, classes: ["no", "yes"], curves: false, seed: 5, scale: 2 },
  });
  const curved = drawnModel(TRAINING, {
    ...{ kinds: KINDS, classes: ["no", "yes"], curves: true, seed: 5, scale: 2 },
  });
  const [row] = TRAINING;

  test("columns that may not change do not", () => {
    for (const one of TRAINING.slice(0, 30)) {
      const kept = classifier.counterfactual(one, { keep: ["rooms", "town"], like: TRAINING });
      expect(kept.changes.every(({ name }) => ["age", "good"].includes(name))).toBe(true);
      const only = classifier.counterfactual(one, { change: ["town"], like: TRAINING });
      expect(only.changes.every(({ name }) => name === "town")).toBe(true);
    }
  });

  test("without rows like the training's, lines stay and curves keep to their knots", () => {
    expect(classifier.counterfactual(row).unseen).toEqual(["rooms", "age"]);
    const { unseen, changes } = curved.counterfactual(row, { change: ["rooms", "age"] });
    expect(unseen).toEqual([]);
    for (const { name, to } of changes) {
      const [low, high] = name === "rooms" ? [1, 8] : [0, 12];
      expect(Number.isInteger(to)).toBe(true);
      expect(to).toBeGreaterThanOrEqual(low);
      expect(to).toBeLessThanOrEqual(high);
    }
  });

  test("what cannot be reached is said, and what is reached already costs nothing", () => {
    const still = classifier.counterfactual(row, { change: ["rooms"] });
    expect(still).toMatchObject({ reached: false, changes: [], cost: 0, row });
    const label = classifier.predict(row).label!;
    const already = classifier.counterfactual(row, { label });
    expect(already).toMatchObject({ reached: true, changes: [], cost: 0, exact: true });
    expect(JSON.parse(JSON.stringify(already))).toEqual(already);
  });

  test.each([
    [{ change: ["room"] }, 'did you mean "rooms"?'],
    [{ label: "maybe" }, '"label" expected a class'],
    [{ probability: 1 }, '"probability" expected a number'],
    [{ most: 0 }, '"most" expected a number from 1'],
    [{ keeps: ["a"] }, 'did you mean "keep"?'],
    [{ keep: "a" }, '"keep" expected a list of column names'],
  ])("%j is refused", (options, sentence) => {
    expect(() => classifier.counterfactual(row, options as object)).toThrow(sentence);
  });
});

describe("dates, gaps and texts", () => {
  const rows: Row[] = Array.from({ length: 80 }, (_, i) => ({
    since: new Date(Date.UTC(2015, i, 1 + (i % 27))).toISOString().slice(0, 10),
    at: `${String(i % 24).padStart(2, "0")}:${i % 2 === 0 ? "00" : "30"}`,
    n: i % 9 === 0 ? null : i % 31,
    note: i % 2 === 0 ? "superb" : "awful",
  }));
  const kinds: ModelSize["kinds"] = [
    ["since", "date"],
    ["at", "date"],
    ["n", "numeric"],
    ["note", "text"],
  ];

  test("change to days and times that training saw; texts stay, and gaps may be filled", () => {
    const seen = { since: new Set<unknown>(), at: new Set<unknown>() };
    let filled = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const classifier = drawnModel(rows, {
        ...{ kinds, classes: ["no", "yes"], curves: seed % 2 === 0, seed, scale: 0.7 },
      });
      const row = rows[seed];
      const found = classifier.counterfactual(row, { like: rows, most: 1 });
      if (!found.reached) continue;
      expect(classifier.predict(found.row).label).not.toBe(found.before.label);
      const [{ name, from, to, cost }] = found.changes;
      expect(from).toBe(row[name]);
      if (name === "since") {
        expect(to).toMatch(/^20\d\d-\d\d-\d\d$/);
        expect(String(to) >= "2015-01-01" && String(to) <= "2021-09-00").toBe(true);
      } else if (name === "at") expect(to).toMatch(/^\d\d:\d\d$/);
      else expect([name, cost > 0]).toEqual(["n", true]);
      const gap = classifier.counterfactual({ ...row, n: null }, { like: rows, change: ["n"] });
      if (gap.changes.length > 0) {
        filled++;
        expect([gap.changes[0].from, gap.cost >= 1]).toEqual([null, true]);
        expect(classifier.predict(gap.row).label).not.toBe(gap.before.label);
      }
      if (name === "since" || name === "at") seen[name].add(to);
    }
    expect([seen.since.size > 3, seen.at.size > 3, filled > 0]).toEqual([true, true, true]);
  });
});
