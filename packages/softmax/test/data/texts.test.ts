import { mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { readTable } from "../../src/data/read.ts";
import { MAX_CELL_BYTES, type ReadOptions, type Source } from "../../src/data/source.ts";
import { names, readBytes, readText, temporaryFolder, texts } from "./tables.ts";

const at = temporaryFolder();

/** Writes files by path below a folder, and returns the folder's path. */
function filled(folder: string, files: Readonly<Record<string, string | Uint8Array>>): string {
  mkdirSync(at(folder), { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(at(`${folder}/${name}`)), { recursive: true });
    writeFileSync(at(`${folder}/${name}`), content);
  }
  return at(folder);
}

const rowsOf = async (source: Source, options?: ReadOptions) =>
  texts((await readTable(source, options)).table);

const refuses = async (source: Source, sentence: string, options?: ReadOptions): Promise<void> => {
  const error = await readTable(source, options).catch((e: Error) => e);
  expect((error as Error).message).toContain(sentence);
  expect(["SoftmaxError", "TypeError"]).toContain((error as Error).name);
};

/** Texts that readers of tables would change or break. */
const HARD = [
  '"quoted"',
  'half "quoted',
  "'",
  "a,b;c|d\te",
  "  blanks around  ",
  "# no comment",
  "NA",
  "null",
  "-1e999",
  "=1+1",
  "__proto__",
  "constructor",
  "<script>alert(1)</script>",
  '{"a": [1]}',
  "\ufeff mark",
  "\u202eright to left",
  "e\u0301 é",
  "👩‍👩‍👧‍👦 𝔘𝔫𝔦",
  "\u2028\u0085\u000b",
  "\u0007bell \u001b[31mred",
  "𠜎 漢字 かな",
  "\\n \\0 %s %n ${x}",
  "' or 1=1; --",
];

describe("a folder a class", () => {
  it("has a row a file, classes and files in code-point order, at any depth", async () => {
    const folder = filled("reviews", {
      "pos/b.txt": "two",
      "pos/a.txt": "one\n",
      "pos/deep/er/c": "three",
      "neg/Z.txt": "four",
      "neg/\u{10000}.txt": "six",
      "neg/\uff01.txt": "five",
      "neg/.hidden": "no",
      ".git/x": "no",
    });
    const read = await readTable(folder);
    expect(names(read.table)).toEqual(["label", "text"]);
    expect(texts(read.table)).toEqual([
      ["neg", "four"],
      ["neg", "five"],
      ["neg", "six"],
      ["pos", "one\n"],
      ["pos", "two"],
      ["pos", "three"],
    ]);
    expect(read).toMatchObject({ target: "label", remarks: [], ledger: { read: 6, rejected: 0 } });
    expect(read.dialect).toMatchObject({
      format: "folder",
      encoding: "utf-8",
      files: { count: 6, folders: 2 },
    });
    expect((await readTable({ folder })).sha256).toBe(read.sha256);
  });

  it("passes every text on as it stands", async () => {
    const whole = [...HARD, HARD.join("\r\n"), "\r\r\n\n"];
    const files = whole.map((text, i) => [`x/${String(i).padStart(2, "0")}`, text] as const);
    const rows = await rowsOf(filled("hard", Object.fromEntries(files)));
    const unmarked = whole.map((text) => text.replace(/^\ufeff/, ""));
    expect(rows.map(([, text]) => text)).toEqual(unmarked);
  });

  it("takes an empty file for a row without text, and says so", async () => {
    const folder = filled("empties", { "a/1": "", "a/2": "x", "b/1": "" });
    const { table, remarks } = await readTable(folder);
    expect(texts(table)).toEqual([
      ["a", ""],
      ["a", "x"],
      ["b", ""],
    ]);
    expect(remarks).toEqual(["2 of the files are empty"]);
  });

  it("finds the encoding of each file", async () => {
    const utf16 = Buffer.from("\ufeffnaïve", "utf16le");
    const folder = filled("encodings", {
      "a/1": "naïve",
      "a/2": Buffer.from("naïve “x”".replace(/[“”]/g, "\x93"), "latin1"),
      "a/3": utf16,
      "b/1": Buffer.from(utf16).swap16(),
      "b/2": "\ufeffnaïve",
      "b/3": gzipSync("naïve"),
    });
    const { table, remarks, dialect } = await readTable(folder);
    expect(texts(table).map(([, text]) => text)).toEqual([
      "naïve",
      "naïve “x“",
      "naïve",
      "naïve",
      "naïve",
      "naïve",
    ]);
    expect(dialect.encoding).toBe("utf-8");
    expect(remarks).toEqual([
      "the files differ in encoding: 3 in utf-8, 1 in utf-16be, 1 in utf-16le, 1 in windows-1252",
      `1 file is read as windows-1252, being no valid UTF-8 (the first: ${folder}/a/2, line 1); --encoding overrides this`,
    ]);
  });

  it("refuses what is no text by file and line, or leaves it out when asked", async () => {
    const folder = filled("binary", {
      "a/1": "fine",
      "a/2.bin": "one\ntwo\0",
      "b/1.png": Buffer.from("\x89PNG\r\n\x1a\n\0\0", "latin1"),
      "b/2": "ORC armies are text",
      "b/3.pdf": "%PDF-1.7 …",
      "b/4": Buffer.from("Zoë Åse\n\xff", "latin1").fill("é", 0, 6),
    });
    await refuses(folder, `${folder}/a/2.bin, line 2: it holds a NUL byte`);
    const read = await readTable(folder, { skipBadRows: true });
    expect(texts(read.table)).toEqual([
      ["a", "fine"],
      ["b", "ORC armies are text"],
    ]);
    expect(read.ledger).toMatchObject({ read: 6, rejected: 4 });
    const reasons = read.ledger.rejects.map(({ reason }) => reason);
    expect(reasons[1]).toBe(`${folder}/b/1.png: it is an image, not a text`);
    expect(reasons[2]).toContain("it is a PDF document, not a text");
    expect(reasons[3]).toContain("is no valid utf-8");
  });

  it("looks at sizes before it reads", async () => {
    const folder = filled("large", { "a/1": "x".repeat(1 << 20), "b/1": "" });
    expect((await rowsOf(folder))[0][1]).toHaveLength(1 << 20);
    truncateSync(at("large/b/1"), MAX_CELL_BYTES + 1);
    await refuses(folder, `the text has ${MAX_CELL_BYTES + 1} bytes, more than`);
    writeFileSync(at("large/b/1"), "x".repeat((1 << 22) + 1));
    await refuses(folder, 'column "text" holds 4194305 characters');
    writeFileSync(at("large/b/1"), gzipSync(Buffer.alloc(MAX_CELL_BYTES + 1)));
    await refuses(folder, "holds more than 16.0 MiB when unpacked");
  });

  it("follows no symbolic link", async () => {
    const folder = filled("links", { "a/1": "x", "b/1": "y" });
    writeFileSync(at("outside"), "secret");
    symlinkSync(at("outside"), `${folder}/a/inside`);
    symlinkSync(folder, `${folder}/c`);
    const { table, remarks } = await readTable(folder);
    expect(table.rows).toBe(2);
    expect(remarks).toEqual(["symbolic links and special files are not followed: 2 left out"]);
  });

  it("names the folder that was meant", async () => {
    const nested = filled("nested", { "inner/pos/1": "x", "inner/neg/1": "y", README: "z" });
    await refuses(nested, `nested holds one folder of folders, not classes; name ${nested}/inner`);
    expect(await rowsOf(`${nested}/inner`)).toHaveLength(2);
    const splits = filled("splits", { "train/pos/1": "x", "test/pos/1": "y" });
    await refuses(splits, `"${splits}/test" and "${splits}/train" look like parts of a data set`);
  });

  it("says what is passed over, and where there is nothing", async () => {
    const folder = filled("beside", { "a/1": "x", "b/.gitkeep": "", LICENSE: "free" });
    const { remarks, dialect } = await readTable(folder);
    expect(remarks).toEqual([
      'the folder "b" holds no texts',
      'files beside the folders of classes are left out: "LICENSE"',
    ]);
    expect(dialect.files).toEqual({ count: 1, folders: 1 });
    await refuses(filled("none", {}), "none is a folder without texts");
    await refuses(filled("hollow", { "a/.x": "", "b/.x": "" }), "a folder without texts");
    await refuses(filled("tables", { "a.csv": "a,b\n", "b.csv": "" }), "name a file with a table");
    await refuses(filled("one", { "a.txt": "a\n" }), `name the file: ${at("one")}/a.txt`);
    await refuses(at("nowhere"), "no such file");
    await refuses({ folder: at("nowhere") }, "nowhere cannot be read: ENOENT");
  });

  it("takes any name for a class", async () => {
    const folder = filled("odd", { "new\nline/1\n": "x", "__proto__/1": "y", " /1": "z" });
    expect(await rowsOf(folder)).toEqual([
      [" ", "z"],
      ["__proto__", "y"],
      ["new\nline", "x"],
    ]);
  });

  it("stops where it is told to, and reports how far it is", async () => {
    const files = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`a/${i}`, "x"]));
    const folder = filled("many", files);
    const shares: number[] = [];
    await readTable(folder, { onProgress: (share) => shares.push(share) });
    expect(shares).toEqual([0.4, 0.8, 1]);
    const stopped = readTable(folder, { signal: AbortSignal.abort() });
    await expect(stopped).rejects.toMatchObject({ code: "aborted" });
  });

  it("names a file that goes away while it is read", async () => {
    const files = Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`a/${10 + i}`, "x"]));
    const folder = filled("going", files);
    const onProgress = (): void => rmSync(`${folder}/a/26`, { force: true });
    await refuses(folder, `${folder}/a/26 cannot be read: ENOENT`, { onProgress });
  });

  it("never writes rejects among the texts", async () => {
    const folder = filled("guarded", { "a/1": "x" });
    const options = { skipBadRows: true, rejectsPath: `${folder}/a/rejects.csv` };
    await refuses(folder, "a folder that is read; name another place", options);
  });
});

