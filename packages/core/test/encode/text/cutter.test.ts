import { afterEach, describe, expect, test, vi } from "vitest";
import { createCutter, segmenterFingerprint } from "../../../src/encode/text/cutter.ts";
import { AS_WRITTEN, BARE, cut, FOLDED, WITHOUT_ACCENTS } from "./cut.ts";

describe("words", () => {
  test.each([
    ["The quick, brown fox!", ["the", "quick", ",", "brown", "fox", "!"]],
    ["don't DON’T rock'n'roll", ["don't", "don't", "rock'n'roll"]],
    ["'quoted' dogs' 5'6", ["'", "quoted", "'", "dogs", "'", "5", "'", "6"]],
    ["col·lecció ·x·", ["col·lecció", "·", "x", "·"]],
    ["snake_case __init__ b2b", ["snake_case", "__init__", "b2b"]],
    ["e\u0301's", ["é's"]],
    ["a''b", ["a", "''", "b"]],
    ["well-known e.g.", ["well", "-", "known", "e", ".", "g", "."]],
    ["", []],
    [" \t\r\n\u00a0\u3000 ", []],
  ])("%j", (text, tokens) => {
    expect(cut(text).tokens).toEqual(tokens);
  });
});

describe("numbers", () => {
  test.each([
    ["3.14 1,000.50 192.168.0.1", ["3.14", "1,000.50", "192.168.0.1"]],
    ["1. 2, .5 1..2", ["1", ".", "2", ",", ".", "5", "1", "..", "2"]],
    ["v2.0b $5 50%", ["v2.0b", "$", "5", "50", "%"]],
    ["٣.١٤ १२,३४", ["٣.١٤", "१२,३४"]],
    ["m² ½ Ⅷ", ["m", "²", "½", "ⅷ"]],
  ])("%j", (text, tokens) => {
    expect(cut(text).tokens).toEqual(tokens);
  });
});

describe("symbols", () => {
  test.each([
    ["no!! no!!! no!!!!!!!!", ["no", "!!", "no", "!!!", "no", "!!!"]],
    ["?!?... ------ →", ["?", "!", "?", "...", "---", "→"]],
    ["<b>#tag @me</b>", ["<", "b", ">", "#", "tag", "@", "me", "<", "/", "b", ">"]],
    ["!!\u0301!", ["!", "!\u0301", "!"]],
    ["\ue000\ue000 \u0378", ["\ue000\ue000", "\u0378"]],
  ])("%j", (text, tokens) => {
    expect(cut(text).tokens).toEqual(tokens);
  });

  test("a long run stays whole in the codes, and the next token starts behind it", () => {
    const { folded, starts, ends } = cut("!!!!!?");
    expect(folded).toBe("!!!!!?");
    expect([starts, ends]).toEqual([
      [0, 5],
      [3, 6],
    ]);
  });
});

describe("emoji are one token", () => {
  test.each([
    ["👩\u200d💻👨\u200d👩\u200d👧", ["👩\u200d💻", "👨\u200d👩\u200d👧"]],
    ["👍🏽👍🏽👍", ["👍🏽", "👍🏽", "👍"]],
    ["👩🏽\u200d🚀🧑🏻\u200d❤\ufe0f\u200d🧑🏿", ["👩🏽\u200d🚀", "🧑🏻\u200d❤\u200d🧑🏿"]],
    ["😂😂😂😂😂 😂", ["😂😂😂", "😂"]],
    ["🇩🇪🇫🇷🇯", ["🇩🇪", "🇫🇷", "🇯"]],
    ["1\ufe0f\u20e32\ufe0f\u20e3#\ufe0f\u20e3 12\u20e3", ["1⃣", "2⃣", "#⃣", "1", "2⃣"]],
    ["1.2\u20e3", ["1", ".", "2⃣"]],
    ["❤\ufe0f❤", ["❤❤"]],
    ["🏽 good👍", ["🏽", "good", "👍"]],
    ["👩\u200d a\u200d💻", ["👩", "a", "💻"]],
    ["🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}", ["🏴"]],
  ])("%j", (text, tokens) => {
    expect(cut(text).tokens).toEqual(tokens);
  });
});

