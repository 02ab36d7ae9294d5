import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { type Report, type Row, train } from "@softmax/core";
import axe from "axe-core";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { reportPage } from "../../src/report/page.ts";
import { temporaryFolder } from "../data/tables.ts";
import { findChromium, launchChromium } from "../pack/browser.ts";
import { HOSTILE, hostileReport, LABELS } from "./hostile.ts";
import { scriptsOf, tags, words } from "./words.ts";

const at = temporaryFolder();
const executable = findChromium();
let browser: Browser;
let five: Report;
let two: Report;
let page: string;
let texts: Report;
let manyTexts: Report;

beforeAll(async () => {
  if (executable !== null) browser = await launchChromium(executable);
  five = await hostileReport();
  two = await hostileReport(["no", "yes"]);
  texts = await textReport(["no", "yes"]);
  manyTexts = await textReport(LABELS.slice(0, 3));
  page = reportPage(five, `${HOSTILE.closing} ${HOSTILE.hebrew}`);
});

afterAll(() => browser?.close());

/** A report on texts that would break a page which trusts them. */
async function textReport(labels: readonly string[]): Promise<Report> {
  const rows = Array.from({ length: 120 }, (_, i): Row => {
    const c = i % labels.length;
    const own = ["<script>alert(1)</script>", "</mark></p><img src=x onerror=alert(1)>", "plain"][
      c
    ];
    const text = `${own} "quoted" & 'x' \u202e${HOSTILE.hebrew}\n\u0000 ${"w".repeat(i * 4)} ${i}`;
    return { "<i>text</i>": text, target: labels[i % 13 === 7 ? 0 : c] };
  });
  const settings = { target: "target", text: ["<i>text</i>"], l2: 1e-2, worker: false } as const;
  return (await train(rows, settings)).report;
}

describe("a report on hostile names", () => {
  it("has no markup but its own", () => {
    const names = new Set(tags(page).map((tag) => /[a-z0-9]+/.exec(tag)?.[0]));
    for (const name of ["img", "b", "link", "iframe", "object", "base", "a"]) {
      expect(names).not.toContain(name);
    }
    expect(scriptsOf(page)).toHaveLength(2);
    expect(page.match(/<\/?title>/g)).toHaveLength(2);
    expect(page.match(/<\/?style>/g)).toHaveLength(2);
    expect(tags(page).filter((tag) => / on\w+=/.test(tag))).toEqual([]);
    expect(page.includes("&lt;script&gt;alert(1)<wbr>&lt;/")).toBe(true);
  });

  it("names nothing to fetch, and forbids it", () => {
    const fetching = /\s(src|href|action|srcset|data|background|poster)=/;
    expect(tags(page).filter((tag) => fetching.test(tag))).toEqual([]);
    const style = /<style>([\s\S]*)<\/style>/.exec(page)?.[1] as string;
    expect(/url\(|@import/.test(style)).toBe(false);
    const [data, script] = scriptsOf(page);
    expect(data).not.toMatch(/[<>&]/);
    expect(JSON.parse(data).map(({ name }: { name: string }) => name)).toContain(LABELS[0]);
    const hash = createHash("sha256").update(script).digest("base64");
    const policy = `content="default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${hash}'"`;
    expect(page.includes(policy)).toBe(true);
    expect(script).not.toMatch(/innerHTML|insertAdjacent|document\.write|eval|import|fetch/);
  });

  it("isolates names, cuts long ones, and keeps the whole in a tooltip", () => {
    expect(page.includes(`<bdi title="${"a".repeat(300)}">`)).toBe(true);
    const outside = page
      .replace(
        /<title>.*<\/title>|<(bdi|option)[^>]*>.*?<\/\1>|<script[\s\S]*?<\/script>|"[^"]*"/g,
        "",
      )
      .match(/[א-ת\u202e]|a{17}/);
    expect(outside).toBeNull();
    const shown = page.replace(/<(option|script)[^>]*>[\s\S]*?<\/\1>/g, "");
    expect(/>[^<]*x{17}/.test(shown)).toBe(false);
  });
});

