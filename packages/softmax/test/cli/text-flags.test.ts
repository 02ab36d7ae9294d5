import { readFileSync, writeFileSync } from "node:fs";
import { Classifier, readContainer, unpack } from "@softmax/core";
import { beforeAll, describe, expect, it } from "vitest";
import { loadModel } from "../../src/cli/model.ts";
import { flowing, softmax, workFolder } from "./run.ts";

const folder = workFolder();
const run = (...args: string[]) => softmax([...args, "-q"], { cwd: folder.path });

const PRAISE = ["The films were moving", "This film is moving me", "A movie for the ages"];
const BLAME = ["The plots were boring", "This plot is boring me", "A movie of no ages"];

/** Trains quickly on tickets.csv and gives the text columns of the model. */
async function textsOf(...flags: string[]): Promise<Classifier["model"]["encoder"]["columns"]> {
  const quick = ["-t", "team", "--l2", "0.1", "-o", "m.st"];
  const { code, err } = await run("train", "tickets.csv", ...quick, ...flags);
  expect([code, err]).toEqual([0, ""]);
  return (await loadModel(folder.at("m.st"))).model.encoder.columns;
}

beforeAll(() => {
  const rows = Array.from({ length: 60 }, (_, i) => {
    const text = i % 2 === 0 ? PRAISE[i % 3] : BLAME[i % 3];
    return `${text} ${i},note ${i % 4},${i % 2 === 0 ? "fans" : "critics"}`;
  });
  writeFileSync(folder.at("tickets.csv"), ["body,kind,team", ...rows].join("\n"));
  writeFileSync(folder.at("stop.txt"), "The\n\nme\n");
  writeFileSync(folder.at("pos"), PRAISE.concat("NA", "42", "null").join("\n"));
  writeFileSync(folder.at("none"), BLAME.concat("NA", "1999-01-01", "null").join("\n"));
});

describe("flags of texts", () => {
  it("reach the encoder", async () => {
    const flags = ["--words", "1-2", "--characters", "none", "--text-weights", "tf-idf"];
    const more = ["--min-texts", "3", "--max-terms", "7", "--fold-accents", "--no-normalise"];
    const [body, kind] = await textsOf("--text", "body", ...flags, ...more);
    expect(kind.kind).toBe("categorical");
    expect(body).toMatchObject({
      kind: "text",
      counts: "log",
      foldAccents: true,
      normalise: false,
    });
    expect(body).toMatchObject({ grams: [{ of: "words", from: 1, to: 2, bits: 0 }] });
    expect(body.kind === "text" && body.grams[0].terms).toHaveLength(7);
  });

  it("take several columns, and hash", async () => {
    const columns = await textsOf("--text", "body,kind", "--characters", "3", "--hash-bits", "8");
    expect(columns.map(({ kind }) => kind)).toEqual(["text", "text"]);
    expect(columns[1]).toMatchObject({ grams: [{ of: "characters", from: 3, to: 3, bits: 8 }] });
  });

  it("leave stop words out: of a file or of a language", async () => {
    const words = ["--text", "body", "--words", "1", "--text-weights", "binary"];
    const [ofFile] = await textsOf(...words, "--stop-words", "stop.txt");
    expect(ofFile).toMatchObject({ stopWords: ["the", "me"] });
    const [english] = await textsOf(...words, "--stop-words", "english");
    const terms = english.kind === "text" ? english.grams[0].terms : [];
    expect(terms).toContain("boring");
    expect(terms).not.toContain("the");
  });

  it.each([
    [["--words", "0-2"], "--words expected lengths such as 2 or 1-3, up to 16, or none"],
    [["--characters", "5-2"], "--characters expected lengths"],
    [["--words", "none", "--characters", "none"], "leave nothing of a text"],
    [["--hash-bits", "40"], '--hash-bits expected a whole number from 8 to 22, got "40"'],
    [["--max-share", "2"], "--max-share expected a number from 0 to 1"],
    [["--stop-words", "englisch"], 'got "englisch"; did you mean "english"?'],
    [["--stemmer", "german"], "Allowed choices are english"],
  ])("%j is a wrong command line", async (flags, sentence) => {
    const { code, err } = await run("train", "tickets.csv", "-t", "team", ...flags);
    expect(code).toBe(2);
    expect(err).toContain(sentence);
  });

  it.each([
    [["--text", "bodi"], '--text expected a column name, got "bodi"; did you mean "body"?'],
    [["--stop-words", "no.txt"], "no.txt: no such file"],
  ])("%j is not in the data", async (flags, sentence) => {
    const { code, err } = await run("train", "tickets.csv", "-t", "team", ...flags);
    expect(code).toBe(3);
    expect(err).toContain(sentence);
  });

  it("say so where no column is read as texts", async () => {
    const args = ["tickets.csv", "-t", "team", "--ignore", "body", "--stemmer", "english"];
    const { out, code } = await run("train", ...args, "--l2", "1", "-o", "m.st");
    expect(code).toBe(0);
    expect(flowing(out)).toContain("of no effect: name one in --text");
  });
});