describe("what cannot be seen", () => {
  test.each([
    ["white space is one space, and none at the ends", "\n\na \u2003\t b\u2028c\u0085", "a b c"],
    ["invisible characters inside words", "v\u200bi\u00ada\ufeffg\u2060r\u200e\u202ea", "viagra"],
    ["control characters", "a\u0000b\u0007\u001b[\u007fc\u009f", "ab[c"],
    ["tags", "a\u{e0041}\u{e0042}", "a"],
    ["joiners between letters that do not join", "a\u200db\u200cc", "abc"],
    ["Hangul fillers", "a\u3164\u115f\u1160\uffa0b", "ab"],
    ["a lone surrogate is U+FFFD", "a\ud800b\udc00", "a\ufffdb\ufffd"],
    ["a mark meets its letter through what is dropped", "e\u200b\u0301", "é"],
  ])("%s", (_, text, folded) => {
    expect(cut(text).folded).toBe(folded);
  });
});

describe("folding", () => {
  test.each([
    ["full case folding", "STRAẞE Straße ﬁne oﬃce", "strasse strasse fine office"],
    ["final sigma", "ΣΊΣΥΦΟΣ σίσυφος", "σίσυφοσ σίσυφοσ"],
    ["the default for İ and ı, not the Turkic one", "İIıi", "i\u0307iıi"],
    ["Cherokee, which folds upwards", "ꭰᎠ", "ᎠᎠ"],
    ["full width and half width", "ＡＢｃ１２３！ ｶﾞｷﾞ ￡", "abc123! ガギ £"],
    ["no other compatibility", "① ² ﬀ ｡", "① ² ff 。"],
    ["singletons", "Å Å Ω", "å å ω"],
    ["Hangul", "\u1112\u1161\u11ab\u1100\u1173\u11af 한\u11ab 하\u11ab", "한글 한\u11ab 한"],
    ["marks in another order", "q\u0307\u0323 s\u0323\u0307 s\u0307\u0323", "q\u0323\u0307 ṩ ṩ"],
    ["iota below", "ᾼ ᾳ α\u0345\u0301", "αι αι άι"],
    ["exclusions", "\u0958 \u2adc", "\u0915\u093c \u2add\u0338"],
  ])("%s", (_, text, folded) => {
    expect(cut(text).folded).toBe(folded);
  });

  test("upper case stays where it is not folded", () => {
    expect(cut("STRAẞE İﬁ E\u0301 Ａ’", AS_WRITTEN).folded).toBe("STRAẞE İﬁ É A'");
  });

  test.each([
    ["é ü Å ñ ḗ Łódź Ørsted đ ħ ı", "e u a n e lodz orsted d h i"],
    ["naïve Ε\u0313 ᾳ й ё", "naive ε α и е"],
    ["שָׁלוֹם مَرْحَبًا", "שלום مرحبا"],
    ["ß æ ŋ", "ss æ ŋ"],
    ["ẜ Ɖ ɖ ẚ ǅ", "s d d a ǳ"],
    ["क्षि हिन्दी क़ が ภาษา한", "क्षि हिन्दी क\u093c が ภาษา한"],
    ["≠ =\u0338 1\u0301", "≠ ≠ 1\u0301"],
  ])("accents of %s", (text, folded) => {
    expect(cut(text, WITHOUT_ACCENTS).folded).toBe(folded);
  });

  test("accents without case", () => {
    expect(cut("ÉŁİ Straße", BARE).folded).toBe("ELI Straße");
  });
});