describe("a file a class", () => {
  it("has a row a line that is not blank, in the order of the files", async () => {
    const folder = filled("polarity", {
      "rt.pos": "good\r\n\r\n  fine \rwell",
      "rt.neg": "bad\n\t\n",
    });
    const read = await readTable({ files: [`${folder}/rt.pos`, `${folder}/rt.neg`] });
    expect(names(read.table)).toEqual(["label", "text"]);
    expect(texts(read.table)).toEqual([
      ["pos", "good"],
      ["pos", "  fine "],
      ["pos", "well"],
      ["neg", "bad"],
    ]);
    expect(read).toMatchObject({ name: "rt.pos and rt.neg", target: "label", remarks: [] });
    expect(read.dialect).toMatchObject({ format: "files", files: { count: 2, folders: 0 } });
    expect((await rowsOf(folder)).map(([label]) => label)).toEqual(["neg", "pos", "pos", "pos"]);
  });

  it.each([
    [
      ["Arabic.txt", "Czech.txt"],
      ["Arabic", "Czech"],
    ],
    [
      ["rt.pos", "rt.neg.gz"],
      ["pos", "neg"],
    ],
    [
      ["rt.pos.txt", "rt.neg.txt"],
      ["pos", "neg"],
    ],
    [
      ["ham.dat", "spam.dat"],
      ["ham", "spam"],
    ],
    [
      ["ham", "spam.old"],
      ["ham", "spam.old"],
    ],
    [
      ["a.b", "c.d"],
      ["a.b", "c.d"],
    ],
    [
      [".txt", "x.txt"],
      [".txt", "x"],
    ],
  ])("%j are the classes %j", async (files, classes) => {
    const folder = filled(`names ${files[0]}`, Object.fromEntries(files.map((f) => [f, "x\n"])));
    const rows = await rowsOf({ files: files.map((file) => `${folder}/${file}`) });
    expect(rows.map(([label]) => label)).toEqual(classes);
  });

  it("passes every line on as it stands", async () => {
    const lines = HARD.filter((text) => !text.startsWith("\ufeff"));
    const folder = filled("hardlines", { "a.txt": `\ufeff${lines.join("\r\n")}`, "b.txt": "x" });
    expect((await rowsOf(folder)).map(([, text]) => text)).toEqual([...lines, "x"]);
  });

  it("names file and line of what cannot be read, or leaves it out", async () => {
    const long = "x".repeat((1 << 22) + 1);
    const folder = filled("badlines", { "a.txt": `fine\n${long}\nx\0\n`, "b.txt": "fine\n" });
    await refuses(folder, 'a.txt, line 2: column "text" holds 4194305 characters');
    const { table, ledger } = await readTable(folder, { skipBadRows: true });
    expect(texts(table)).toEqual([
      ["a", "fine"],
      ["b", "fine"],
    ]);
    expect(ledger).toMatchObject({ read: 4, rejected: 2 });
    expect(ledger.rejects[1].reason).toContain(`${folder}/a.txt: it holds a NUL byte`);
    const image = filled("images", { "a.png": "\u0089PNG\0", "b.txt": "x" });
    writeFileSync(`${image}/a.png`, Buffer.from("\x89PNG\0", "latin1"));
    await refuses(image, "a.png is an image; a text is needed");
  });

  it("says which file is empty, and where all are", async () => {
    const folder = filled("hollowfiles", { "a.txt": "x\n", "b.txt": "\n" });
    expect((await readTable(folder)).remarks).toEqual([`${folder}/b.txt holds no text`]);
    await refuses(filled("blank", { "a.txt": "", "b.txt": "\n" }), "blank is empty");
  });

  it("refuses lists that make no classes", async () => {
    const folder = filled("lists", { "a.txt": "x", "sub/b": "y", "t.csv": "a,b\n", "c.txt": "z" });
    const [a, c] = [`${folder}/a.txt`, `${folder}/c.txt`];
    await refuses({ files: [a, `${folder}/t.csv`] }, '"files" expected texts');
    await refuses({ files: [a, "-"] }, "join them with --query");
    await refuses({ files: [a, `${folder}/sub`] }, "is a folder among several files");
    await refuses({ files: [a, `${folder}/./a.txt`] }, "named twice");
    await refuses({ files: [a, `${folder}/aa.txt`] }, 'did you mean "a.txt"?');
    await refuses({ files: [a, c] }, '"format" expected "texts"', { format: "fasttext" });
    await refuses({ files: ["x/train.txt", "x/test.txt"] }, "look like parts of a data set");
    expect(await rowsOf({ files: [a] })).toEqual([["a", "x"]]);
  });
});

