import { Command } from "commander";
import { describe, expect, test } from "vitest";
import { addExploreCommand } from "../../src/cli/explore.ts";

function run(...args: string[]): string {
  let output = "";
  const program = new Command("softmax").exitOverride();
  program.configureOutput({ writeErr: () => {}, writeOut: (text) => (output += text) });
  addExploreCommand(program, (text) => (output += text));
  for (const command of program.commands) command.exitOverride();
  program.parse(["explore", ...args], { from: "user" });
  return output;
}

const json = (...args: string[]) => JSON.parse(run("--json", ...args));

test("two logits are shown step by step", () => {
  expect(run("0.03", "1.92", "--labels", "yes,no", "--target", "yes")).toBe(`\
label     logit         e^z        p                 sigmoid  log loss gradient
yes        0.03       1.030    0.131 ██                0.507     2.031   -0.869
no         1.92       6.821    0.869 ████████████      0.872     0.141    0.869
sum                   7.851    1.000

entropy 0.389 nats, of at most 0.693
log loss 2.031 nats, as yes is right
`);
});

describe("negative logits", () => {
  for (const text of ["-1.5", "-.5", "-2e1", "-7"]) {
    test(`${text} is a number, not an option`, () => {
      expect(json("1", text).logits).toEqual([1, Number(text)]);
      expect(json(text, "0", "--temperature", "2").logits).toEqual([Number(text), 0]);
    });
  }
  test("-inf stands behind --", () => {
    expect(json("--labels", "a,b", "--", "-inf", "3").probabilities).toEqual([0, 1]);
  });
});

test("JSON has the same numbers in full, and stable keys", () => {
  const found = json("2", "1", "-1.5", "--target", "2", "--temperature", "0.5");
  expect(Object.keys(found)).toEqual([
    "labels",
    "logits",
    "temperature",
    "exponentials",
    "shifted",
    "sum",
    "probabilities",
    "sigmoids",
    "entropy",
    "maximumEntropy",
    "logLosses",
    "target",
    "logLoss",
    "gradient",
  ]);
  const p = found.exponentials.map((value: number) => value / found.sum);
  for (const [c, value] of found.probabilities.entries()) expect(value).toBeCloseTo(p[c], 14);
  expect(found.logLoss).toBeCloseTo(-Math.log(p[1]), 14);
  expect(found.gradient[1]).toBeCloseTo((p[1] - 1) / 0.5, 14);
});

test("logits whose exponentials leave the range are shifted, and the table says so", () => {
  for (const row of [
    ["1000", "1001"],
    ["-1000", "-1001"],
  ]) {
    const found = json(...row);
    expect(found.shifted).toBe(true);
    expect(Math.max(...found.exponentials)).toBe(1);
    expect(run(...row)).toContain("e^(z-m)");
  }
});

test("temperature 0, infinite logits and temperature inf have results", () => {
  expect(json("1", "3", "3", "-t", "0").probabilities).toEqual([0, 0.5, 0.5]);
  expect(json("1", "3", "-t", "inf").probabilities).toEqual([0.5, 0.5]);
  expect(json("1", "inf").probabilities).toEqual([0, 1]);
  expect(run("1", "3", "-t", "0")).toContain("temperature 0\n");
});

test("no line is longer than 80 characters, and none ends in a blank", () => {
  const long = "a very long label indeed,another label of some length,x";
  const outputs = [
    run("123456.789", "-0.000012345", "1e300", "--labels", long, "--target", "x", "-t", "3"),
    run("-1e300", "2", "3", "--labels", long),
    run(...Array.from({ length: 40 }, (_, c) => String(c / 7)), "-t", "0.001", "--target", "40"),
  ];
  for (const line of outputs.join("").split("\n")) {
    expect(line.length).toBeLessThanOrEqual(80);
    expect(line).toBe(line.trimEnd());
  }
});

test("what cannot be understood is an error with a sentence", () => {
  expect(() => run("1", "two")).toThrow('"logits" expected numbers, got "two"');
  expect(() => run("1", "")).toThrow('"logits" expected numbers, got ""');
  expect(() => run("1", "nan")).toThrow('"logits" expected numbers, got "nan"');
  expect(() => run("1", "2", "-t", "-1")).toThrow('"temperature" expected a number from 0');
  expect(() => run("1", "2", "--labels", "a")).toThrow('"labels" expected 2 entries, got 1');
  expect(() => run("1", "2", "--labels", "yes,no", "--target", "yess")).toThrow(
    '"target" expected one of the labels, got "yess"; did you mean "yes"?',
  );
  expect(() => run()).toThrow("missing required argument 'logits'");
});
