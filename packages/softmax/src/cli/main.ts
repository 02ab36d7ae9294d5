import { SoftmaxError } from "@softmax/core";
import { Command, CommanderError } from "commander";
import { writeError } from "../data/atomic.ts";
import { addCalibrateCommand } from "./calibrate.ts";
import { addCompareCommand } from "./compare.ts";
import { addDecideCommand } from "./decide.ts";
import { addEvaluateCommand } from "./evaluate.ts";
import { EXIT_CODES, exitCode, UsageError } from "./exit.ts";
import { addExplainCommand } from "./explain.ts";
import { addExploreCommand } from "./explore.ts";
import { addInferCommand } from "./infer.ts";
import { addInspectCommand } from "./inspect.ts";
import { addPredictCommand } from "./predict.ts";
import { addShrinkCommand } from "./shrink.ts";
import { visibleLines, withFlags } from "./text.ts";
import { addTrainCommand } from "./train.ts";
import { version } from "./version.ts";

const EXAMPLES = `
Examples:
  softmax train penguins.csv --target species --report report.html
  softmax predict model.safetensors new.csv -o answers.csv --probabilities
  softmax explore 0.03 1.92 --labels yes,no
`;

const CODES = `
Exit codes:
${EXIT_CODES.map(([code, meaning]) => `  ${String(code).padEnd(5)}${meaning}`).join("\n")}`;

/** The program with all of its commands. */
export function createProgram(): Command {
  const program = new Command("softmax")
    .description(
      "From a file and a column to a small classifier whose probabilities can be trusted.",
    )
    .version(version(), "-V, --version", "print the version")
    .helpOption("-h, --help", "show this help")
    .helpCommand("help [command]", "show the help of a command")
    .showHelpAfterError("(softmax --help shows what there is)")
    .addHelpText("after", EXAMPLES + CODES)
    .exitOverride();
  addTrainCommand(program);
  addEvaluateCommand(program);
  addCompareCommand(program);
  addPredictCommand(program);
  addExplainCommand(program);
  addInferCommand(program);
  addInspectCommand(program);
  addDecideCommand(program);
  addShrinkCommand(program);
  addCalibrateCommand(program);
  addExploreCommand(program);
  for (const command of program.commands) {
    addCommonOptions(command);
    command
      .exitOverride()
      .helpOption("-h, --help", "show this help")
      .showHelpAfterError(`(softmax ${command.name()} --help shows what there is)`);
  }
  return program;
}

/** Options that every command takes, so that a script can give them to any. */
function addCommonOptions(command: Command): void {
  const has = (flag: string): boolean => command.options.some((option) => option.long === flag);
  if (!has("--seed")) command.option("--seed <n>", "of no effect: there is no chance in it");
  if (!has("--quiet")) command.option("-q, --quiet", "of no effect: there are no remarks");
}

/** Runs the command line and sets the process's exit code. */
export async function main(args: readonly string[]): Promise<void> {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    // Whoever read our output has read enough.
    if (error.code === "EPIPE") process.exit(exitCode.ok);
    process.stderr.write(`softmax: ${writeError("standard output", error).message}\n`);
    process.exit(exitCode.data);
  });
  // Nobody reads our remarks: no reason to stop.
  process.stderr.on("error", () => {});
  try {
    await createProgram().parseAsync(args, { from: "user" });
  } catch (error) {
    process.exitCode = explain(error);
  }
}

/** Prints what went wrong, unless that is done already, and returns the exit code for it. */
function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.ok : exitCode.usage;
  const { code, sentence } = classify(error);
  process.stderr.write(`${visibleLines(`softmax: ${withFlags(sentence)}`)}\n`);
  return code;
}

function classify(error: unknown): { code: number; sentence: string } {
  if (error instanceof SoftmaxError) return { code: codeOf(error), sentence: error.message };
  const wrongValue = error instanceof TypeError || error instanceof RangeError;
  if (error instanceof UsageError || (wrongValue && error.message.startsWith('"'))) {
    return { code: exitCode.usage, sentence: error.message };
  }
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { code: exitCode.internal, sentence: `internal: ${detail}` };
}

function codeOf(error: SoftmaxError): number {
  switch (error.code) {
    case "data":
      return exitCode.data;
    case "model":
      return exitCode.model;
    case "aborted":
      return exitCode.interrupted;
    default:
      return exitCode.internal;
  }
}
