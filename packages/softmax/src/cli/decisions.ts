import {
  checkDecideOptions,
  checkSetOptions,
  type DecideOptions,
  dataError,
  type SetMethod,
  type SetOptions,
  type Table,
} from "@softmax/core";
import { type Command, Option } from "commander";
import { readTable } from "../data/read.ts";
import { UsageError } from "./exit.ts";
import { list, share } from "./reading.ts";

/** Flags that say how a label is decided on. */
export interface DecideFlags {
  readonly decide?: Pick<DecideOptions, "by" | "at">;
  readonly decideClass?: string;
  readonly cost?: readonly string[];
  readonly costs?: string;
  readonly costColumn?: string;
  readonly abstain?: NonNullable<DecideOptions["abstain"]>;
}

/** Flags that ask for sets of labels. */
export interface SetFlags {
  readonly coverage?: number;
  readonly sets?: SetMethod;
  readonly perClass?: boolean;
  readonly aside?: number;
  readonly cvPlus?: boolean;
}

const RULES =
  "costs, f1, macro-f1, balanced-accuracy, recall-at-precision=P, precision-at-recall=R, threshold=P, top=K, argmax";

export function addDecideFlags(command: Command): Command {
  return command
    .optionsGroup("Decision (without: the most probable label):")
    .option("--decide <rule>", RULES, ruleOf)
    .option("--decide-class <class>", "the class that a threshold is about (of two: --positive)")
    .option(
      "--cost <list>",
      "of errors, such as bad:good=5 (true:predicted=cost); others cost 1, right labels 0",
      list,
    )
    .option("--costs <file>", "the same as a table: a row a true, a column a predicted label")
    .option("--cost-column <column>", "multiplies the cost of each row's error")
    .option(
      "--abstain <when>",
      "leave a row to a person: cost=C (of asking), confidence=P or error=SHARE",
      abstainOf,
    );
}

export function addSetFlags(command: Command): Command {
  return command
    .optionsGroup("Sets of labels:")
    .option(
      "--coverage <share>",
      "sets that hold the true label with this probability, such as 0.9",
      share("--coverage"),
    )
    .addOption(
      new Option("--sets <method>", "how they are made (aps)").choices(["lac", "aps", "raps"]),
    )
    .option("--per-class", "with this probability in each class")
    .option("--aside <share>", "of the rows, set aside for it (0.2)", share("--aside"))
    .option("--cv-plus", "by models of folds instead of rows set aside");
}

/** "f1", or "recall-at-precision=0.9" with a number. */
function ruleOf(text: string): NonNullable<DecideFlags["decide"]> {
  const [by, value, ...more] = text.split("=");
  const at = value === undefined ? undefined : Number(value);
  if (more.length > 0 || value?.trim() === "" || Number.isNaN(at)) {
    throw new UsageError(`--decide expected a rule such as f1 or threshold=0.3, got "${text}"`);
  }
  const rule = { by: by.trim(), ...(at === undefined ? {} : { at }) };
  return rule as NonNullable<DecideFlags["decide"]>;
}

/** "cost=0.2", "confidence=0.8" or "error=0.05". */
function abstainOf(text: string): NonNullable<DecideOptions["abstain"]> {
  const [, by, value] = /^(cost|confidence|error)=(.+)$/.exec(text.trim()) ?? [];
  const at = Number(value);
  if (by === undefined || value.trim() === "" || Number.isNaN(at)) {
    throw new UsageError(
      `--abstain expected cost=C, confidence=P or error=SHARE with a number, got "${text}"`,
    );
  }
  return { [by]: at } as NonNullable<DecideOptions["abstain"]>;
}

/** What the flags choose; undefined where they say nothing. Throws before any data are read where they are wrong. */
export async function decideOptionsOf(flags: DecideFlags): Promise<DecideOptions | undefined> {
  const { decide, decideClass, cost, costs, costColumn, abstain } = flags;
  if (cost !== undefined && costs !== undefined) {
    throw new UsageError("--cost and --costs say the same in two ways; give one of them");
  }
  const options: DecideOptions = {
    ...decide,
    ...(decideClass === undefined ? {} : { class: decideClass }),
    ...(cost === undefined ? {} : { costs: cost.map(costOf) }),
    ...(costs === undefined ? {} : { costs: await costTable(costs) }),
    ...(costColumn === undefined ? {} : { costColumn }),
    ...(abstain === undefined ? {} : { abstain }),
  };
  if (Object.keys(options).length === 0) return undefined;
  checkDecideOptions(options);
  return options;
}

/** "bad:good=5" */
function costOf(text: string): [label: string, predicted: string, cost: number] {
  const at = text.lastIndexOf("=");
  const labels = text.slice(0, Math.max(0, at)).split(":");
  const value = text.slice(at + 1);
  if (labels.length > 2) {
    throw new UsageError(`--cost cannot tell where the labels of "${text}" end; use --costs`);
  }
  const cost = Number(value);
  if (labels.length < 2 || value.trim() === "" || Number.isNaN(cost)) {
    throw new UsageError(`--cost expected true:predicted=cost, got "${text}"`);
  }
  return [labels[0].trim(), labels[1].trim(), cost];
}

/** The costs of a table with the true labels in its first column, and predicted ones as the names of the others. */
async function costTable(path: string): Promise<[string, string, number][]> {
  const { table } = await readTable(path, { header: "yes" });
  const [labels, ...others] = table.columns;
  if (labels?.kind !== "text" || others.length < 2) {
    throw dataError(
      `${path}: expected a table of costs, with the true labels in the first column and a column for each predicted label`,
    );
  }
  return Array.from(labels.codes, (code, row) => {
    const label = labels.dictionary[code] ?? "";
    return others.map((column): [string, string, number] => {
      const cost = numberIn(column, row, table.decimal);
      if (Number.isNaN(cost)) {
        throw dataError(
          `${path}: the cost of "${label}" predicted as "${column.name}" is no number`,
        );
      }
      return [label.trim(), column.name, cost];
    });
  }).flat();
}

function numberIn(column: Table["columns"][number], row: number, decimal: string): number {
  if (column.kind === "number") return column.values[row];
  const text = column.dictionary[column.codes[row]] ?? "";
  return text.trim() === "" ? Number.NaN : Number(text.replace(decimal, "."));
}

/** What the flags ask of sets; undefined where they ask for none. */
export function setOptionsOf(
  flags: SetFlags & { readonly weight?: string; readonly group?: string; readonly time?: string },
): SetOptions | undefined {
  const { coverage, sets: method, perClass, aside, cvPlus } = flags;
  if (coverage === undefined) {
    const other = [
      method && "--sets",
      perClass && "--per-class",
      aside && "--aside",
      cvPlus && "--cv-plus",
    ];
    const given = other.find((flag) => typeof flag === "string");
    if (given !== undefined) {
      throw new UsageError(`${given} wants --coverage with the probability, such as 0.9`);
    }
    return undefined;
  }
  const options: SetOptions = {
    coverage,
    ...(method === undefined ? {} : { method }),
    ...(perClass === undefined ? {} : { perClass }),
    ...(aside === undefined ? {} : { aside }),
    ...(cvPlus === undefined ? {} : { cvPlus }),
  };
  checkSetOptions(options, flags);
  return options;
}
