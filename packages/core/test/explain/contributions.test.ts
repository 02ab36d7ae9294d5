import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyRow, drawnModel, EVERY_KIND, plainRows } from "./models.ts";

const anySize = fc.record({
  classes: fc.constantFrom(["no", "yes"], ["a", "b", "c"], ["a", "b", "c", "d", "e"]),
  curves: fc.boolean(),
  seed: fc.integer({ min: 0, max: 1e6 }),
  temperature: fc.constantFrom(1, 0.4, 3),
  shifted: fc.boolean(),
  rows: fc.array(anyRow, { maxLength: 40 }),
  asked: fc.array(anyRow, { minLength: 1, maxLength: 4 }),
});

describe("contributions of columns", () => {
  test("and the intercept sum to the logit of every class, and to the log-odds of the label", () => {
    fc.assert(
      fc.property(anySize, ({ shifted, rows, asked, ...size }) => {
        const { classes } = size;
        const shifts = shifted ? { shifts: classes.map((_, c) => c / 3 - 1) } : {};
        const classifier = drawnModel([...plainRows(60), ...rows], {
          ...size,
          ...shifts,
          kinds: EVERY_KIND,
        });
        const Z = classifier.logits(asked);
        for (const [i, reasons] of classifier.explain(asked).entries()) {
          expect(reasons.classes.map(({ label }) => label)).toEqual(classes);
          for (const [c, { logit, intercept }] of reasons.classes.entries()) {
            const sum = reasons.columns.reduce((a, { logits }) => a + logits[c], intercept);
            expect(Math.abs(sum - Z[i][c])).toBeLessThan(1e-12 * (1 + Math.abs(Z[i][c])) * 16);
            expect(logit).toBe(sum);
          }
          const own = classifier.classes.indexOf(reasons.explained);
          const others = Z[i].reduce((sum, z, c) => (c === own ? sum : sum + z), 0);
          expect(reasons.logOdds).toBeCloseTo(Z[i][own] - others / (classes.length - 1), 10);
          expect(reasons.explained).toBe(reasons.label);
        }
      }),
      { numRuns: 40 },
    );
  });

  test("of another label than the one predicted can be asked for", () => {
    const classifier = drawnModel(plainRows(60), {
      ...{ kinds: EVERY_KIND, classes: ["a", "b", "c"], curves: true, seed: 3 },
    });
    const [row] = plainRows(1);
    const { label, classes, logOdds } = classifier.explain(row);
    for (const about of ["a", "b", "c"]) {
      const asked = classifier.explain(row, { label: about });
      expect([asked.label, asked.explained, asked.classes]).toEqual([label, about, classes]);
      expect(asked.logOdds).toBeLessThanOrEqual(logOdds);
    }
    expect(() => classifier.explain(row, { label: "d" })).toThrow('"label" expected a class');
    expect(() => classifier.explain(row, { labels: "a" } as object)).toThrow(
      'did you mean "label"?',
    );
  });
});
