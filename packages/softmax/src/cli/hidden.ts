import type { Activation, HiddenLayers, HiddenOptions } from "@softmax/core";
import { type Command, Option } from "commander";
import { layerWords } from "../report/hidden.ts";
import { count } from "../report/numbers.ts";
import { UsageError } from "./exit.ts";
import { list, pickDefined, share, wholeNumber } from "./reading.ts";

const ACTIVATIONS: readonly Activation[] = ["relu", "tanh", "gelu"];

/** Flags of hidden layers. */
export interface HiddenFlags {
  readonly hidden?: readonly number[] | "auto";
  readonly activation?: Activation;
  readonly dropout?: number;
  readonly weightDecay?: number;
  readonly averageSeeds?: number;
}

export function addHiddenFlags(command: Command): Command {
  return command
    .optionsGroup("Hidden layers:")
    .option(
      "--hidden <units>",
      "layers before the softmax, such as 256,128; auto: where they help (none)",
      units,
    )
    .addOption(
      new Option("--activation <name>", "what a unit makes of its sum (relu)").choices(ACTIVATIONS),
    )
    .option("--dropout <share>", "of the units, in each step (0)", share("--dropout"))
    .option("--weight-decay <rate>", "by which weights shrink in each step (0.01)", decay)
    .option(
      "--average-seeds <n>",
      "so many networks, whose logits are averaged (1)",
      wholeNumber("--average-seeds", 1),
    );
}

export const hiddenOptionsOf = (flags: HiddenFlags): HiddenOptions =>
  pickDefined(flags, ["hidden", "activation", "dropout", "weightDecay", "averageSeeds"]);

/** How large the hidden layers of a model on so many features are. */
export function hiddenSizes({ activation, networks }: HiddenLayers, features: number) {
  const units: number[] = [];
  for (const { length } of networks[0]) units.push(length / ((units.at(-1) ?? features) + 1));
  const weights = networks.flat().reduce((sum, { length }) => sum + length, 0);
  return { units, activation, networks: networks.length, weights };
}

/** "2 hidden layers of 256 and 128 relu units, 37,000 weights" */
export function hiddenWords(hidden: HiddenLayers, features: number): string {
  const sizes = hiddenSizes(hidden, features);
  return `${layerWords(sizes)}, ${count(sizes.weights)} weights`;
}

function units(text: string, before: readonly number[] | "auto" = []): readonly number[] | "auto" {
  if (text === "auto") return text;
  if (before === "auto") throw new UsageError(`--hidden expected auto alone, got "${text}" too`);
  return [...before, ...list(text).map(wholeNumber("--hidden", 1, 16384))];
}

function decay(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0 && value <= 1000)) {
    throw new UsageError(`--weight-decay expected a number from 0 to 1000, got "${text}"`);
  }
  return value;
}
