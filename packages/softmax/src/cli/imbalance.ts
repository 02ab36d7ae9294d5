import type { ImbalanceOptions, PriorOption } from "@softmax/core";
import { type Command, Option } from "commander";
import { UsageError } from "./exit.ts";
import { list, pickDefined, positiveNumber } from "./reading.ts";

/** Flags for classes of unequal size. */
export interface ImbalanceFlags {
  readonly prior?: PriorOption;
  readonly adjust?: number;
  readonly loss?: NonNullable<ImbalanceOptions["loss"]>;
  readonly focalGamma?: number;
}

export function addImbalanceFlags(command: Command): Command {
  return command
    .optionsGroup("Classes of unequal size:")
    .option(
      "--prior <shares>",
      "class shares where the model will work: yes=0.02, or uniform",
      prior,
    )
    .option("--adjust <tau>", "logit adjustment instead: 1 is --prior uniform", tau)
    .addOption(new Option("--loss <name>", "what is minimised (log)").choices(["log", "focal"]))
    .option(
      "--focal-gamma <gamma>",
      "of focal loss: the more, the less easy rows count (2)",
      positiveNumber("--focal-gamma"),
    );
}

export function imbalanceOptionsOf(flags: ImbalanceFlags): ImbalanceOptions {
  return pickDefined(flags, ["prior", "adjust", "loss", "focalGamma"]);
}

/** A parser of class shares: "uniform", or "yes=0.02,maybe=0.1" as pairs; may be given more than once. */
export function prior(text: string, before?: PriorOption): PriorOption {
  if (text === "uniform" && before === undefined) return text;
  const pairs = list(text).map((pair) => {
    const at = pair.lastIndexOf("=");
    const share = Number(pair.slice(at + 1));
    if (at < 1 || pair.slice(at + 1).trim() === "" || !(share > 0 && share < 1)) {
      throw new UsageError(
        `--prior expected class=share with a share between 0 and 1, or uniform, got "${pair}"`,
      );
    }
    return [pair.slice(0, at).trim(), share] as const;
  });
  if (before === "uniform" || pairs.length === 0) {
    throw new UsageError(`--prior expected class=share, or uniform alone, got "${text}"`);
  }
  return [...(before ?? []), ...pairs];
}

function tau(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) {
    throw new UsageError(`--adjust expected a number, got "${text}"`);
  }
  return value;
}
