import { inferTable, type Report, type Row, type TuneReport, train } from "@softmax/core";
import { beforeAll, describe, expect, it } from "vitest";
import { hostileReport } from "./hostile.ts";
import { words } from "./words.ts";

let state = 3;
const random = (): number => {
  state = (state * 48_271) % 2_147_483_647;
  return state / 2_147_483_647;
};
const rows = Array.from({ length: 300 }, (_, i): Row => {
  const x = random();
  const site = ["<b>north</b>", "south", "west"][i % 3];
  const y = random() < 0.2 + 0.6 * x ? "ill" : "well";
  return { x, site, clinic: `c${i % 20}`, w: 1 + (i % 2), y: i % 50 === 7 ? null : y };
});
const FAST = { target: "y", l2: 0.01, linear: true, worker: false } as const;

describe("statistics", () => {
  it("are those of inferTable, without touching the model", async () => {
    const ignore = ["clinic", "w"];
    const plain = await train(rows, { ...FAST, ignore });
    const { report, classifier } = await train(rows, { ...FAST, ignore, infer: true });
    expect(classifier.save()).toEqual(plain.classifier.save());
    const { covarianceMatrix: _, ...found } = await inferTable(rows, { target: "y", ignore });
    expect(report.inference).toEqual(found);
    const text = words(report);
    expect(text).toContain("Statistics\nLogit of y = well against ill, without a penalty");
    expect(text).toContain("\n294 rows used of 300; left out: 6 without an outcome.\n");
    expect(text).toContain("Levels are compared with: site &lt;b&gt;north&lt;/b&gt;.");
    const slope = found.coefficients.find(({ column }) => column === "x")!;
    expect(text).toContain(
      `\nx\n${slope.estimate.toPrecision(4)}\n${slope.standardError.toPrecision(3)}\n`,
    );
    expect(text).toContain("Average marginal effects on the probability of well");
    expect(text).toContain(`\nAIC\n${found.aic!.toFixed(2)}\n`);
  });

  it("take weights for those of a sample, and groups for clusters", async () => {
    const { report } = await train(rows, { ...FAST, weight: "w", group: "clinic", infer: true });
    const found = await inferTable(rows, {
      ...{ target: "y", probabilityWeight: "w", cluster: "clinic" },
    });
    expect(report.inference).toMatchObject({ covariance: "clustered", clusters: 20 });
    expect(report.inference).toMatchObject({ coefficients: found.coefficients });
    expect(words(report)).toContain("standard errors by 20 clusters; probability weights");
  });

  it("say why there are none", async () => {
    const separated = rows.map((row) => ({ ...row, y: Number(row.x) > 0.5 ? "ill" : "well" }));
    const ignore = ["clinic", "w", "site"];
    const { report } = await train(separated, { ...FAST, ignore, infer: true });
    expect(report.inference).toEqual({ refused: expect.stringContaining("separated") });
    expect(words(report)).toMatch(/Statistics\nThere are none: &quot;x&quot; .*separated/);
    expect(words((await train(rows, { ...FAST, ignore })).report)).not.toContain("Statistics");
  });

  it("end with the signal, and are no yes or no by a text", async () => {
    const wrong = { ...FAST, infer: "yes" } as never;
    await expect(train(rows, wrong)).rejects.toThrow('"infer" expected true or false, got "yes"');
  });
});

