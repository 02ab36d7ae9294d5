// Writes docs/cli.md from the command line's own help, and from what its examples print.
//   node scripts/cli-docs.mjs           write it
//   node scripts/cli-docs.mjs --check   only say whether it is up to date (exit status 1 if not)
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const { createProgram } = await import("../packages/softmax/dist/cli/main.js");
const root = fileURLToPath(new URL("..", import.meta.url));
const page = join(root, "docs/cli.md");
const bin = join(root, "packages/softmax/bin/softmax.js");
const folder = mkdtempSync(join(tmpdir(), "softmax-docs-"));

const written = compose();
rmSync(folder, { recursive: true });
if (!process.argv.includes("--check")) writeFileSync(page, written);
else if (readFileSync(page, "utf8") !== written) {
  console.error("docs/cli.md is not what scripts/cli-docs.mjs writes: run it, and commit the page");
  process.exitCode = 1;
}

function compose() {
  copyFileSync(join(root, "packages/softmax/data/penguins.csv"), join(folder, "penguins.csv"));
  copyFileSync(join(root, "examples/new-penguins.csv"), join(folder, "new.csv"));
  const commands = [
    ...["train", "evaluate", "compare", "predict", "explain", "infer"],
    ...["inspect", "decide", "shrink", "calibrate", "explore"],
  ];
  return `# The command line

<!-- Written by scripts/cli-docs.mjs; do not edit by hand. -->

${example("--help")}

A table comes from a file, from standard input (\`-\`), from a query over files, or from [texts](#texts) in folders and files. What
it is (CSV of any dialect, JSON lines, Parquet, ARFF; gzipped or not) is found out from its content and shown. Results go to standard output, remarks and progress to
standard error. Work that takes longer than a second shows a bar with the time left on a terminal, and plain lines elsewhere;
\`--quiet\` silences both.

## From a table to answers

The table is one of those that come with the package.

${example("train", "penguins.csv", "--target", "species", "--report", "report.html")}

The numbers are honest: each row was judged by a model that had not seen it, and what was chosen on a row (penalty, curves or
lines, calibration) was not scored on it. The report is one page without scripts or network, with the confusion matrix, a
reliability diagram and what each column does; \`--report report.json\` writes the same as JSON, and both may be asked for.

${example("predict", "model.safetensors", "new.csv", "--probabilities")}

The columns of the input and their text stay as they are. A name that is taken gets a number: where the input has a column
\`prediction\`, the answer is in \`prediction_1\`. With \`-o\` the ending decides the format: \`.csv\`, \`.tsv\`, \`.jsonl\` or \`.parquet\`.

${example("explain", "model.safetensors", "new.csv", "--rows", "1")}

The log-odds of a label are its logit less the mean of the others', and the intercept and what the columns add sum to them. In texts
the words that push are marked ([text.md](text.md)); \`--text "…"\` explains one text.

Without a table it shows what each column does to the odds of each label; \`--row N\` what speaks for each class in one row;
\`--counterfactual\` the smallest change of a row that gives it another label, within what training saw; \`--importance\` how much the
model needs each column; \`--partial COLUMN\` how probabilities go along it ([math.md](math.md) §8.9 to §8.13).

${example("explain", "model.safetensors", "new.csv", "--row", "4", "--counterfactual", "--keep", "island,sex", "--like", "penguins.csv")}

${example("evaluate", "model.safetensors", "penguins.csv")}

${example("inspect", "model.safetensors")}

\`compare\` says whether one of two models is really better on rows that neither has learned from, and
\`train --learning-curve\` whether more rows would help; what both rest on is in [math.md](math.md#108-two-models-on-the-same-rows).

## What moves an outcome

\`train\` fits for prediction: its penalty takes a little from every coefficient. \`infer\` fits for inference, without one.

${example("infer", "penguins.csv", "--target", "island", "--columns", "bill_length_mm,sex", "--no-effects")}

Rows that lack a value in a column that enters are left out and counted. Where the classes are separated, or a column is told by
others, no estimate exists, and an error names the columns: leave one out, or join levels. Formulas: [math.md](math.md#10-inference).

## From probabilities to decisions

By default the label is the most probable one. \`train\` chooses another way where it is told what is wanted, and \`decide\` gives a model that
is there another one: costs, a floor of the confidence and a threshold need no rows, all else needs labelled rows that the training did not see.

| flag | the label |
|---|---|
| \`--cost bad:good=5\` | that of least expected cost: \`true:predicted=cost\`, with commas between; other errors cost 1, right labels 0. \`--costs FILE\` has them as a table, a row a true label and a column a predicted one |
| \`--decide f1\` | a class from a threshold on: the one of two that is rarer, or \`--positive\`, or of many \`--decide-class\` |
| \`--decide recall-at-precision=0.9\`, \`precision-at-recall=0.9\`, \`threshold=0.3\` | the same with another threshold |
| \`--decide macro-f1\`, \`balanced-accuracy\` | a threshold a class: the largest probability / threshold |
| \`--decide top=3\` | the most probable; \`predict\` names three |
| \`--abstain cost=0.4\`, \`confidence=0.8\`, \`error=0.05\` | none where deciding costs more than asking, is less sure, or so that no more of the others are wrong; with any of the above |

\`predict\` leaves \`prediction\` empty where a row is left to a person, or writes what \`--undecided\` says; \`confidence\` is then that of the label that it would
have got. What is reported of a decision is of rows on which it was not chosen; accuracy and the like above it stay those of the most probable label.

${example("decide", "model.safetensors", "--cost", "Adelie:Gentoo=9", "--abstain", "cost=0.5", "-o", "careful.safetensors")}

\`--coverage 0.9\` sets a fifth of the rows aside (\`--aside\`), and gives each row of \`predict\` a \`set\`, a JSON list of labels that holds the true one with this probability:
for new rows like these, on average over the draw of the rows, whatever the model is worth. \`--per-class\` promises it for each class. \`--cv-plus\`
sets no rows aside; it trains five more models, keeps them in the file, and promises less. What exactly is in
[math.md](math.md) §11.6.

## Texts

Texts with labels become a table of two columns, \`label\` and \`text\`, and \`--target\` may be left out.

| the texts | for example | a row is | its label |
|---|---|---|---|
| a folder a class | \`softmax train reviews/\` | a file, at any depth | its folder's name |
| a file a class | \`softmax train rt-polarity.pos rt-polarity.neg\`, or a folder of such files | a line that is not blank | the file's name without an ending such as \`.txt\`, or the ending where the names differ in nothing else: \`pos\`, \`neg\` |
| tab-separated lines without a header: few labels, then prose | \`softmax train SMSSpamCollection\` | a line | what stands before the tab; quotes are text |
| fastText lines, known by their first lines | \`__label__spam Win a …\` | a line | the first one; more are counted in a note |
| lines of a label and a text | \`--format lines\` | a line that is not blank | its first word. \`--label-until :\` takes \`DESC\` from \`DESC:manner How …\`, and says \`--format lines\` by itself |

\`evaluate\`, \`predict\` and \`--test\` read the same. Texts without labels are named by \`--format texts\`: of a file each line, of a
folder each file is a row, with its path in a column \`file\`:

    softmax predict model.safetensors inbox/ --format texts -o answers.csv

A text is passed on as it stands. Hidden files are passed over, and symbolic links in a folder are not followed; a file that holds
no text (an image, NUL bytes) is an error with its name, or is left out with \`--skip-bad-rows\`; an empty file is a row without
text. Classes and files are taken in the order of code points, or in the order given. At most 1,000,000 files and 2 GiB are
read, and 4,194,304 characters a text.

Bytes that are no UTF-8 are read as windows-1252 where they look like Latin text, each file for itself, and a note names the first
such line; \`--encoding\` overrides that. UTF-8 with broken bytes in it, other scripts and binary data stay errors.

\`--embeddings 16\` learns embeddings of the terms instead of penalised weights, and \`shrink\` makes a model file smaller; what both
are worth is in [text.md](text.md).

## Vector operations twice as wide

From Node 24 on, V8 can fuse pairs of the kernels' 128-bit operations into 256-bit ones: the same results to the bit, in less
time. The option of V8 is experimental, so \`train\` uses it only after a self-test, in a process of its own, has compared every
kernel with and without. The self-test takes a second or two and is run for inputs from 16 MiB on; its verdict is remembered for
this machine, release of Node and kernels in \`softmax\` below \`$XDG_CACHE_HOME\` or \`~/.cache\`, and then holds for inputs of any
size. \`--no-revectorize\` or \`SOFTMAX_REVECTORIZE=0\` in the environment switches it off; \`softmax inspect --runtime\` says how
it stands. No other command uses it.

## Searching for options

\`--tune 60s\` searches for options with a lower log loss than the default's: hidden layers, L1 penalties, ways of taking texts and images, calibration. Options that are
given stay. A fifth of the rows is held out of the search, and the numbers are of those; the default ships unless something is better by more than one standard error, and not
worse on the rows held out. At the end stands the command line that trains the same model, to the byte, without a search.

    softmax train letters.csv -t letter --tune 5m --report report.html

The time is for all of it. Ctrl-C ends the search and keeps the best so far; a second one leaves at once. With \`--checkpoint\` and \`--resume\` a search goes on where it was, also with a
longer time. How it works is in [tune.md](tune.md).

## Long trainings

With \`--checkpoint run\` a training keeps in the folder \`run\` what it has done: every 30 seconds (\`--checkpoint-every\`), each file whole
or not at all, and flushed to the disk. After Ctrl-C, a crash or \`kill -9\` the same command with \`--resume\` goes on, on any number of threads, and
ends with the same bytes as if it had never been stopped. Where nothing is kept yet, it begins anew, so that a script may always say it.

    softmax train reviews/ --checkpoint run
    ^C
    softmax: stopped; go on with: softmax train reviews/ --checkpoint run --resume

A second Ctrl-C ends the process at once. The folder holds the hash of the data and all options that change numbers: where one differs, or the
version of Softmax does, the training is refused and told which. A damaged part is named, not used; without it (remove its file) the training goes on,
and makes its fits anew. Once model and reports are written the checkpoint is removed, and the folder if nothing else is in it.

What is done again after a stop: reading and encoding; a fit of embeddings that was under way (all others are kept within a fit); with \`--l1-ratio\` the fits of a split that was not done; choosing, measuring and \`--infer\`. With \`--multi-label\` there are no checkpoints yet.

\`--memory 512MB\` bounds what a training takes (by default half of what is free, at least 256 MB). Delimited text and JSON lines of more than a sixteenth
of it are kept on a disk column by column, and encodings of more than a quarter row by row, in files without a name: nothing is left of them, whatever ends the
process. \`--scratch\` names a folder on a disk with room; the model is the same to the byte. Where texts of all columns take more than an eighth, columns
of very many different numbers are kept as numbers: a text among them that does not mean missing is then an error that names it. Rows of texts,
standard input without \`--memory\`, \`--l1-ratio\`, sgd and adam, \`--coverage\`, \`--tune\`, \`--learning-curve\`, \`--infer\` and \`--multi-label\` hold all rows in memory.
A file that is large for the limit and yet held whole is remarked on, with the reason; beside \`--multi-label\` the flag is refused.

## Labels that training never saw

A test file may spell its labels in another way; then \`evaluate\` names them and stops. The test half of the census data set
“adult”, for example, writes \`<=50K.\` where the training half writes \`<=50K\`. A query mends it:

    softmax train adult.data.gz --header no --target -1 -o adult.safetensors
    softmax evaluate adult.safetensors adult.test.gz --header no \\
      --query "select * replace (rtrim(column15, '.') as column15) from data"

A query sees each file under its path, its name, its name up to the first dot, and the first also as \`data\`; columns of text
files are texts. No other file can be reached from it.

## JSON for programs

Every command takes \`--json\`. The keys below stay; more may come. A number that is infinite or undefined is \`null\`.

| command | keys |
|---|---|
| \`train\` | \`rows\` (that judged), \`method\`, \`accuracy\`, \`logLoss\`, \`macroF1\`, \`ece\`, \`auc\`, \`balancedAccuracy\`, \`brier\`, \`eceExpected\`: each \`{ value, low, high }\`, the ends of a 95 % interval; \`eceClasswise\`; \`baseline\`: the accuracy of always naming the largest class, and in it \`label\`, \`accuracy\`, \`logLoss\`, \`accuracyGain\`, \`logLossGain\`; \`noBetterThanBaseline\`; \`positive\`, the class of interest of two; \`model\`; \`source\`; \`report\`: all of the report |
| \`evaluate\` | the same metrics; \`trainedOnTheseRows\`, \`classes\`, \`source\`, \`evaluation\` |
| \`predict\` | one object a row (JSON lines); with \`-o\`: \`rows\`, \`output\`, \`source\` |
| \`explain\` | one object a row (JSON lines): \`row\` (not with \`--text\`), \`label\` (\`null\` where it is left to a person), \`explained\` (the label that the reasons are for), \`confidence\`, \`probabilities\`, \`logOdds\`, \`intercept\`, \`classes\`: each \`{ label, logit, intercept }\`, \`columns\`: each \`{ name, kind, value, contribution, logits, parts }\`, of texts the parts \`{ start, end, text, weight }\`, else \`null\` |
| \`explain\` without a table | \`classes\`, \`against\`, \`columns\`: each \`{ name, kind, labels, steps }\`, a step \`{ by, from, to, logOdds, oddsRatios }\` |
| \`explain --counterfactual\` | one object a row: \`rowNumber\`, \`reached\`, \`before\`, \`after\`, \`changes\`: each \`{ name, kind, from, to, cost }\`, \`cost\`, \`exact\`, \`unseen\`, \`row\` |
| \`explain --importance\` | \`trainedOnTheseRows\`, \`rows\`, \`repeats\`, \`logLoss\`, \`accuracy\`, \`columns\`: each \`{ name, kind, logLoss, accuracy, labels, meanAbsolute, deviations }\` |
| \`explain --partial\` | \`column\`, \`kind\`, \`rows\`, \`classes\`, \`points\`: each \`{ value, role, mean, low, high }\` |
| \`compare\` | \`better\` (\`"A"\`, \`"B"\` or \`null\`), \`verdict\`, \`rows\`; \`logLoss\`, \`accuracy\`, \`brier\`, \`auc\`: each \`{ a, b, gain: { value, low, high } }\`; \`mcnemar\`, \`delong\`, \`trainedOnTheseRows\`, \`classes\`, \`source\` |
| \`infer\` | \`coefficients\`: each \`{ class, column, level, estimate, standardError, z, p, low, high, ratio }\`; \`tests\`: each \`{ column, wald, likelihoodRatio }\`; \`overall\`, \`logLikelihood\`, \`nullLogLikelihood\`, \`mcFadden\`, \`aic\`, \`bic\`, \`effects\`, \`covarianceMatrix\`, \`classes\`, \`base\`, \`columns\`, \`rows\`, \`weights\`, \`covariance\`, \`clusters\`, \`level\`, \`remarks\`, \`source\` |
| \`inspect\` | with \`--runtime\`: \`node\`, \`v8\`, \`platform\`, \`threads\`, \`simd\`, \`sharedMemory\`, \`revectorize\` (\`on\`, \`why\`), \`kernels\`; else \`target\`, \`classes\`, \`missing\`, \`columns\`, \`weights\`, \`calibrator\`, \`provenance\` |
| \`decide\` | \`model\`, \`decision\` (as \`report.decision\` of \`train\`), \`source\` |
| \`shrink\` | \`model\`; \`before\` and \`after\`: each \`bytes\`, \`weights\` and, with \`--data\`, \`accuracy\` and \`logLoss\`; \`data\` |
| \`explore\` | \`labels\`, \`logits\`, \`temperature\`, \`exponentials\`, \`sum\`, \`probabilities\`, \`sigmoids\`, \`entropy\`, \`logLosses\`, … |

With \`--test\`, the metrics of \`train\` are those on the test table; \`report.evaluation\` holds the cross-validated ones.

## Exit codes

| code | meaning |
|---|---|
| 0 | done; also where the reader of a pipe stopped early (\`| head\`), and where a model is no better than the baseline |
| 1 | an error of ours; please report it |
| 2 | the command line is wrong, whatever the data: an unknown option, a value it cannot have |
| 3 | a file cannot be read or written, or the data cannot be used as asked; also a column or class that the data does not have |
| 4 | the model file is damaged, foreign or too new |
| 129, 130, 143 | stopped by SIGHUP, Ctrl-C (SIGINT), SIGTERM |

Files stand in their place only when whole, and on the disk: a command that fails or is stopped leaves what was there before, with its
permissions, owner and links. Only a \`kill -9\` or a loss of power can leave a temporary file beside it, \`.NAME.….tmp\`. Where an output
cannot be written, or is a file that is read, the command says so before it starts to work.

## All options

${commands.map((name) => `### softmax ${name}\n\n${example(name, "--help")}`).join("\n\n")}
`;
}

/** A command and what it prints, as an indented block. */
function example(...args) {
  const printed = args.at(-1) === "--help" ? helpOf(args) : printedBy(args);
  const lines = [`$ softmax ${args.join(" ")}`, ...printed.trimEnd().split("\n")];
  return lines.map((line) => (line === "" ? "" : `    ${line}`)).join("\n");
}

/** Progress depends on how fast the machine is. */
function printedBy(args) {
  return execFileSync(process.execPath, [bin, ...args, "--quiet"], {
    cwd: folder,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
}

/** The help as a terminal of 80 columns shows it, without a process for each command. */
function helpOf(args) {
  let text = "";
  const program = createProgram();
  for (const command of [program, ...program.commands]) {
    command.configureOutput({
      writeOut: (some) => {
        text += some;
      },
      getOutHelpWidth: () => 80,
    });
  }
  try {
    program.parse(args, { from: "user" });
  } catch (end) {
    if (end.code !== "commander.helpDisplayed") throw end;
  }
  return text;
}