describe("texts to look at", () => {
  it("no text breaks out of the page, and its words are marked", () => {
    for (const report of [texts, manyTexts]) {
      const shown = reportPage(report, "t");
      const names = new Set(tags(shown).map((tag) => /[a-z0-9]+/.exec(tag)?.[0]));
      for (const name of ["img", "b", "i"]) expect(names).not.toContain(name);
      expect(scriptsOf(shown)).toHaveLength(2);
      expect(tags(shown).filter((tag) => / on\w+=/.test(tag))).toEqual([]);
      expect(shown).not.toMatch(/[\0\u2028]/);
      expect(shown.replace(/<title>.*<\/title>|<(bdi|option)[^>]*>.*?<\/\1>/g, "")).not.toMatch(
        /[א-ת\u202e]/,
      );
      expect(shown).toMatch(
        /<mark class="more" style="--share:1\.00" title="\+[\d.]+">[^<]+<\/mark>/,
      );
    }
  });

  it("shows each kind with row, labels and probabilities, in bounds", () => {
    const text = words(texts);
    for (const title of ["Perhaps wrongly labelled", "Doubtful", "Typical"]) {
      expect(text).toContain(`\n${title}\n`);
    }
    expect(text).toMatch(/Row 8: labelled no \([\d.]+\u00a0%\), predicted yes \([\d.]+\u00a0%\)/);
    const { typical, doubtful, mislabelled } = texts.texts!;
    const all = [...typical, ...doubtful, ...mislabelled];
    const lengths = all.map(
      ({ excerpt }) => excerpt.parts.map((part) => part.text).join("").length,
    );
    expect(Math.max(...lengths)).toBeLessThanOrEqual(300);
    expect(text).toContain("What a term does, on average, to the odds of yes");
    expect(words(manyTexts)).toContain("The terms that speak most for each class");
  });

  it("is silent where there are none, or nothing was learned", () => {
    expect(words(two)).not.toContain("Texts to look at");
    const metrics = { ...texts.evaluation.metrics, noBetterThanBaseline: true };
    const idle = { ...texts, evaluation: { ...texts.evaluation, metrics } };
    expect(words(idle)).not.toContain("Texts to look at");
  });
});

describe("what a report holds", () => {
  it("lists the encodings that were tried, and which was chosen", () => {
    const choice = {
      ...two.choice,
      encoding: "words 1–2, tf-idf",
      tried: [
        { encoding: "words 1–2, tf-idf", l2: 1, logLoss: 0.5 },
        { encoding: "words 1–2, tf-idf", l2: 0.1, logLoss: 0.4 },
        { encoding: "characters 1–5, naive Bayes", l2: 0.1, logLoss: 0.45 },
      ],
    };
    const text = words({ ...two, choice });
    expect(text).toContain("\nwords 1–2, tf-idf\n0.400\nchosen\n");
    expect(text).toContain("\ncharacters 1–5, naive Bayes\n0.450\n");
  });

  it("has every section, with the numbers of the report", () => {
    const text = words(two);
    for (const title of [
      "How good it is",
      "Can the probabilities be trusted?",
      "The classes",
      "Confusions",
      "What moves the prediction",
      "The columns",
      "The training",
      "How it was made",
    ]) {
      expect(text).toContain(title);
    }
    const { accuracy, eceExpected, confusion } = two.evaluation.metrics;
    expect(text).toContain(`${(100 * accuracy.value).toFixed(1)} % right`);
    expect(text).toContain(`an ECE of ${eceExpected.value.toFixed(4)}`);
    for (const n of confusion.flat()) expect(text).toContain(`\n${n}\n`);
    expect(text).toContain(two.provenance.version);
  });

  it("says the remarks, and that a model is no better than the baseline", () => {
    const metrics = { ...two.evaluation.metrics, noBetterThanBaseline: true };
    const text = words({
      ...two,
      evaluation: { ...two.evaluation, metrics },
      remarks: ["mind the <gap>"],
    });
    expect(text).toContain("No better than the baseline.");
    expect(text).toContain("Nothing that would be worth telling");
    expect(text).toContain("mind the &lt;gap&gt;");
  });

  it("shows the test table beside the folds", () => {
    const test = { ...two.evaluation, method: "test table", rows: 7 };
    expect(words({ ...two, test })).toContain("On the test table\ntest table, 7 rows.");
  });

  it("draws what was tried, encoding by penalty", async () => {
    const { choice } = two;
    const tried = [1, 0.1, 0.01].flatMap((l2) => [
      { encoding: "straight lines", l2, logLoss: l2 },
      { encoding: "curves", l2, logLoss: l2 / 2 },
    ]);
    const html = reportPage({ ...two, choice: { ...choice, tried } }, "");
    expect(html).toContain('aria-label="Log loss by penalty"');
    expect(html).toMatch(/straight <wbr>lines<\/bdi><\/span>/);
  });

  it("puts the list of many classes and columns into bounds", () => {
    const classes = Array.from({ length: 100 }, (_, c) => ({
      label: `c${c}`,
      rows: 1,
      share: 0.01,
    }));
    const perClass = classes.map(() => two.evaluation.metrics.perClass[0]);
    const confusion = classes.map(() => classes.map(() => 0));
    const metrics = { ...two.evaluation.metrics, perClass, confusion };
    const columns = Array.from({ length: 500 }, () => two.columns[0]);
    const text = words({ ...two, classes, columns, evaluation: { ...two.evaluation, metrics } });
    expect(text).toContain("60 more classes: see the JSON report.");
    expect(text).toContain("300 more columns: see the JSON report.");
    expect(text).toContain("The table of 100 × 100 classes is in the JSON report.");
  });

  it("is the same page for the same report", () => {
    expect(reportPage(structuredClone(five), "t")).toBe(reportPage(five, "t"));
    expect(reportPage(JSON.parse(JSON.stringify(five)), "t")).toBe(reportPage(five, "t"));
  });
});