describe("texts without labels", () => {
  it("are the files of a folder with their paths, or the lines of files", async () => {
    const folder = filled("inbox", { "b.txt": "two\nlines", "a/x.txt": "one" });
    const read = await readTable(folder, { format: "texts" });
    expect(names(read.table)).toEqual(["file", "text"]);
    expect(texts(read.table)).toEqual([
      ["a/x.txt", "one"],
      ["b.txt", "two\nlines"],
    ]);
    expect(read.target).toBeUndefined();
    const lines = await readTable(`${folder}/b.txt`, { format: "texts" });
    expect(names(lines.table)).toEqual(["text"]);
    expect(texts(lines.table)).toEqual([["two"], ["lines"]]);
    const files = [`${folder}/b.txt`, `${folder}/a/x.txt`];
    expect(await rowsOf({ files }, { format: "texts" })).toEqual([["two"], ["lines"], ["one"]]);
  });
});

describe("fastText lines", () => {
  const read = (text: string, options?: ReadOptions) =>
    readBytes(Buffer.from(text), options, "t.txt");

  it("are known by their labels; the first is used, and more are counted", async () => {
    const { table, remarks, target, dialect } = await read(
      "\n__label__a  one, two\n__label__b\t__label__c three __label__d\n\n no label\n__label__a\n",
      { format: "fasttext" },
    );
    expect(texts(table)).toEqual([
      ["a", "one, two"],
      ["b", "three __label__d"],
      [null, " no label"],
      ["a", ""],
    ]);
    expect(remarks).toEqual(["1 line has more than one label; the first is used"]);
    expect([target, dialect.format]).toEqual(["label", "fasttext"]);
    const found = await read('\r\n__label__2 x, y\r\n__label__1 "z\r\n');
    expect(found.dialect.format).toBe("fasttext");
    expect(texts(found.table)).toEqual([
      ["2", "x, y"],
      ["1", '"z'],
    ]);
  });

  it("are not seen in tables", async () => {
    expect((await read("__label__,text\na,b\n")).dialect.format).toBe("delimited");
    expect((await read("__label__a,x\n__label__b,y\n")).dialect.format).toBe("delimited");
    expect((await read("__label__a x;1\nb x;2\n")).dialect.format).toBe("delimited");
  });

  it("may hold hundreds of thousands of labels", async () => {
    const many = "__label__a ".repeat(300_000);
    const { table } = await read(`${many}x\n`);
    expect(texts(table)).toEqual([["a", "x"]]);
  });
});

