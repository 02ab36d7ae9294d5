import {
  checkLength,
  checkNumber,
  crossEntropyGradient,
  entropy,
  exp,
  log,
  logSoftmax,
  sigmoid,
  softmax,
  unknownName,
} from "@softmax/core";
import type { Command } from "commander";
import { noLogit } from "../errors.ts";
import { plainTable, wrap } from "./text.ts";

interface ExploreFlags {
  readonly labels?: string;
  readonly temperature?: string;
  readonly target?: string;
  readonly json?: boolean;
}

/** Softmax of one row of logits, with all that leads to it and follows from it. Losses and entropies in nats. */
interface Exploration {
  readonly labels: readonly string[];
  readonly logits: readonly number[];
  readonly temperature: number;
  /** e^(z/T), or where that leaves the range of numbers e^((z − m)/T), with m the largest logit. */
  readonly exponentials: readonly number[];
  readonly shifted: boolean;
  readonly sum: number;
  readonly probabilities: readonly number[];
  /** Of each logit by itself, without the temperature. */
  readonly sigmoids: readonly number[];
  readonly entropy: number;
  readonly maximumEntropy: number;
  /** −log p of each label: the loss if it is the right one. */
  readonly logLosses: readonly number[];
  readonly target: string | null;
  readonly logLoss: number | null;
  readonly gradient: readonly number[] | null;
}

const EXAMPLES = `
Examples:
  softmax explore 0.03 1.92
  softmax explore 2 1 -1.5 --labels cat,dog,bird --target dog --temperature 0.5`;

export function addExploreCommand(
  program: Command,
  write: (text: string) => void = (text) => void process.stdout.write(text),
): void {
  program
    .command("explore")
    .summary("show softmax of a few numbers, step by step")
    .description(
      "Shows what softmax makes of a row of logits: exponentials, their sum, probabilities, and beside them sigmoid, entropy, log loss and its gradient.",
    )
    .argument("<logits...>", "one number a class; put -- before -inf")
    .option("-l, --labels <names>", "the classes' names, separated by commas")
    .option(
      "-t, --temperature <number>",
      "divides the logits: below 1 sharper, above 1 flatter",
      "1",
    )
    .option("--target <label>", "the right answer: adds its log loss and the gradient")
    .optionsGroup("Output:")
    .option("--json", "as JSON")
    .addHelpText("after", EXAMPLES)
    .action((logits: string[], flags: ExploreFlags) => {
      const found = explore(logits.map(logitOf), flags);
      write(flags.json === true ? `${JSON.stringify(found)}\n` : asText(found));
    });
}

