import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { type Report, type Table, train } from "@softmax/core";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { clip } from "../../src/report/numbers.ts";
import { reportPage } from "../../src/report/page.ts";
import { temporaryFolder } from "../data/tables.ts";
import { findChromium, launchChromium } from "../pack/browser.ts";
import { scriptsOf } from "./words.ts";

const at = temporaryFolder();
const executable = findChromium();
const naughty = createRequire(import.meta.url)("big-list-of-naughty-strings") as string[];

/** Strings at a time: as many as a page shows of classes, columns and levels. */
const CHUNK = 28;
const chunks = Array.from({ length: Math.ceil(naughty.length / CHUNK) }, (_, c) =>
  naughty.slice(c * CHUNK, (c + 1) * CHUNK),
);

/** A report in which every string is a label, a level, the name of a column and a remark. */
async function reportOn(strings: readonly string[]): Promise<Report> {
  const names = [...new Set(strings.filter((text) => text.trim() !== ""))];
  const rows = 8 * names.length;
  const codes = Int32Array.from({ length: rows }, (_, i) => i % names.length);
  const table: Table = {
    rows,
    decimal: ".",
    columns: [
      ...names.map((name, j) => ({
        ...{ name, kind: "number" as const },
        values: Float64Array.from(codes, (c, i) => Number(c === j) + (i % 3) / 3),
      })),
      { name: "level", kind: "text", dictionary: names, codes },
      { name: "target of all", kind: "text", dictionary: names, codes },
    ],
  };
  const settings = { target: "target of all", categorical: ["level"], missing: [], l2: 1e-2 };
  const { report } = await train(table, { ...settings, linear: true, folds: 2, worker: false });
  const provenance = { ...report.provenance, command: `softmax train ${strings.join(" ")}` };
  return { ...report, remarks: strings, provenance };
}

/** What a parser of HTML makes of a text in a file. */
const parsed = (text: string): string =>
  Buffer.from(text).toString().replace(/\r\n?/g, "\n").replaceAll("\0", "");

/** A name that is cut at `width`; one of blanks alone stands in quotes. */
function named(text: string, width = 60): string {
  const shown = clip(text, width);
  return parsed(shown.trim() === "" ? JSON.stringify(shown) : shown);
}

describe.skipIf(executable === null)("the naughty strings, where Chromium is on the path", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium(executable as string);
  });
  afterAll(() => browser.close());

  it("are many", () => {
    expect(naughty.length).toBeGreaterThan(450);
  });

  it.each(chunks.map((strings, c) => [c * CHUNK, strings] as const))(
    "from number %i on are shown as text, and nothing of them runs",
    async (_, strings) => {
      const report = await reportOn(strings);
      const page = reportPage(report, strings.join(" "));
      expect(scriptsOf(page).length).toBeLessThanOrEqual(2);
      writeFileSync(at("naughty.html"), page);
      const url = pathToFileURL(at("naughty.html")).href;
      const tab = await browser.newPage();
      const heard: string[] = [];
      tab.on("request", (request) => request.url() !== url && heard.push(request.url()));
      tab.on("console", (message) => heard.push(message.text()));
      tab.on("pageerror", (error) => heard.push(error.message));
      tab.on("dialog", (dialog) => {
        heard.push(dialog.message());
        return dialog.dismiss();
      });
      await tab.goto(url);
      const found = (await tab.evaluate(
        "({ shown: [...document.querySelectorAll('bdi')].map((e) => e.textContent), elements: [...new Set([...document.querySelectorAll('*')].map((e) => e.localName))].sort(), title: document.title })",
      )) as { shown: string[]; elements: string[]; title: string };
      await tab.close();
      expect(heard).toEqual([]);
      expect(found.elements.filter((name) => !OWN.includes(name))).toEqual([]);
      const shown = new Set(found.shown);
      const expected = [
        ...report.classes.map(({ label }) => named(label)),
        ...report.columns.map(({ name }) => named(name)),
        ...report.effects.map(({ name }) => named(name)),
        ...report.remarks.map(parsed),
      ];
      expect(expected.filter((text) => !shown.has(text))).toEqual([]);
    },
    60_000,
  );
});

/** The elements that a page is made of. */
const OWN =
  "article bdi body button circle div figcaption figure h1 h2 h3 head html i input label li line main meta option output p path rect script section select small span strong style svg table tbody td text th title tr ul wbr".split(
    " ",
  );
