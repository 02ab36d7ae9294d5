import { createRequire } from "node:module";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { UNICODE_VERSION } from "../../../src/encode/text/unicode-tables.ts";
import { AS_WRITTEN, BARE, cut, EVERY_WAY, WITHOUT_ACCENTS } from "./cut.ts";

/** Characters that rules are about, so that they meet each other often. */
const TELLING = [
  ..."aAéÅßŁıİΣςﬁ'’·_.,!?-1٣ \n#≠=",
  ...["\u0301", "\u0323", "\u0345", "\u0338", "\u0307", "\u0653", "\u20e3", "\u034f", "\u00ad"],
  ...["\u200b", "\u200c", "\u200d", "\ufe0f", "\ud83d", "\udc69", "\u3000", "\u0000", "\u0344"],
  ...["👩", "💻", "🏽", "🇩", "❤", "漢", "ｶ", "ﾞ", "か", "\u3099", "ก", "ี", "한", "\u1100"],
  ...["\u1161", "\u11a8", "क", "\u094d", "\u093c", "\u09c7", "\u09be", "ש", "\u05c1", "ب", "آ"],
  ...["\u2adc", "\u{1d15e}", "\u{10400}", "\u{2f800}", "\u1e9b", "\ua64b", "ᾼ", "\u0130"],
];
const texts = fc.oneof(
  fc.string({ unit: fc.constantFrom(...TELLING), maxLength: 24 }),
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.string({
    unit: fc.nat(0xffff).map((unit) => String.fromCharCode(unit)),
    maxLength: 40,
  }),
);
const naughty = createRequire(import.meta.url)("big-list-of-naughty-strings") as string[];
const runs = { numRuns: 1000 };

/** Elsewhere this engine folds and normalises by another version of Unicode than ours. */
const sameVersion = process.versions.unicode === UNICODE_VERSION;

/** What does not hold of a text's cut that must hold of any. */
function faultsOf(text: string): string[] {
  const faults: string[] = [];
  const check = (what: string, holds: boolean): void => {
    if (!holds) faults.push(`${what}: ${JSON.stringify(text)}`);
  };
  for (const options of EVERY_WAY) {
    const { codes, at, starts, ends, sources, tokens, folded } = cut(text, options);
    check(
      "places increase",
      at.every((place, i) => i === 0 || place >= at[i - 1]),
    );
    check("places are in the text", at[0] >= 0 && at[codes.length] <= text.length);
    check("white space", folded.trim() === folded && !folded.includes("  "));
    check("surrogates", !/\p{Cs}/u.test(folded));
    check(
      "tokens are ordered",
      starts.every((start, i) => i === 0 || start >= ends[i - 1]),
    );
    check(
      "tokens are not empty",
      starts.every((start, i) => start < ends[i]),
    );
    check(
      "tokens are in the codes",
      ends.every((end) => end <= codes.length),
    );
    check("tokens hold no space", !tokens.some((token) => token.includes(" ")));
    check("sources are not empty", !sources.includes(""));
    check("folding again", cut(folded, options).folded === folded);
  }
  if (sameVersion) check("case", !/\p{Changes_When_Casefolded}/u.test(cut(text).folded));
  return faults;
}

describe("any text", () => {
  test("is cut into ordered, disjoint tokens of somewhere in it, and its folded form folds to itself", () => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(faultsOf(text)).toEqual([]);
      }),
      runs,
    );
  });

  test.skipIf(!sameVersion)("and its composed and decomposed forms are cut alike", () => {
    fc.assert(
      fc.property(texts, fc.constantFrom(...EVERY_WAY), (text, options) => {
        const { codes, tokens } = cut(text, options);
        for (const form of ["NFC", "NFD"]) {
          expect(cut(text.normalize(form), options)).toMatchObject({ codes, tokens });
        }
      }),
      runs,
    );
  });

  test.skipIf(!sameVersion)("as written without invisible characters, is its normal form C", () => {
    const plain = texts.map((text) =>
      text
        .replace(/\p{Cs}/gu, "\ufffd")
        .replace(/[\p{Default_Ignorable_Code_Point}\p{Cc}\s’\uff00-\uffef\uff5f\uff60]/gu, "")
        .replace(/[^\ufffd\P{Cn}]/gu, ""),
    );
    fc.assert(
      fc.property(plain, (text) => {
        expect(cut(text, AS_WRITTEN).folded).toBe(text.normalize("NFC"));
      }),
      runs,
    );
  });

  test("a token's source, cut alone, is that token", () => {
    const words = fc.array(
      fc.constantFrom("don't", "Éa\u0301", "1,000", "שָׁלוֹם", "👩\u200d💻", "!!!"),
    );
    fc.assert(
      fc.property(words, (list) => {
        const { tokens, sources } = cut(list.join(" "));
        expect(sources).toEqual(list);
        for (const [i, source] of sources.entries())
          expect(cut(source).tokens).toEqual([tokens[i]]);
      }),
    );
  });

  test("is cut the same after any other", () => {
    fc.assert(
      fc.property(texts, texts, (one, other) => {
        const before = cut(one, WITHOUT_ACCENTS);
        cut(other, WITHOUT_ACCENTS);
        expect(cut(one, WITHOUT_ACCENTS)).toEqual(before);
      }),
    );
  });
});

test("the naughty strings pass, each alone and all together", () => {
  expect(naughty.length).toBeGreaterThan(400);
  expect(naughty.flatMap(faultsOf)).toEqual([]);
  expect(faultsOf(naughty.join("\n"))).toEqual([]);
});

test("every code point alone folds to what folds to itself", () => {
  const wrong: string[] = [];
  for (let code = 0; code < 0x110000; code++) {
    const text = String.fromCodePoint(code);
    if (/[\p{Co}\p{Cn}\p{Unified_Ideograph}]/u.test(text)) continue;
    for (const options of EVERY_WAY) {
      const { folded } = cut(text, options);
      if (cut(folded, options).folded !== folded) wrong.push(text);
    }
  }
  expect(wrong).toEqual([]);
});

test.skipIf(!sameVersion)("every code point alone folds as this engine folds it", () => {
  const wrong: string[] = [];
  const ours = /[\p{Default_Ignorable_Code_Point}\p{Cc}\s’\uff00-\uffef\p{Cn}\p{Cs}]/u;
  for (let code = 0; code < 0x110000; code++) {
    const text = String.fromCodePoint(code);
    if (/[\p{Co}\p{Unified_Ideograph}]/u.test(text) || ours.test(text)) continue;
    if (cut(text, AS_WRITTEN).folded !== text.normalize("NFC")) wrong.push(`${text} as written`);
    if (cut(text.toLowerCase()).folded !== cut(text).folded) wrong.push(`${text} in lower case`);
    const bare = cut(text, BARE).folded;
    if (/\p{Lu}/u.test(text) !== /\p{Lu}/u.test(bare) && !/\p{Lt}/u.test(text))
      wrong.push(`${text} bare`);
  }
  expect(wrong).toEqual([]);
});
