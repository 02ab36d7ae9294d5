import { describe, expect, test } from "vitest";
import * as checks from "../../src/base/checks.ts";

const { checkInteger, checkKeys, checkKind, checkLength, checkNumber, checkValues } = checks;
const { nearestName, SoftmaxError, unknownClass, unknownLabels, unknownName } = checks;

test.each<[Error, string, string]>([
  [checks.dataError("no rows"), "data", "no rows"],
  [checks.modelError("no model"), "model", "no model"],
  [checks.internalError("no memory"), "internal", "internal: no memory"],
  [
    checks.workerError("exit 9"),
    "internal",
    "internal: the worker stopped unexpectedly (exit 9); its work is lost",
  ],
  [checks.abortedError(), "aborted", "stopped by the caller's signal before the end"],
  [
    checks.damagedFile("it ends early"),
    "model",
    "the model file is damaged: it ends early; copy or train it again",
  ],
  [
    checks.damagedPart("path/3", "it ends early"),
    "data",
    'the part "path/3" of the checkpoint is damaged: it ends early; remove that part, and its fits are made anew',
  ],
  [
    checks.calibratorNotModel(),
    "model",
    "this file holds a calibrator, not a classifier; softmax calibrate --apply puts it to use on logits or probabilities",
  ],
  [
    checks.modelNotCalibrator(),
    "model",
    "this file holds a classifier, not a calibrator; softmax predict puts it to use on rows",
  ],
  [
    checks.multiLabelNotClassifier(),
    "model",
    "this file holds a classifier that gives several labels a row; MultiLabelClassifier.load reads it, and loadClassifier reads either kind",
  ],
  [
    checks.classifierNotMultiLabel(),
    "model",
    "this file holds a classifier that gives one label a row; Classifier.load reads it, and loadClassifier reads either kind",
  ],
  [
    checks.foreignFile(),
    "model",
    "this is not a Softmax model file, or it was cut off at its start",
  ],
  [
    checks.newerFile("7", "2.0.0", 3),
    "model",
    "the model file has format 7, which needs Softmax 2.0.0 or newer; this version reads formats up to 3",
  ],
])(
  "the SoftmaxError %s has a code for programs and a sentence for people",
  (error, code, sentence) => {
    expect(error).toBeInstanceOf(SoftmaxError);
    expect({ ...error, message: error.message }).toEqual({
      code,
      name: "SoftmaxError",
      message: sentence,
    });
  },
);

test.each<[RangeError, string]>([
  [checks.unusableRow(4, "weight", Number.NaN), "row 4 has the weight NaN, which cannot be scored"],
  [
    checks.notFinite(2, "age", Number.POSITIVE_INFINITY),
    '"X" expected finite numbers, got Infinity in row 2, column age',
  ],
  [checks.divergedRate(5, 3), '"learningRate" of 5 lets the fit diverge in epoch 3; try 0.5'],
])("the RangeError %s says where and what", (error, sentence) => {
  expect(error).toBeInstanceOf(RangeError);
  expect(error.message).toBe(sentence);
});

