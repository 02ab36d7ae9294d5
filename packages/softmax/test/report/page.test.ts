import { writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import type { Report } from "@softmax/core";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { reportPage } from "../../src/report/page.ts";
import { temporaryFolder } from "../data/tables.ts";
import { findChromium, launchChromium } from "../pack/browser.ts";
import { HOSTILE, hostileReport, LABELS } from "./hostile.ts";

const at = temporaryFolder();
let five: Report;
let two: Report;
let page: string;

beforeAll(async () => {
  five = await hostileReport();
  two = await hostileReport(["no", "yes"]);
  page = reportPage(five, `${HOSTILE.closing} ${HOSTILE.hebrew}`);
});

/** The page as a person reads it. */
const words = (report: Report): string =>
  reportPage(report, "A title")
    .replace(/<(style|svg)[\s\S]*?<\/\1>/g, "")
    .replace(/<wbr>|<\/?(bdi|strong|i)\b[^>]*>/g, "")
    .replace(/<[^>]*>/g, "\n")
    .replace(/\n+/g, "\n");

/** The page's own markup: tags with their attributes' values left out. */
const tags = (text: string): string[] =>
  (text.match(/<[a-z][^>]*>/g) ?? []).map((tag) => tag.replace(/"[^"]*"/g, '""'));

describe("a report on hostile names", () => {
  it("has no markup but its own", () => {
    const names = new Set(tags(page).map((tag) => /[a-z0-9]+/.exec(tag)?.[0]));
    for (const name of ["script", "img", "b", "link", "iframe", "object", "base", "a"]) {
      expect(names).not.toContain(name);
    }
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
    const policy = `content="default-src 'none'; style-src 'unsafe-inline'"`;
    expect(page.includes(policy)).toBe(true);
  });

  it("isolates names, cuts long ones, and keeps the whole in a tooltip", () => {
    expect(page.includes(`<bdi title="${"a".repeat(300)}">`)).toBe(true);
    const outside = page
      .replace(/<title>.*<\/title>|<bdi[^>]*>.*?<\/bdi>|"[^"]*"/g, "")
      .match(/[א-ת\u202e]|a{17}/);
    expect(outside).toBeNull();
    expect(/>[^<]*x{17}/.test(page)).toBe(false);
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
      "Where it comes from",
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

const executable = findChromium();

describe("in a browser", () => {
  let browser: Browser;
  beforeAll(async () => {
    if (executable !== null) browser = await launchChromium(executable);
  });
  afterAll(() => browser?.close());

  for (const width of [390, 1200]) {
    it(`asks for nothing, complains of nothing, and fits ${width} pixels`, async (test) => {
      test.skip(executable === null, "no Chromium on the path");
      for (const [name, report] of [
        ["five.html", five],
        ["two.html", two],
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
        await tab.close();
        expect(heard).toEqual([]);
        expect(widest).toBe(width);
        expect(smallest).toBeGreaterThan(9);
      }
    });
  }
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
      perUnit: [0.06],
      curve: null,
      levels: [{ level: null, role: "missing", logOdds: [-0.7] }],
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