describe("lines of a label and a text", () => {
  it("end the label at a blank, or before a given text", async () => {
    const text = "DESC:manner How  did\tx ?\nENTY Wh:at\n unlabelled\nHUM:ind\n\n:x y\n";
    const whole = await readText(text, { format: "lines" });
    expect(texts(whole.table)).toEqual([
      ["DESC:manner", "How  did\tx ?"],
      ["ENTY", "Wh:at"],
      [null, "unlabelled"],
      ["HUM:ind", ""],
      [":x", "y"],
    ]);
    const coarse = await readText(text, { labelUntil: ":" });
    expect(texts(coarse.table).map(([label]) => label)).toEqual([
      "DESC",
      "ENTY",
      null,
      "HUM",
      null,
    ]);
    expect(coarse).toMatchObject({ target: "label", dialect: { format: "lines" } });
    await expect(readText(text, { labelUntil: "" })).rejects.toThrow(RangeError);
    await expect(readText(text, { labelUntil: ":", format: "csv" })).rejects.toThrow(RangeError);
  });

  const tab = 'ham\tGo until the end\nspam\t"Win" now, it is free\n';

  it("are named where tabs part few labels from prose", async () => {
    const { table, target } = await readText(tab.repeat(3));
    expect(names(table)).toEqual(["label", "text"]);
    expect([table.rows, target]).toEqual([6, "label"]);
    const numbers = await readText("a\t1.5\nb\t2\na\t3\nb\t4\n");
    expect(names(numbers.table)).toEqual(["column1", "column2"]);
    const distinct = await readText("1\tone two three\n2\tfour five six\n");
    expect(names(distinct.table)).toEqual(["column1", "column2"]);
    const commas = await readText("1,one two three\n1,four five six\n");
    expect(names(commas.table)).toEqual(["column1", "column2"]);
  });

  it("are named as a model of texts knows them, however few", async () => {
    const few = await readText("ham\tSee you\nspam\tWin now\n", { knownColumns: ["text"] });
    expect(names(few.table)).toEqual(["label", "text"]);
    expect(few.table.rows).toBe(2);
    const old = await readText(tab.repeat(3), { knownColumns: ["column2"] });
    expect(names(old.table)).toEqual(["column1", "column2"]);
    const headed = await readText("id\ttext\n1\tx\n", { knownColumns: ["text"] });
    expect(names(headed.table)).toEqual(["id", "text"]);
  });

  it("keep quotes as text, unless a program has doubled them", async () => {
    const plain = Array.from({ length: 60 }, (_, i) => `ham\tplain text number ${i}\n`).join("");
    const spoken = await readText(`${plain}spam\t"Hello there you"\nspam\t"\n`);
    expect(texts(spoken.table).slice(-2)).toEqual([
      ["spam", '"Hello there you"'],
      ["spam", '"'],
    ]);
    const whole = await readText(`${plain}ham\t"Hello there you"\n`);
    expect(texts(whole.table).at(-1)).toEqual(["ham", '"Hello there you"']);
    const doubled = await readText(`${plain}ham\t"He said ""yes"" to me"\n`);
    expect(texts(doubled.table).at(-1)).toEqual(["ham", 'He said "yes" to me']);
  });
});