describe("unknownLabels", () => {
  const message = (labels: readonly (readonly [string, number])[], classes: string[]): string => {
    const unknown = labels.map(([label, rows]) => ({ label, rows }));
    const error = unknownLabels("income", unknown, classes);
    expect(error.code).toBe("data");
    return error.message;
  };

  test("offers to cut full stops where all labels differ by them", () => {
    const labels = [
      ["<=50K.", 12],
      [">50K..", 1],
    ] as const;
    expect(message(labels, ["<=50K", ">50K"])).toBe(
      'column "income" holds labels that training never saw: "<=50K." (12 rows), ">50K.." (1 row); the model knows "<=50K", ">50K". They differ by a full stop at the end: mend them with a query such as select * replace (rtrim("income", \'.\') as "income") from data',
    );
  });

  test("offers a query to fill in where only some do, or the stop is not at the end", () => {
    const rest =
      'the model knows "a", "b". If they only differ in spelling: mend them with a query such as select * replace (… as "income") from data';
    expect(
      message(
        [
          ["a.", 1],
          ["c", 2],
        ],
        ["a", "b"],
      ),
    ).toBe(
      `column "income" holds labels that training never saw: "a." (1 row), "c" (2 rows); ${rest}`,
    );
    expect(message([["a.x", 1]], ["a", "b"])).toContain(rest);
    expect(message([[".a", 1]], ["a", "b"])).toContain(rest);
  });

  test("names five labels and eight classes, and says that there are more", () => {
    const labels = Array.from("uvwxyz", (label) => [label, 1] as const);
    const classes = [..."abcdefghi"];
    expect(message(labels, classes)).toContain('"y" (1 row) and 1 more; the model');
    expect(message(labels, classes)).toContain('"g", "h", …. If');
    expect(message(labels.slice(0, 5), classes.slice(0, 8))).toContain('"y" (1 row); the model');
    expect(message(labels.slice(0, 5), classes.slice(0, 8))).toContain('"g", "h". If');
  });
});

test("counted says one row, and no rows and several", () => {
  expect([0, 1, 2].map((n) => checks.counted(n, "row"))).toEqual(["0 rows", "1 row", "2 rows"]);
});

describe("names that are near", () => {
  test("are offered in the sentence about a name that there is not", () => {
    expect(unknownName("target", "a column name", "chrun", ["age", "churn"])).toBe(
      '"target" expected a column name, got "chrun"; did you mean "churn"?',
    );
    expect(unknownName("target", "a column name", "x", ["age", "churn"])).toBe(
      '"target" expected a column name, got "x"',
    );
  });

  test.each<[string, string[], string | null]>([
    ["churn", ["chorn", "churn", "churns"], "churn"],
    ["CHURN", ["age", "churn"], "churn"],
    ["churn", ["AGE", "CHURN"], "CHURN"],
    ["ab", ["ba"], "ba"],
    ["ab", ["cd"], null],
    ["abc", ["abd"], "abd"],
    ["abc", ["ade"], null],
    ["abcdef", ["abcdxy"], "abcdxy"],
    ["abcdef", ["abcxyz"], null],
    ["abcdef", ["badcef"], "badcef"],
    ["abcdef", ["bcdefa"], "bcdefa"],
    ["abcdef", ["cab", "def"], null],
    ["abcdef", ["abcd"], "abcd"],
    ["abcdef", ["abcdefgh"], "abcdefgh"],
    ["abcdef", ["xbcdef", "abcdex"], "xbcdef"],
    ["", ["a"], "a"],
    ["", ["ab"], null],
    ["a", [""], ""],
    ["name", [], null],
    // Restricted: what was swapped is not changed again, so that ca to abc is three steps, not two.
    ["ca....", ["abc...."], null],
    // Up to eight letters more are looked at.
    [`${"a".repeat(24)}${"b".repeat(8)}`, ["a".repeat(24)], "a".repeat(24)],
    [`${"a".repeat(27)}${"b".repeat(9)}`, ["a".repeat(27)], null],
    ["a".repeat(24), [`${"a".repeat(24)}${"b".repeat(8)}`], `${"a".repeat(24)}${"b".repeat(8)}`],
  ])("of %j among %j: %j", (got, options, near) => {
    expect(nearestName(got, options)).toBe(near);
  });

  test("stand first among the classes that there are, of which eight are named", () => {
    const error = unknownClass("prior", "dgo", ["cat", "dog"]);
    expect(error.code).toBe("data");
    expect(error.message).toBe(
      '"prior" expected a class, got "dgo"; did you mean "dog"? The classes are "dog", "cat"',
    );
    expect(unknownClass("prior", "horse", ["cat", "dog"]).message).toBe(
      '"prior" expected a class, got "horse"; the classes are "cat", "dog"',
    );
    const many = Array.from("abcdefghij", (letter) => letter.repeat(6));
    expect(unknownClass("prior", "x", many.slice(0, 8)).message).toMatch(/, "hhhhhh"$/);
    expect(unknownClass("prior", "x", many).message).toMatch(/, "hhhhhh" and 2 more$/);
    expect(unknownClass("prior", "jjjjjx", many).message).toMatch(
      /The classes are "jjjjjj", "aaaaaa", .*, "gggggg" and 2 more$/,
    );
  });
});

