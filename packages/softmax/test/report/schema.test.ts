import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Report, type Row, train } from "@softmax/core";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { hostileReport } from "./hostile.ts";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const schema = JSON.parse(readFileSync(`${root}packages/softmax/report.schema.json`, "utf8"));
const validate = new Ajv({ strict: false, allErrors: true }).compile(schema);

/** What is wrong with a report as it stands in a file. */
function faultsOf(report: Report): string[] {
  validate(JSON.parse(JSON.stringify(report)));
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

const words = ["good", "bad", "fine", "poor"];
const rows = Array.from({ length: 80 }, (_, i): Row => {
  const text = `${words[i % 2]} ${words[(i * 7) % 4]} thing number ${i}`;
  return { text, when: `2024-01-${String(1 + (i % 28)).padStart(2, "0")}`, x: i / 7, y: i % 2 };
});

describe("the schema of reports", () => {
  it("is what the types say", () => {
    execFileSync(process.execPath, [`${root}scripts/report-schema.mjs`, "--check"]);
  });

  it("holds for reports of tables, texts, embeddings and an L1 part", async () => {
    const settings = { target: "y", worker: false, folds: 3 } as const;
    const reports = [
      await hostileReport(),
      (await train(rows, { ...settings, text: ["text"], test: rows })).report,
      (await train(rows, { ...settings, ignore: ["text"], l1Ratio: 0.5, classWeights: "balanced" }))
        .report,
      (
        await train(rows, {
          ...settings,
          ignore: ["text"],
          calibration: "auto",
          decide: { by: "f1", abstain: { confidence: 0.6 } },
          sets: { coverage: 0.8 },
          learningCurve: true,
        })
      ).report,
      (
        await train(rows, {
          ...settings,
          text: ["text"],
          ignore: ["when", "x"],
          texts: { embeddings: 4, epochs: 2 },
        })
      ).report,
      (
        await train(rows, {
          ...settings,
          ignore: ["text"],
          decide: { by: "f1", abstain: { error: 0.1 } },
          sets: { coverage: 0.8, method: "raps" },
          test: rows,
        })
      ).report,
    ];
    for (const report of reports) expect(faultsOf(report)).toEqual([]);
  });

  it("refuses what is no report", async () => {
    const report = await hostileReport();
    expect(faultsOf({ ...report, target: 3 } as unknown as Report)).toEqual([
      "/target must be string",
    ]);
    const { evaluation: _, ...without } = report;
    expect(faultsOf(without as Report)[0]).toContain("required property 'evaluation'");
    expect(faultsOf({ ...report, more: 1 } as unknown as Report)[0]).toContain("additional");
  });
});