describe("bytes that are no UTF-8", () => {
  const latin = (text: string) => readBytes(Buffer.from(text, "latin1"));

  it("are read as windows-1252 where they look like Latin text, and that is said", async () => {
    const { table, dialect, remarks } = await latin(
      "name,n\r\nAda,1\rJos\xe9 \x80 \xabna\xefve\xbb,2\n",
    );
    expect(texts(table)[1][0]).toBe("José € «naïve»");
    expect(dialect.encoding).toBe("windows-1252");
    expect(remarks).toEqual([
      "read as windows-1252, as line 3 is no valid UTF-8; --encoding overrides this",
    ]);
    const named = await readBytes(Buffer.from("n,m\nJos\xe9,1\n", "latin1"), {
      encoding: "latin2",
    });
    expect(named.remarks).toEqual([]);
    const json = await readBytes(Buffer.from('{"a":"Jos\xe9"}\n', "latin1"), {}, "t.jsonl");
    expect(texts(json.table)).toEqual([["José"]]);
    expect(json.remarks).toHaveLength(1);
  });

  it("are damaged UTF-8 where there is UTF-8 among them", async () => {
    const mixed = Buffer.concat([Buffer.from("é,1\nè,2\n"), Buffer.from("\xe9,3\n", "latin1")]);
    await expect(readBytes(mixed)).rejects.toThrow("is no valid utf-8");
    const cut = Buffer.from("a,b\né,1\nè,€\n").subarray(0, -2);
    await expect(readBytes(cut)).rejects.toThrow("is no valid utf-8");
  });

  it("are refused where they look like another script or like no text", async () => {
    const other = async (...bytes: number[]) => {
      const line = Buffer.from([...Buffer.from("word,"), ...bytes, 10]);
      await expect(readBytes(line)).rejects.toThrow("is no valid utf-8");
    };
    await other(0xf0, 0xd2, 0xc9, 0xd7, 0xc5, 0xd4);
    await other(0x82, 0xb1, 0x82, 0xf1, 0x82, 0xc9, 0x82, 0xbf, 0x82, 0xcd);
    await other(0xc4, 0xe3, 0xba, 0xc3, 0xca, 0xc0, 0xbd, 0xe7);
    await other(0x61, 0x8d, 0x61);
    await other(0x01, 0x02, 0xe9, 0x03);
  });
});
