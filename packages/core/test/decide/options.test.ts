import { describe, expect, it } from "vitest";
import { checkDecideOptions, type DecideOptions, wishOf } from "../../src/decide/options.ts";

const check = (options: unknown) => () => checkDecideOptions(options as DecideOptions);

describe("options that are wrong say what was expected", () => {
  it.each([
    [{ by: "F1" }, 'did you mean "f1"?'],
    [{ by: "cost" }, 'did you mean "costs"?'],
    [{ by: "costs" }, '"decide.costs" expected the costs, got nothing'],
    [{ by: "f1", at: 0.2 }, '"decide.at" expected nothing with "f1"'],
    [{ by: "threshold" }, '"decide.at" expected a number'],
    [{ by: "threshold", at: 1.5 }, "from 0 to 1, got 1.5"],
    [{ by: "top", at: 1.5 }, "an integer"],
    [{ by: "macro-f1", class: "a" }, '"decide.class" expected nothing with "macro-f1"'],
    [{ by: "f1", costs: [["a", "b", 1]] }, "cannot be used together"],
    [{ costs: [["a", "b", Number.NaN]] }, "cost of a:b"],
    [{ costs: [["a", 1]] }, "a list of label, predicted label and cost"],
    [{ costs: [] }, "a list of label, predicted label and cost"],
    [{ abstain: {} }, "cost, confidence or error"],
    [{ abstain: { error: 2 } }, '"decide.abstain.error" expected a number from 0 to 1'],
    [{ abstain: { toString: 1 } }, "unknown"],
    [{ cots: [] }, 'did you mean "costs"?'],
    [null, '"decide" expected an object'],
  ])("%j", (options, sentence) => {
    if (sentence === "unknown") expect(check(options)).toThrow(/expected a known option/);
    else expect(check(options)).toThrow(sentence);
  });
});

describe("costs by label", () => {
  it("become a matrix by class, 1 off the diagonal where nothing is said", () => {
    const { costs, by } = wishOf(
      {
        costs: [
          ["b", "a", 5],
          ["c", "c", -1],
        ],
      },
      ["a", "b", "c"],
      -1,
    );
    expect(by).toBe("costs");
    expect([...(costs as Float64Array)]).toEqual([0, 1, 1, 5, 0, 1, 1, 1, -1]);
  });

  it("name labels that are there, each pair once", () => {
    expect(() => wishOf({ costs: [["bad", "godo", 5]] }, ["bad", "good"], 1)).toThrow(
      '"decide.costs" expected a class, got "godo"; did you mean "good"? The classes are "good", "bad"',
    );
    const many = Array.from({ length: 12 }, (_, c) => `c${c}`);
    expect(() => wishOf({ costs: [["zebra", "c1", 5]] }, many, -1)).toThrow(
      '"decide.costs" expected a class, got "zebra"; the classes are "c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7" and 4 more',
    );
    const twice: DecideOptions = {
      costs: [
        ["a", "b", 1],
        ["a", "b", 2],
      ],
    };
    expect(() => wishOf(twice, ["a", "b"], 1)).toThrow("says twice");
  });
});

describe("the class that a threshold is about", () => {
  it("is that of two-class metrics, or named, and must be named of many", () => {
    expect(wishOf({ by: "f1" }, ["a", "b"], 1).class).toBe(1);
    expect(wishOf({ by: "f1", class: "a" }, ["a", "b"], 1).class).toBe(0);
    expect(() => wishOf({ by: "f1" }, ["a", "b", "c"], -1)).toThrow("holds 3 classes");
    expect(() => wishOf({ by: "top", at: 4 }, ["a", "b", "c"], -1)).toThrow(
      "at most the 3 classes",
    );
  });
});