describe.skipIf(executable === null)("in a browser, where Chromium is on the path", () => {
  for (const width of [390, 1200]) {
    it(`asks for nothing, complains of nothing, and fits ${width} pixels`, async () => {
      for (const [name, report] of [
        ["five.html", five],
        ["two.html", two],
        ["texts.html", texts],
        ["many-texts.html", manyTexts],
      ] as const) {
        writeFileSync(at(name), reportPage(report, `${HOSTILE.closing} ${HOSTILE.long}`));
        const url = pathToFileURL(at(name)).href;
        const tab = await browser.newPage({ viewport: { width, height: 800 } });
        const heard: string[] = [];
        tab.on("request", (request) => request.url() !== url && heard.push(request.url()));
        tab.on("console", (message) => heard.push(message.text()));
        tab.on("dialog", (dialog) => heard.push(dialog.message()));
        await tab.goto(url);
        const widest = await tab.evaluate("document.documentElement.scrollWidth");
        const smallest = await tab.evaluate(
          "Math.min(...[...document.querySelectorAll('svg text')].map((t) => t.getBoundingClientRect().height))",
        );
        const scrolled = await tab.evaluate(
          "[...document.querySelectorAll('.scroll:has(.looks)')].filter((e) => e.scrollWidth > e.clientWidth).length",
        );
        await tab.close();
        expect(heard).toEqual([]);
        expect(widest).toBe(width);
        expect(scrolled, "rows to look at that have to be scrolled").toBe(0);
        expect(smallest).toBeGreaterThan(9);
      }
    });
  }
});

describe("what was asked besides", () => {
  it("shows how probabilities were calibrated, where that is not as usual", () => {
    const calibration = {
      asked: "auto",
      method: "beta",
      tried: [
        { method: "none", logLoss: 0.4, excess: 0.02, standardError: 0.005 },
        { method: "beta", logLoss: 0.38, excess: 0, standardError: 0 },
      ],
    } as const;
    const text = words({ ...two, calibration });
    expect(text).toContain("Calibrated by beta calibration, the simplest that is as good");
    expect(text).toContain("\nno calibrator\n0.400\n+0.02 ± 0.005\n");
    expect(text).toContain("\nbeta calibration (chosen)\n0.380\nleast\n");
    expect(
      words({ ...two, calibration: { asked: "temperature", method: "temperature" } }),
    ).not.toContain("Calibrated by");
  });

  it("shows whether more rows would help", () => {
    const point = (rows: number, value: number) => ({
      ...{ rows, share: rows / 800, draws: 1 },
      logLoss: { value, low: value - 0.01, high: value + 0.01 },
    });
    const learningCurve = {
      ...{ judged: 1000, points: [point(400, 0.5), point(800, 0.45)] },
      lastDoubling: null,
      projection: null,
      moreRows: "unclear",
      sentence: "It is unclear.",
    } as const;
    const text = words({ ...two, learningCurve });
    expect(text).toContain(
      "Would more rows help?\nIt is unclear. Every point is judged on the same 1,000 rows.",
    );
    expect(text).toContain("\n800\n0.450\n0.440 – 0.460\n");
    expect(words(two)).not.toContain("Would more rows help?");
  });
});

