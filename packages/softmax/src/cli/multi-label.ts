import { statSync } from "node:fs";
import type { MultiLabelOptions, MultiLabelTrainOptions } from "@softmax/core";
import type { Command } from "commander";
import { UsageError } from "./exit.ts";
import { list, pickDefined, wholeNumber } from "./reading.ts";

/** Flags for rows that may have any number of labels. */
export interface MultiLabelFlags {
  readonly multiLabel?: string | true;
  readonly present?: readonly string[];
  readonly leastRows?: number;
}

export function addMultiLabelFlags(command: Command): Command {
  return command
    .optionsGroup("Several labels a row:")
    .option(
      "--multi-label [between]",
      'a cell of the target holds labels with this between, such as ";"; with nothing said: each --target is a label',
    )
    .option(
      "--present <list>",
      "column=value,… of targets: the value by which a row has the label (yes, true or 1)",
      list,
    )
    .option(
      "--least-rows <n>",
      "leave out labels on fewer rows (1)",
      wholeNumber("--least-rows", 1),
    );
}

/** A column of a flag: a name, or a number from 1, negative from the end. */
export const columnNamed = (text: string): string | number =>
  /^-?\d+$/.test(text) ? Number(text) : text;

/** What the flags say; null where a row has one label. */
export function multiLabelOptionsOf(
  flags: MultiLabelFlags & { readonly target?: readonly string[] },
): Pick<MultiLabelTrainOptions, "target" | "multiLabel"> | null {
  const { multiLabel, target = [], present } = flags;
  if (multiLabel === undefined) {
    checkSingle(flags);
    return null;
  }
  if (target.length === 0) {
    throw new UsageError("--multi-label expected the columns of the labels: name them by --target");
  }
  const settings: MultiLabelOptions = {
    ...(multiLabel === true ? {} : { separator: separatorOf(multiLabel) }),
    ...(present === undefined ? {} : { present: present.map(pairOf) }),
    ...pickDefined(flags, ["leastRows"]),
  };
  // The commas of a list of columns; a single column may have one in its name.
  const names = multiLabel === true ? target.flatMap((text) => list(text)) : target;
  return { target: names.map(columnNamed), multiLabel: settings };
}

function checkSingle(flags: MultiLabelFlags & { readonly target?: readonly string[] }): void {
  const { target = [], present, leastRows } = flags;
  if (target.length > 1) {
    throw new UsageError(
      `--target is given ${target.length} times; if a row may have several labels, add --multi-label`,
    );
  }
  if (present !== undefined) throw new UsageError("--present is for --multi-label");
  if (leastRows !== undefined) throw new UsageError("--least-rows is for --multi-label");
}

/** The flag's value is optional, so that it may take the name of a file that stands behind it. */
function separatorOf(text: string): string {
  const path = statSync(text, { throwIfNoEntry: false });
  if (text.length <= 16 && path?.isFile() !== true) return text;
  throw new UsageError(
    `--multi-label expected what stands between labels, such as ";", got "${text}"; without a separator it stands last, behind the files`,
  );
}

/** "species=Adelie" */
function pairOf(text: string): [column: string, value: string] {
  const at = text.lastIndexOf("=");
  if (at > 0) return [text.slice(0, at).trim(), text.slice(at + 1).trim()];
  throw new UsageError(`--present expected column=value, got "${text}"`);
}

/** Throws where flags are given that models of several labels a row have no use for yet. */
export function refuseFlags<F extends object>(
  flags: F,
  names: readonly (keyof F & string)[],
): void {
  const given = names.find((name) => flags[name] !== undefined);
  if (given === undefined) return;
  const flag = given.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new UsageError(`--${flag} is not there for models of several labels a row yet`);
}