function logitOf(text: string): number {
  const infinite = /^([+-]?)inf(inity)?$/i.exec(text);
  if (infinite) return infinite[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (Number.isNaN(value)) throw noLogit(text);
  return value;
}

function explore(logits: number[], flags: ExploreFlags): Exploration {
  const labels = labelsOf(flags.labels, logits.length);
  const T = flags.temperature ?? "1";
  const temperature = checkNumber("temperature", logitOf(T), 0, Number.POSITIVE_INFINITY);
  const target = flags.target ?? null;
  const probabilities = softmax(logits, { temperature });
  const logLosses = logSoftmax(logits, { temperature }).map((value) => 0 - value);
  const at = target === null ? null : positionOf(target, labels);
  return {
    labels,
    logits,
    temperature,
    ...exponentialsOf(logits, temperature, probabilities),
    probabilities,
    sigmoids: sigmoid(logits),
    entropy: entropy(probabilities),
    maximumEntropy: log(logits.length),
    logLosses,
    target,
    logLoss: at === null ? null : logLosses[at],
    gradient: at === null ? null : crossEntropyGradient(logits, at, { temperature }),
  };
}

function labelsOf(names: string | undefined, k: number): string[] {
  if (names === undefined) return Array.from({ length: k }, (_, c) => String(c + 1));
  const labels = names.split(",").map((name) => name.trim());
  checkLength("labels", labels.length, k);
  return labels;
}

function positionOf(target: string, labels: readonly string[]): number {
  const at = labels.indexOf(target);
  if (at < 0) throw new RangeError(unknownName("target", "one of the labels", target, labels));
  return at;
}

function exponentialsOf(
  logits: readonly number[],
  temperature: number,
  probabilities: readonly number[],
): Pick<Exploration, "exponentials" | "shifted" | "sum"> {
  const total = (terms: readonly number[]): number => terms.reduce((sum, term) => sum + term, 0);
  const plain = logits.map((z) => exp(z / temperature));
  const sum = total(plain);
  if (sum > 0 && sum < Number.POSITIVE_INFINITY)
    return { exponentials: plain, shifted: false, sum };
  const largest = Math.max(...probabilities);
  const shifted = probabilities.map((p) => (largest > 0 ? p / largest : 0));
  return { exponentials: shifted, shifted: true, sum: total(shifted) };
}

const BAR = 15;

function asText(found: Exploration): string {
  const { labels, logits, exponentials, probabilities, sigmoids, logLosses, gradient } = found;
  const name = Math.min(14, Math.max(6, ...labels.map((label) => label.length + 1)));
  const widths = [name, 10, 12, 9, BAR + 1, 9, 10];
  const head = ["label", "logit", exponentialHead(found), "p", "", "sigmoid", "log loss"];
  if (gradient !== null) {
    widths.push(9);
    head.push("gradient");
    widths[4] -= Math.max(0, widths.reduce((sum, width) => sum + width, 0) - 80);
  }
  const bar = (p: number): string => "█".repeat(Math.round(p * (widths[4] - 1)));
  const table = plainTable(head.map(aligned(widths)), widths);
  const push = (cells: string[]): void => void table.push(cells.map(aligned(widths)));
  labels.forEach((label, c) => {
    const p = probabilities[c];
    const cells = [label, logit(logits[c]), figure(exponentials[c]), figure(p), bar(p)];
    const rest = gradient === null ? [] : [figure(gradient[c])];
    push([...cells, figure(sigmoids[c]), figure(logLosses[c]), ...rest]);
  });
  const total = probabilities.reduce((sum, p) => sum + p, 0);
  push(["sum", "", figure(found.sum), figure(total), ...head.slice(4).map(() => "")]);
  const lines = [...table.toString().split("\n"), "", ...closing(found)];
  return `${lines.map((line) => line.trimEnd()).join("\n")}\n`;
}

/** Texts at the left, numbers at the right; cells that are too long are cut by the table. */
const aligned =
  (widths: readonly number[]) =>
  (text: string, column: number): string =>
    column === 0 || column === 4 ? text : text.padStart(widths[column] - 1);

function exponentialHead({ temperature, shifted }: Exploration): string {
  if (temperature === 1) return shifted ? "e^(z-m)" : "e^z";
  return shifted ? "e^((z-m)/T)" : "e^(z/T)";
}

function closing(found: Exploration): string[] {
  const { temperature, maximumEntropy, target, logLoss, shifted } = found;
  return [
    ...(temperature === 1 ? [] : wrap(`temperature ${figure(temperature)}`)),
    ...(shifted ? wrap("m is the largest logit: without it the exponentials leave the range") : []),
    ...wrap(`entropy ${figure(found.entropy)} nats, of at most ${figure(maximumEntropy)}`),
    ...(logLoss === null ? [] : wrap(`log loss ${figure(logLoss)} nats, as ${target} is right`)),
  ];
}

/** As it was typed, where that fits. */
const logit = (value: number): string =>
  String(value).length <= 9 ? String(value) : figure(value);

/** Three decimals; powers of ten where these would say nothing. */
function figure(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return value === 0 ? "0" : String(value);
  const size = Math.abs(value);
  return size < 0.001 || size >= 1e5 ? value.toExponential(2) : value.toFixed(3);
}