describe("rows to look at", () => {
  it("are shown with labels, probabilities and cells, and none where nothing was learned", () => {
    const text = words(five);
    const [row] = five.looks!.typical;
    expect(text).toContain("Rows to look at\n");
    expect(text).toContain(`\nTypical\nrow\nlabel\npredicted\nbecause of\n${row.row}\n`);
    expect(row.cells.length).toBeGreaterThan(0);
    const metrics = { ...five.evaluation.metrics, noBetterThanBaseline: true };
    const idle = { ...five, evaluation: { ...five.evaluation, metrics } };
    expect(words(idle)).not.toContain("Rows to look at");
    expect(words(texts)).not.toContain("Rows to look at");
  });
});

describe("decisions and sets", () => {
  let report: Report;
  beforeAll(async () => {
    report = await hostileReport(["no", "yes"], {
      decide: { costs: [["yes", "no", 5]], abstain: { cost: 0.4 } },
      sets: { coverage: 0.8 },
    });
  });

  it("are shown with what they do beside the most probable label", () => {
    const text = words(report);
    const { decided, argmax, gain } = report.decision!.measured!;
    expect(text).toContain(
      "How a label is decided\nDecided by costs. Rows in doubt are left to a person.",
    );
    expect(text).toContain(`mean cost\n${decided.cost!.value.toFixed(3)}`);
    expect(text).toContain(`\n${argmax.cost!.value.toFixed(3)}\n`);
    expect(text).toContain("Gain in mean cost over the most probable label:");
    expect(gain.low).toBeLessThanOrEqual(gain.high);
    expect(text).toMatch(
      /Sets of labels\nThey hold the true label for at least 80\.0 % of new rows like these \(\w+\): guaranteed by \d+ rows that were set aside\./,
    );
    expect(text).toMatch(
      /Measured on \d+ rows: [\d.]+ % \([\d.]+ % – [\d.]+ %\) of the sets hold it/,
    );
  });

  it("are not shown where there are none", () => {
    expect(words(two)).not.toMatch(/How a label is decided|Sets of labels/);
  });
});

describe("the explorer of thresholds", () => {
  const explored = (report: Report, judged: Partial<Report["evaluation"]>): string =>
    reportPage({ ...report, evaluation: { ...report.evaluation, ...judged } }, "t");

  it("is left out with its script where there is nothing to explore", () => {
    for (const page of [
      explored(two, { operating: [] }),
      explored(two, { metrics: { ...two.evaluation.metrics, noBetterThanBaseline: true } }),
    ]) {
      expect(scriptsOf(page)).toEqual([]);
      expect(page).not.toMatch(/script-src|Thresholds and costs/);
    }
  });

  it("shows the threshold 0.5 where no script runs", () => {
    const points = {
      ...{ label: 1, positives: 10, negatives: 20 },
      ...{ thresholds: [0.9, 0.6, 0.2], truePositives: [4, 8, 10], falsePositives: [0, 2, 20] },
    };
    const text = words({ ...two, evaluation: { ...two.evaluation, operating: [points] } });
    expect(text).toMatch(/from a probability of\s+0\.600\s+on/);
    for (const line of [
      "Recall\n80.0 %",
      "Precision\n80.0 %",
      "F1\n80.0 %",
      "Rows taken\n33.3 %",
    ]) {
      expect(text).toContain(line);
    }
  });

  it("begins with the costs that decisions were asked to go by", () => {
    const points = {
      ...{ label: 1, positives: 10, negatives: 20 },
      ...{ thresholds: [0.9, 0.6, 0.2], truePositives: [4, 8, 10], falsePositives: [0, 2, 20] },
    };
    const valuesOf = (costs: readonly (readonly number[])[] | null): (string | undefined)[] => {
      const decision = { ...decided, costs };
      const made = explored({ ...two, decision }, { operating: [points] });
      const given = (part: string) =>
        new RegExp(`value="([^"]*)" data-part="${part}"`).exec(made)?.[1];
      const cost = /data-part="cost">([^<]*)</.exec(made)?.[1];
      return [given("missed"), given("alarm"), cost];
    };
    const decided: NonNullable<Report["decision"]> = {
      ...{ by: "costs", at: null, class: null, abstain: null, costs: null },
      ...{ chosen: [], reached: true, measured: null },
    };
    // Two missed at 5 and two false alarms at 0.5 among 30 rows.
    expect(
      valuesOf([
        [0, 0.5],
        [5, 0],
      ]),
    ).toEqual(["5", "0.5", "0.367"]);
    expect(valuesOf(null)).toEqual(["1", "1", "0.133"]);
    expect(
      valuesOf([
        [1, 0.5],
        [5, 0],
      ]),
    ).toEqual(["1", "1", "0.133"]);
  });

  it.skipIf(executable === null)(
    "recomputes what a threshold does, and finds the least cost, in the page",
    async () => {
      const points = {
        ...{ label: 1, positives: 10, negatives: 20 },
        ...{ thresholds: [0.9, 0.6, 0.2], truePositives: [4, 8, 10], falsePositives: [0, 2, 20] },
      };
      const other = { ...points, label: 0, truePositives: [1, 2, 10] };
      writeFileSync(at("explorer.html"), explored(two, { operating: [points, other] }));
      const tab = await browser.newPage();
      const errors: string[] = [];
      tab.on("pageerror", (error) => errors.push(error.message));
      tab.on("console", (message) => errors.push(message.text()));
      await tab.goto(pathToFileURL(at("explorer.html")).href);
      const part = (name: string) => tab.locator(`[data-part=${name}]`).first();
      const shown = async () =>
        Promise.all(["tp", "fp", "fn", "tn"].map((name) => part(name).textContent()));
      expect(await shown()).toEqual(["8", "2", "2", "18"]);
      await part("threshold").fill("0");
      expect(await shown()).toEqual(["4", "0", "6", "20"]);
      expect(await part("precision").textContent()).toBe("100.0 %");
      await part("threshold").fill("-1");
      expect(await shown()).toEqual(["0", "0", "10", "20"]);
      expect(await part("precision").textContent()).toBe("–");
      await part("missed").fill("100");
      await part("cheapest").click();
      expect(await shown()).toEqual(["10", "20", "0", "0"]);
      expect(await part("cost").textContent()).toBe("0.667");
      await part("class").selectOption("1");
      expect(await shown()).toEqual(["2", "2", "8", "18"]);
      expect(await tab.locator("path[data-class]:visible").count()).toBe(2);
      expect(errors).toEqual([]);
    },
  );
});

