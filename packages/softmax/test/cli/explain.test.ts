import { readFileSync, writeFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { markedLines } from "../../src/cli/marks.ts";
import { columns } from "../../src/cli/text.ts";
import { bundled, softmax, workFolder } from "./run.ts";

const folder = workFolder();
const run = (...args: string[]) => softmax([...args, "-q"], { cwd: folder.path });

/** Sixty different texts with the word, every eighth with the other one. */
const textsOf = (word: string, other: string): string =>
  Array.from(
    { length: 60 },
    (_, i) => `number ${i} is ${i % 8 === 0 ? other : word} and ${i % 7} more of it`,
  ).join("\n");

beforeAll(async () => {
  writeFileSync(folder.at("good"), textsOf("superb", "awful"));
  writeFileSync(folder.at("bad"), textsOf("awful", "superb"));
  writeFileSync(folder.at("new.txt"), "a superb\u001b[2J thing\nan awful thing\n");
  const texts = await run("train", "good", "bad", "-o", "texts.st");
  expect([texts.code, texts.err]).toEqual([0, ""]);
  expect(texts.out).toMatch(/^text \(for good\): "[^"]+" [+−]\d\.\d.* …$/m);
  const table = await run("train", bundled("penguins.csv"), "-t", "species", "-o", "table.st");
  expect(table.code).toBe(0);
});

describe("softmax explain", () => {
  it("marks the words of a text that push it", async () => {
    const { out, code, err } = await run("explain", "texts.st", "--text", "a superb evening");
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(
      /^good, probability 0\.\d+, log-odds \+\d\.\d\d \(intercept [+−]?\d\.\d\d\)\n {2}a \[superb \+\d\.\d\] evening\n$/,
    );
  });

  it("shows some rows of texts, and no control character of theirs", async () => {
    const { out } = await run("explain", "texts.st", "new.txt", "--format", "texts");
    expect(out).toMatch(
      /^row 1: good, [\s\S]*\n\nrow 2: bad, .*\n {2}an \[awful \+\d\.\d\] thing\n$/,
    );
    expect(out).not.toContain("\u001b");
    const second = await run("explain", "texts.st", "new.txt", "--format", "texts", "--rows", "2");
    expect(second.out).toMatch(/^row 2: bad/);
  });

  it("lists what columns add, the strongest first, within 80 columns", async () => {
    const { out, code } = await run(
      "explain",
      "table.st",
      bundled("penguins.csv"),
      "--rows",
      "1-2",
    );
    expect(code).toBe(0);
    expect(out.split("\n").every((line) => columns(line) <= 80)).toBe(true);
    const [first] = out.split("\n\n");
    expect(first).toMatch(/^row 1: Adelie, probability [01]\.\d+, log-odds \+/);
    const added = [...first.matchAll(/ ([+−]\d+\.\d\d|0\.00) /g)].map(([, n]) =>
      Math.abs(Number(n.replace("−", "-"))),
    );
    expect(added.length).toBeGreaterThan(3);
    expect(added).toEqual([...added].sort((a, b) => b - a));
  });

  it("prints an object a row, whose parts sum to the log-odds", async () => {
    const { out } = await run("explain", "texts.st", "new.txt", "--format", "texts", "--json");
    const rows = out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(rows.map(({ row, label }) => [row, label])).toEqual([
      [1, "good"],
      [2, "bad"],
    ]);
    for (const {
      logOdds,
      intercept,
      columns: [text],
    } of rows) {
      expect(text.parts.map((part: { text: string }) => part.text).join("")).toBe(text.value);
      const sum = text.parts.reduce(
        (s: number, { weight }: { weight: number }) => s + weight,
        intercept,
      );
      expect(sum).toBeCloseTo(logOdds, 10);
    }
  });

  it.each([
    [["texts.st", "--row", "1"], "--row is of rows: name a table"],
    [["texts.st", "--importance"], "--importance is of rows: name a table"],
    [
      ["table.st", bundled("penguins.csv"), "--against", "Adelie"],
      "--against is for a model alone",
    ],
    [["table.st", bundled("penguins.csv"), "--keep", "sex"], "--keep is for --counterfactual"],
    [
      ["table.st", bundled("penguins.csv"), "--change-only", "sex"],
      "--change-only is for --counterfactual",
    ],
    [
      ["table.st", bundled("penguins.csv"), "--importance", "--partial", "sex"],
      "--importance and --partial are two questions: ask one",
    ],
    [
      ["table.st", bundled("penguins.csv"), "--row", "999"],
      "--row expected a row from 1 to 344, got 999",
    ],
    [["texts.st", "new.txt", "--text", "x"], "explain expected a table, or --text"],
    [
      ["table.st", "--text", "x"],
      "--text is for models that read a column of texts and nothing else",
    ],
    [["texts.st", "new.txt", "--rows", "3-1"], '--rows expected rows such as 3 or 1-10, got "3-1"'],
    [
      ["texts.st", "new.txt", "--format", "texts", "--rows", "9"],
      "--rows expected rows from 1 to 2, got 9",
    ],
  ])("says what is wrong with %j", async (args, sentence) => {
    const { code, err } = await run("explain", ...args);
    expect(code).toBe(2);
    expect(err).toContain(sentence);
  });
});

describe("softmax explain of a table", () => {
  const penguins = bundled("penguins.csv");
  const narrow = (out: string): boolean => out.split("\n").every((line) => columns(line) <= 80);

  it("shows the odds of a model alone, in words and as JSON", async () => {
    const { out, code, err } = await run("explain", "table.st");
    expect([code, err, narrow(out)]).toEqual([0, "", true]);
    expect(out).toMatch(/^Odds of each label against the others/);
    expect(out).toMatch(/^island +Biscoe → Dream +×[\d.]+ +×[\d.]+ +×[\d.]+$/m);
    const against = await run("explain", "table.st", "--against", "Adelie", "--json");
    const parsed = JSON.parse(against.out);
    expect(parsed.against).toBe("Adelie");
    expect(parsed.columns[0].labels).toEqual(["Chinstrap", "Gentoo"]);
  });

  it("shows of one row what speaks for each class, summing to the logits", async () => {
    const { out, code } = await run("explain", "table.st", penguins, "--row", "3");
    expect([code, narrow(out)]).toEqual([0, true]);
    expect(out).toMatch(/^row 3: Adelie, probability/);
    const numbers = (line: string): number[] =>
      [...line.matchAll(/(?<= )[+−]?\d+\.\d\d(?= |$)/g)]
        .slice(-3)
        .map(([n]) => Number(n.replace("−", "-")));
    const lines = out.trimEnd().split("\n").slice(2).map(numbers);
    const sums = [0, 1, 2].map((c) => lines.slice(0, -1).reduce((sum, line) => sum + line[c], 0));
    sums.forEach((sum, c) => expect(Math.abs(sum - lines.at(-1)![c])).toBeLessThan(0.05));
    const why = await run("explain", "table.st", penguins, "--row", "3", "--label", "Gentoo");
    expect(why.out).toMatch(/^row 3: Adelie, .*log-odds of Gentoo −/);
  });

  it("shows the smallest change, knowing the training table by its hash", async () => {
    const asked = ["explain", "table.st", penguins, "--row", "3", "--counterfactual"];
    const { out, code } = await run(...asked);
    expect([code, narrow(out)]).toEqual([0, true]);
    expect(out).toMatch(
      /^row 3: Adelie, probability [\d.]+\n(Gentoo|Chinstrap), probability 0\.\d+, by the smallest/,
    );
    expect(out).not.toContain("--like");
    const kept = await run(...asked, "--keep", "island,sex", "--label", "Gentoo", "--json");
    const { rowNumber, reached, after, changes } = JSON.parse(kept.out);
    expect([rowNumber, reached, after.label]).toEqual([3, true, "Gentoo"]);
    expect(changes.every(({ name }: { name: string }) => !["island", "sex"].includes(name))).toBe(
      true,
    );
    const none = await run(...asked, "--change-only", "sex", "--label", "Gentoo");
    expect(none.out).toContain("No change that is allowed gives it the label Gentoo.");
  });

  it("asks for the training table where the model does not know what it saw", async () => {
    const [head, ...rows] = readFileSync(penguins, "utf8").split("\n");
    writeFileSync(folder.at("few.csv"), [head, ...rows.slice(0, 5)].join("\n"));
    const asked = ["explain", "table.st", "few.csv", "--row", "1", "--counterfactual"];
    const { out } = await run(...asked);
    expect(out.replaceAll("\n  ", " ")).toContain("name the training table with --like.");
    const like = await run(...asked, "--like", penguins);
    expect(like.out).toContain("by the smallest change");
    expect(like.out).not.toContain("--like");
  });

  it("shows importance and partial dependence, in words and as JSON", async () => {
    const { out, code } = await run(
      "explain",
      "table.st",
      penguins,
      "--importance",
      "--repeats",
      "3",
    );
    expect([code, narrow(out)]).toEqual([0, true]);
    expect(out).toMatch(/^bill_length_mm +\+\d\.\d+ +\+\d\.\d+ – \+\d\.\d+ /m);
    expect(out).toContain("the very rows that the model was trained on");
    const json = JSON.parse(
      (await run("explain", "table.st", penguins, "--importance", "--json")).out,
    );
    expect([json.repeats, json.trainedOnTheseRows, json.columns.length]).toEqual([10, true, 6]);
    const partial = await run("explain", "table.st", penguins, "--partial", "island");
    expect([partial.code, narrow(partial.out)]).toEqual([0, true]);
    expect(partial.out).toMatch(/^Torgersen +0\.\d+ +0\.\d+ +0\.\d+$/m);
    const wrong = await run("explain", "table.st", penguins, "--partial", "iland");
    expect(wrong.err).toContain('did you mean "island"?');
  });
});

describe("marks", () => {
  const excerpt = (parts: readonly (readonly [string, number])[]) => ({
    before: true,
    after: true,
    parts: parts.map(([text, weight]) => ({ text, weight })),
  });

  it("are notes without colours, for the strongest words only", () => {
    const lines = markedLines(
      excerpt([
        ["so ", 0],
        ["superb", 2],
        [" and ", 0.1],
        ["dull", -1],
      ]),
      false,
    );
    expect(lines).toEqual(["  … so [superb +2.0] and [dull −1.0] …"]);
  });

  it("are colours by strength and direction", () => {
    const [line] = markedLines(
      excerpt([
        ["superb", 2],
        [" ", 0],
        ["dull", -0.5],
        [" ", 0],
        ["x", 0.2],
      ]),
      true,
    );
    expect(line).toBe(
      "  … \u001b[30m\u001b[102msuperb\u001b[49m\u001b[39m \u001b[30m\u001b[41mdull\u001b[49m\u001b[39m \u001b[32mx\u001b[39m …",
    );
  });

  it("fit 80 columns, words without end and wide signs too", () => {
    const parts = [
      ["字".repeat(90), 0],
      ["w".repeat(300), 0],
      [" a b".repeat(60), 0],
      ["好", 1],
      ["。", 0],
    ] as const;
    const lines = markedLines(excerpt(parts), false);
    expect(Math.max(...lines.map(columns))).toBeLessThanOrEqual(80);
    expect(lines.join("").replaceAll(" ", "")).toContain(`${"字".repeat(90)}${"w".repeat(300)}ab`);
  });
});
