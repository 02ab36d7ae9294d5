import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type MultiLabelReport, type Row, train } from "@softmax/core";
import { Ajv } from "ajv";
import { beforeAll, describe, expect, it } from "vitest";
import { multiLabelPage } from "../../src/report/multi-label.ts";
import { HOSTILE } from "./hostile.ts";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const BAD = ["<script>alert(1)</script>", "</table><img src=x onerror=alert(1)>", HOSTILE.hebrew];
let report: MultiLabelReport;

beforeAll(async () => {
  const rows = Array.from({ length: 90 }, (_, i): Row => {
    const tags = BAD.filter((_, l) => (i * (l + 3)) % 7 < 3);
    return { x: i % 7, y: (i * 5) % 11, tags: tags.join(";") };
  });
  ({ report } = await train(rows, {
    target: "tags",
    multiLabel: { separator: ";" },
    decide: { by: "f1" },
    folds: 3,
    worker: false,
    test: rows.map((row) => ({ ...row, tags: `${String(row.tags)};<b>new</b>` })),
  }));
});

describe("the page on several labels a row", () => {
  it("shows each label and the test table's, and runs nothing that stands in a label", () => {
    const page = multiLabelPage(report, HOSTILE.closing);
    expect(page.startsWith("<!doctype html>")).toBe(true);
    expect(page).toContain("default-src 'none'; style-src 'unsafe-inline'\">");
    for (const bad of ["<script", "<img", "<b>"]) expect(page).not.toContain(bad);
    for (const words of [
      "Exact match",
      "Hamming loss",
      "Macro F1",
      "The labels on the test table",
    ]) {
      expect(page).toContain(words);
    }
    expect(page.replaceAll("<wbr>", "")).toContain("&lt;b&gt;new&lt;/b&gt;");
  });

  it("says so where nothing was learned, and lists 200 labels at most", () => {
    const { evaluation } = report;
    const metrics = { ...evaluation.metrics, noBetterThanBaseline: true };
    const many = {
      ...report,
      test: null,
      labels: Array.from({ length: 230 }, () => report.labels[0]),
      evaluation: {
        ...evaluation,
        metrics,
        labels: Array.from({ length: 230 }, () => evaluation.labels[0]),
      },
    };
    const page = multiLabelPage(many, "A title");
    expect(page).toContain("No better than the baseline.");
    expect(page).toContain("30 more labels: see the JSON report.");
  });

  it("is of a report that its schema describes", () => {
    const path = `${root}packages/softmax/multi-label-report.schema.json`;
    const validate = new Ajv({ strict: false, allErrors: true }).compile(
      JSON.parse(readFileSync(path, "utf8")),
    );
    validate(JSON.parse(JSON.stringify(report)));
    expect(validate.errors).toBeNull();
    expect(validate({ ...report, labels: 3 })).toBe(false);
  });
});