describe("accessibility", () => {
  it.skipIf(executable === null)(
    "has nothing that axe finds serious, in light and in dark",
    async () => {
      for (const [colorScheme, report, width] of [
        ["light", five, 1200],
        ["light", five, 390],
        ["light", texts, 1200],
        ["dark", texts, 390],
      ] as const) {
        writeFileSync(at("axe.html"), reportPage(report, "t"));
        const tab = await browser.newPage({ colorScheme, viewport: { width, height: 800 } });
        await tab.goto(pathToFileURL(at("axe.html")).href);
        await tab.evaluate(axe.source);
        const { violations } = (await tab.evaluate("axe.run()")) as axe.AxeResults;
        await tab.close();
        const found = violations
          .filter(({ impact }) => impact === "serious" || impact === "critical")
          .map(({ id, nodes }) => `${colorScheme} ${id}: ${nodes[0].html.slice(0, 200)}`);
        expect(found).toEqual([]);
      }
    },
  );
});

describe("effects in words", () => {
  it("says what a step, a bend and a level do to the odds", () => {
    const effect = (report: Report, name: string) => {
      const [found] = report.effects.filter((e) => e.name === name);
      return words({ ...report, effects: [found] });
    };
    const lines = { ...two, effects: two.effects.map((e) => ({ ...e })) };
    const straight = {
      name: "age",
      kind: "numeric",
      labels: [">50K"],
      importance: 0.8,
      deviations: [0.8],
      meanAbsolute: [0.6],
      perUnit: [0.06],
      curve: null,
      levels: [{ level: null, role: "missing", logOdds: [-0.7] }],
      terms: null,
    } as const;
    const column = { ...two.columns[0], name: "age", range: { low: 17, median: 37, high: 90 } };
    const text = words({ ...lines, columns: [column], effects: [straight] });
    expect(text).toContain("Each additional 10 multiplies the odds of &gt;50K by 1.8.");
    expect(text).toContain("Where it is missing: ×0.5 the average odds of &gt;50K.");
    expect(effect(two, HOSTILE.emoji)).toMatch(
      /For (yes|no), the odds of yes are [\d.]+ times those for (yes|no)\./,
    );
    expect(effect(five, HOSTILE.override)).toMatch(
      /the odds of .* against .* are [\d.,a-z ]+ times those for/,
    );
    expect(LABELS).toHaveLength(5);
  });
});