describe("the stemmer", () => {
  it("joins words, is named with its version, and is found again", async () => {
    const [body] = await textsOf("--text", "body", "--words", "1", "--stemmer", "english");
    const manifest = new URL("../../package.json", import.meta.url);
    const { dependencies } = JSON.parse(readFileSync(manifest, "utf8"));
    expect(body).toMatchObject({ stemmer: `porter-english/${dependencies.stemmer}` });
    expect(body.kind === "text" && body.grams[0].terms).toContain("movi");
    const { out, code } = await run("predict", "m.st", "tickets.csv");
    expect(code).toBe(0);
    expect(out.split("\n")[1]).toMatch(/fans,fans,0\.\d+$/);
  });

  it("of another version is asked for by name", async () => {
    await textsOf("--text", "body", "--words", "1", "--stemmer", "english");
    const classifier = await loadModel(folder.at("m.st"));
    const { encoder } = classifier.model;
    const columns = encoder.columns.map((c) => ({ ...c, stemmer: "porter-english/1.0.0" }));
    const other = new Classifier({ ...classifier.model, encoder: { ...encoder, columns } });
    expect(() => other.logits([{ body: "films", kind: "note 1" }])).toThrow(
      'the stemmer "porter-english/1.0.0" is not there; known are porter-english/2.0.1',
    );
  });
});

describe("sources of labelled texts", () => {
  it("are read as texts, and no label or text of theirs means missing", async () => {
    const quick = ["--l2", "0.1", "--words", "1", "--text-weights", "binary", "-o", "t.st"];
    const { out, code } = await run("train", "pos", "none", ...quick);
    expect(code).toBe(0);
    expect(out).toMatch(/^label: none 6, pos 6$/m);
    expect(out).toMatch(/^text +text +/m);
    expect(out).toContain("Texts enter as words 1, presence.");
    expect(out).toContain("softmax predict t.st NEW.txt --format texts -o answers.csv");
  });

  it("are read otherwise where asked", async () => {
    const { out } = await run("train", "pos", "none", "--categorical", "text", "-o", "t.st");
    expect(out).toMatch(/^text +categorical/m);
  });
});

describe("a model of one column of texts", () => {
  it("takes texts that have no name, and asks whether lines are texts", async () => {
    writeFileSync(folder.at("new.txt"), "moving films\nboring plots\n");
    await textsOf("--text", "body", "--ignore", "kind", "--words", "1");
    const { out, code } = await run("predict", "m.st", "new.txt", "--format", "texts");
    expect(code).toBe(0);
    expect(out).toMatch(
      /^body,prediction,confidence\nmoving films,fans,0.*\nboring plots,critics,0/,
    );
    const { err, ...lacking } = await run("predict", "m.st", "new.txt");
    expect(lacking.code).toBe(3);
    expect(err).toContain(
      'no column "body", which the model reads; if each of its lines is a text',
    );
  });
});

describe("what is said of texts", () => {
  it("names the encodings that were tried, within 80 columns", async () => {
    const { out } = await run("train", "pos", "none", "--l2", "0.1", "-o", "t.st");
    const tried = out.split("\n").filter((line) => /tf-idf|naive Bayes/.test(line));
    expect(tried).toHaveLength(3);
    expect(tried.filter((line) => line.endsWith(" chosen"))).toHaveLength(1);
    expect(Math.max(...out.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it("is in inspect, with what the model was made with", async () => {
    const flags = ["--text-weights", "tf-idf", "--stop-words", "english", "--stemmer", "english"];
    await run("train", "pos", "none", "--l2", "0.1", "--words", "1", "-o", "t.st", ...flags);
    const { out } = await run("inspect", "t.st");
    expect(flowing(out)).toMatch(
      /^Texts of text: counts as 1 \+ log, times idf; divided by their norm; \d+ stop words left out; stems by porter-english\/2\.0\.1$/m,
    );
    expect(out).toMatch(/^chosen texts: words 1, tf-idf$/m);
    expect(
      Math.max(
        ...out
          .split("\n")
          .slice(0, 8)
          .map((l) => l.length),
      ),
    ).toBeLessThanOrEqual(80);
    const tree = unpack(readContainer(readFileSync(folder.at("t.st"))));
    expect(JSON.stringify(tree.provenance)).toContain("porter-english");
  });
});