describe("calibration and a prior", () => {
  let report: Report;
  beforeAll(async () => {
    report = await hostileReport(["no", "yes"], {
      positive: "yes",
      prior: [
        ["yes", 0.02],
        ["no", 0.98],
      ],
    });
  });

  it("shows each measure with what it would read if all were right", () => {
    const { ece, eceWidth, mce, brier } = report.evaluation.calibration!;
    const text = words(report);
    for (const { value, expected } of [ece, eceWidth, mce]) {
      const shown = (x: number): string => x.toFixed(x !== 0 && Math.abs(x) < 0.1 ? 4 : 3);
      expect(text).toContain(`\n${shown(value)}\n`);
      expect(text).toContain(`\n${shown(expected.value)}\n`);
    }
    expect(text).toContain(`− Resolution\nhow far the bins are apart: the more the better\n`);
    expect(text).toContain(`\n${brier.uncertainty.value.toFixed(3)}\n`);
    expect(text).toMatch(/\(Spiegelhalter&#39;s z -?[\d.]+, p\u00a0[=<]\u00a0[\d.]+\)/);
    expect(text).toContain("By the probability of yes: how often it came true.");
  });

  it("shows the results at the prior beside those of the training", () => {
    const { metrics, atPrior } = report.evaluation;
    const text = words(report);
    expect(text).toContain(
      "At the stated prior\nThe model is for rows of which 98.0 % are no, 2.0 % are yes.",
    );
    const after = text.slice(text.indexOf("At the stated prior"));
    expect(after).toContain(`Accuracy\n${metrics.accuracy.value.toFixed(3)}\n`);
    expect(after).toContain(`\n${atPrior!.metrics.accuracy.value.toFixed(3)}\n`);
    expect(after).toMatch(/Of yes the precision is then [\d.]+, the recall [\d.]+\./);
  });

  it("is silent of what was not measured", () => {
    const { calibration: _, atPrior: __, ...evaluation } = report.evaluation;
    const text = words({ ...report, evaluation });
    expect(text).not.toMatch(/Spiegelhalter|At the stated prior|By the probability of/);
  });
});

describe("how it was made", () => {
  it("shows the command, versions and hashes", async () => {
    const report = await hostileReport();
    const provenance = {
      ...report.provenance,
      command: "softmax train '<script>alert(1)</script>.csv' -t y",
      runtime: "Node.js 22.1.0",
      testHash: "abc",
    };
    const text = words({ ...report, provenance });
    expect(text).toContain(
      "How it was made\nsoftmax train '&lt;script&gt;alert(1)&lt;/script&gt;.csv' -t y".replaceAll(
        "'",
        "&#39;",
      ),
    );
    expect(text).toContain("\nrun by\nNode.js 22.1.0\n");
    expect(text).toContain("\nSHA-256 of the test table\nabc\n");
    expect(words(report)).not.toMatch(/run by|of the test table/);
  });
});

describe("a search", () => {
  const search: TuneReport = {
    ended: "time",
    seconds: 60,
    rows: { search: 240, heldOut: 60 },
    rounds: [{ rows: 240, oneFold: false }],
    counts: { tried: 3, finished: 1, dropped: 0, killed: 1, failed: 1, unfinished: 0 },
    options: { hidden: [64, 32], dropout: 0.1 },
    kept: null,
    found: {
      options: { hidden: [64, 32], dropout: 0.1 },
      round: 0,
      search: { default: 0.5, found: 0.4, difference: -0.1, standardError: 0.01 },
      heldOut: { default: 0.51, found: 0.42, difference: -0.09, standardError: null },
    },
    candidates: [
      {
        options: { hidden: [64, 32], dropout: 0.1 },
        ...{ round: 0, outcome: "finished", judged: { round: 0, logLoss: 0.4 } },
      },
      { options: {}, isDefault: true, round: 0, outcome: "finished", judged: null },
      { options: { l1Ratio: 1 }, round: 0, outcome: "failed", judged: null, reason: "<b>no</b>" },
    ],
    command: "softmax train 'a <b>.csv'",
  };

  it("is told with all that it tried, and with what ships", async () => {
    const { report } = await train(rows, { ...FAST, ignore: ["clinic", "w"] });
    const text = words({ ...report, tune: search });
    expect(text).toContain(
      "3 ways of training beside the default: 1 judged to the end, 1 stopped early, 1 not possible, on 240 rows.",
    );
    expect(text).toContain("60 rows were held out of it");
    expect(text).toContain("Found: --hidden 64,32 --dropout 0.1.");
    expect(text).toContain("\ndifference\n−0.1000 ± 0.0100\n−0.0900\n");
    expect(text).toContain("\nsoftmax train &#39;a &lt;b&gt;.csv&#39;\n");
    expect(text).toContain("\n--l1-ratio 1\nnot possible: &lt;b&gt;no&lt;/b&gt;\n");
    expect(words(report)).not.toContain("What the search tried");
  });

  it.each([
    ["nothing better", "The default stays: nothing is better"],
    ["worse on held-out rows", "The default stays: what was found is worse"],
    ["no time", "The default stays: the time was too short"],
  ] as const)("that ends with %s says so", async (kept, sentence) => {
    const { report } = await train(rows, { ...FAST, ignore: ["clinic", "w"] });
    const found = kept === "no time" ? null : search.found;
    const text = words({ ...report, tune: { ...search, options: {}, kept, found } });
    expect(text).toContain(sentence);
    expect(text.includes("60 rows were held out")).toBe(found !== null);
  });
});