describe("scripts", () => {
  test.each([
    ["Hebrew with points", "שָׁלוֹם עֲלֵיכֶם!", ["שָׁלוֹם", "עֲלֵיכֶם", "!"]],
    ["Arabic", "مرحبًا، كيف حالك؟", ["مرحبًا", "،", "كيف", "حالك", "؟"]],
    ["Persian, whose non-joiner is part of the word", "می\u200cخواهم", ["می\u200cخواهم"]],
    ["Devanagari", "हिन्दी में क्\u200dष।", ["हिन्दी", "में", "क्\u200dष", "।"]],
    ["Russian", "Съешь же ещё", ["съешь", "же", "ещё"]],
    ["Vietnamese", "Tiếng Việt", ["tiếng", "việt"]],
    ["Korean", "한국어는 띄어 쓴다", ["한국어는", "띄어", "쓴다"]],
  ])("%s", (_, text, tokens) => {
    const result = cut(text);
    expect(result.tokens.map((token) => token.normalize("NFC"))).toEqual(
      tokens.map((token) => token.normalize("NFC")),
    );
    expect(result.segmented).toBe(false);
  });

  test.each([
    ["Chinese", "我们在北京大学学习机器学习。"],
    ["Japanese", "東京都に住んでいる人々はコーヒーを飲みます"],
    ["Thai", "ภาษาไทยเป็นภาษาที่ไม่มีการเว้นวรรค"],
    ["Lao", "ພາສາລາວບໍ່ມີຍະຫວ່າງ"],
    ["Khmer", "ភាសាខ្មែរមិនមានដកឃ្លា"],
    ["Burmese", "မြန်မာဘာသာစကားသည်"],
  ])("%s is cut by the segmenter, and nothing is lost", (_, text) => {
    const result = cut(text);
    expect(result.segmented).toBe(true);
    expect(result.tokens.join("")).toBe(result.folded);
    expect(result.tokens.length).toBeGreaterThan(1);
    expect(result.tokens.length).toBeLessThan(result.codes.length);
  });

  test("one letter alone needs no segmenter, and other scripts end the run", () => {
    expect(cut("Tシ 我a")).toMatchObject({ tokens: ["t", "シ", "我", "a"], segmented: false });
  });

  test("a long run is cut in pieces, at the ends of words", () => {
    const sentence = "我们在北京大学学习机器学习的基本概念和方法";
    const once = cut(`${sentence}。`).tokens.slice(0, -1);
    const { tokens } = cut(sentence.repeat(60));
    expect(tokens.join("")).toBe(sentence.repeat(60));
    expect(tokens).toEqual(Array.from({ length: 60 }, () => once).flat());
  });
});

describe("without Intl.Segmenter", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.resetModules();
  });

  test("each letter with its marks is a token, and the fingerprint is none", async () => {
    vi.stubGlobal("Intl", {});
    vi.resetModules();
    const fresh = await import("../../../src/encode/text/cutter.ts");
    const result = fresh.createCutter(FOLDED)("漢字が ที่");
    const tokens = Array.from({ length: result.tokens }, (_, i) =>
      String.fromCodePoint(...result.codes.subarray(result.starts[i], result.ends[i])),
    );
    expect(tokens).toEqual(["漢", "字", "が", "ที่"]);
    expect(result.segmented).toBe(false);
    expect(fresh.segmenterFingerprint()).toBe("none");
  });
});

test("the fingerprint is eight hexadecimal digits, the same each time", () => {
  expect(segmenterFingerprint()).toMatch(/^[0-9a-f]{8}$/);
  expect(segmenterFingerprint()).toBe(segmenterFingerprint());
});

describe("room", () => {
  test("the arrays grow with a text and shrink after a huge one", () => {
    const cutter = createCutter(FOLDED);
    const huge = cutter("ﬃ ".repeat(500_000));
    expect(huge.length).toBe(1_999_999);
    expect(huge.tokens).toBe(500_000);
    expect(huge.at[huge.length]).toBe(999_999);
    const small = cutter("small text");
    expect(small.codes.length + small.at.length + small.starts.length).toBeLessThan(10_000);
    expect(small.tokens).toBe(2);
  });

  test.each([
    ["marks", `a${"\u0301\u0323".repeat(500_000)}`, 1],
    ["marks and joiners", "e\u200d\u0301".repeat(300_000), 1],
    ["joiners", "\u200d".repeat(1_000_000), 0],
    ["symbols with marks", "!\u0301".repeat(500_000), 500_000],
    ["joined emoji", "👩\u200d".repeat(300_000), 1],
    ["half flags", "🇩".repeat(500_000), 250_000],
    ["Thai vowels", `ก${"\u0e34".repeat(1_000_000)}`, 1],
    ["Hangul vowels", `\u1100${"\u1161".repeat(1_000_000)}`, 1],
    ["apostrophes", "a'".repeat(500_000), 2],
    ["lone surrogates", "\ud800".repeat(1_000_000), 1],
  ])("a million characters of %s take seconds at most", (_, text, tokens) => {
    const start = performance.now();
    const result = createCutter(FOLDED)(text);
    expect(result.tokens).toBe(tokens);
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});