describe("checks of options", () => {
  const said = (check: () => void): [string, string] => {
    try {
      check();
    } catch (error) {
      return [(error as Error).constructor.name, (error as Error).message];
    }
    return ["nothing", ""];
  };

  test("a key that is not known is a TypeError with the nearest that is", () => {
    expect(said(() => checkKeys("fit", { l2: 1 }, ["l1", "l2"]))).toEqual(["nothing", ""]);
    expect(said(() => checkKeys("fit", { l2: 1, sede: 1 }, ["l2", "seed"]))).toEqual([
      "TypeError",
      '"fit" expected a known option, got "sede"; did you mean "seed"?',
    ]);
  });

  test.each<[unknown, string]>([
    ["a", '"a"'],
    [null, "null"],
    [undefined, "undefined"],
    [1, "number"],
    [{}, "object"],
    [() => 1, "function"],
  ])("the kind of %s is named as it is", (value, name) => {
    expect(said(() => checkKind("y", "labels", value, true))).toEqual(["nothing", ""]);
    expect(said(() => checkKind("y", "labels", value, false))).toEqual([
      "TypeError",
      `"y" expected labels, got ${name}`,
    ]);
  });

  test("a number is from its low end to its high end, both in", () => {
    expect([checkNumber("l2", 0, 0, 5), checkNumber("l2", 5, 0, 5)]).toEqual([0, 5]);
    for (const value of [-1e-300, 5.000001, Number.NaN]) {
      expect(said(() => checkNumber("l2", value, 0, 5))).toEqual([
        "RangeError",
        `"l2" expected a number from 0 to 5, got ${value}`,
      ]);
    }
    expect(said(() => checkNumber("l2", "3", 0, 5))).toEqual([
      "TypeError",
      '"l2" expected a number, got "3"',
    ]);
  });

  test("an integer is a number of that kind without a fraction", () => {
    expect([checkInteger("k", 1, 1, 3), checkInteger("k", 3, 1, 3)]).toEqual([1, 3]);
    expect(said(() => checkInteger("k", 1.5, 1, 3))).toEqual([
      "RangeError",
      '"k" expected an integer, got 1.5',
    ]);
    expect(said(() => checkInteger("k", 4, 1, 3))).toEqual([
      "RangeError",
      '"k" expected a number from 1 to 3, got 4',
    ]);
  });

  test("lengths agree, or both are named", () => {
    expect(said(() => checkLength("y", 3, 3))).toEqual(["nothing", ""]);
    expect(said(() => checkLength("y", 2, 3))).toEqual([
      "RangeError",
      '"y" expected 3 entries, got 2',
    ]);
  });

  test("values are numbers in an array of theirs or of any kind", () => {
    for (const good of [[], [1, Number.NaN], new Float32Array(2), new Float64Array(2)]) {
      expect(said(() => checkValues("z", good))).toEqual(["nothing", ""]);
    }
    for (const bad of [new Int32Array(2), "12", { length: 1 }]) {
      const got = typeof bad === "string" ? '"12"' : "object";
      expect(said(() => checkValues("z", bad))).toEqual([
        "TypeError",
        `"z" expected an array of numbers, Float32Array or Float64Array, got ${got}`,
      ]);
    }
    expect(said(() => checkValues("z", [1, 2, "3"]))).toEqual([
      "TypeError",
      '"z[2]" expected a number, got "3"',
    ]);
  });
});
