import { existsSync } from "node:fs";
import { nearestName, type TextChoice } from "@softmax/core";
import { type Command, Option } from "commander";
import { readTable } from "../data/read.ts";
import { STEMMER_LANGUAGES } from "../stemmers.ts";
import { STOP_WORD_LANGUAGES, stopWords } from "../stop-words.ts";
import { UsageError } from "./exit.ts";
import { list, pickDefined, share, wholeNumber } from "./reading.ts";

/** commander takes null for a flag without a value. */
type Lengths = readonly [from: number, to: number] | "none";

/** Flags that say how columns of texts are taken. */
export interface TextFlags {
  readonly text?: readonly string[];
  readonly words?: Lengths;
  readonly characters?: Lengths;
  readonly textWeights?: NonNullable<TextChoice["weights"]>;
  readonly minTexts?: number;
  readonly maxShare?: number;
  readonly maxTerms?: number;
  readonly hashBits?: number;
  readonly foldAccents?: boolean;
  /** True unless --no-normalise is given. */
  readonly normalise: boolean;
  readonly stopWords?: string;
  readonly stemmer?: string;
  readonly embeddings?: number;
  /** Of embeddings where there are some, else of the optimiser. */
  readonly epochs?: number;
}

const LONGEST = 16;

export function addTextFlags(command: Command): Command {
  return command
    .optionsGroup("Texts (words, n-grams and weights are chosen by log loss unless said):")
    .option("--text <columns>", "read as texts, by their words and characters", list)
    .option("--words <lengths>", "n-grams of words, such as 1-2, or none", lengths("--words"))
    .option(
      "--characters <lengths>",
      "n-grams of characters, such as 1-5, or none",
      lengths("--characters"),
    )
    .addOption(
      new Option("--text-weights <how>", "what an n-gram counts").choices([
        "tf-idf",
        "bayes",
        "binary",
      ]),
    )
    .option(
      "--min-texts <n>",
      "texts that hold an n-gram, at least (2)",
      wholeNumber("--min-texts", 1),
    )
    .option("--max-share <share>", "of the texts that hold it, at most (1)", share("--max-share"))
    .option(
      "--max-terms <n>",
      "n-grams of words, and of characters, at most (262144)",
      wholeNumber("--max-terms", 1, 2 ** 22),
    )
    .option(
      "--hash-bits <bits>",
      "hash n-grams to 2^bits features (8-22), without a list of them",
      wholeNumber("--hash-bits", 8, 22),
    )
    .option("--fold-accents", "é counts as e")
    .option("--no-normalise", "long texts count for more than short ones")
    .option("--stop-words <which>", "words to leave out: a language, or a file with one a line")
    .addOption(
      new Option("--stemmer <language>", "words by their stems").choices(STEMMER_LANGUAGES),
    )
    .option(
      "--embeddings <m>",
      "embeddings of m numbers an n-gram; --epochs are theirs",
      wholeNumber("--embeddings", 1),
    );
}

/** A parser of lengths of n-grams: "2", "1-3" or "none". */
const lengths =
  (flag: string) =>
  (text: string): Lengths => {
    if (text === "none") return text;
    const [, low, high = low] = /^(\d+)(?:-(\d+))?$/.exec(text) ?? [];
    const [from, to] = [Number(low), Number(high)];
    if (from >= 1 && from <= to && to <= LONGEST) return [from, to];
    throw new UsageError(
      `${flag} expected lengths such as 2 or 1-3, up to ${LONGEST}, or none, got "${text}"`,
    );
  };

/** What the flags choose; undefined where they say nothing. */
export async function textChoiceOf(flags: TextFlags): Promise<TextChoice | undefined> {
  const { embeddings, epochs } = flags;
  const { textWeights, minTexts, maxShare, maxTerms, normalise, stopWords: stops } = flags;
  if (flags.words === "none" && flags.characters === "none") {
    throw new UsageError("--words none and --characters none leave nothing of a text");
  }
  const choice: TextChoice = {
    ...pickDefined(flags, ["hashBits", "foldAccents", "stemmer"]),
    ...(flags.words === undefined ? {} : { words: rangeOf(flags.words) }),
    ...(flags.characters === undefined ? {} : { characters: rangeOf(flags.characters) }),
    ...(textWeights === undefined ? {} : { weights: textWeights }),
    ...(minTexts === undefined ? {} : { leastTexts: minTexts }),
    ...(maxShare === undefined ? {} : { mostShare: maxShare }),
    ...(maxTerms === undefined ? {} : { mostTerms: maxTerms }),
    ...(normalise ? {} : { normalise }),
    ...(embeddings === undefined ? {} : { embeddings }),
    ...(embeddings === undefined || epochs === undefined ? {} : { epochs }),
    ...(stops === undefined ? {} : { stopWords: await stopWordsOf(stops) }),
  };
  return Object.keys(choice).length === 0 ? undefined : choice;
}

const rangeOf = (lengths: Lengths): readonly [number, number] | null =>
  lengths === "none" ? null : lengths;

/** The words of a language's list, or of a file. */
async function stopWordsOf(which: string): Promise<readonly string[]> {
  if (STOP_WORD_LANGUAGES.includes(which)) return stopWords(which);
  if (!existsSync(which) && !/[./\\]/.test(which)) throw noStopWords(which);
  const { table } = await readTable(which, { format: "texts" });
  const words = table.columns[0];
  return words.kind === "text" ? words.dictionary : [];
}

function noStopWords(which: string): UsageError {
  const near = nearestName(which, STOP_WORD_LANGUAGES);
  const hint =
    near === null
      ? `; languages are ${STOP_WORD_LANGUAGES.join(", ")}`
      : `; did you mean "${near}"?`;
  return new UsageError(
    `--stop-words expected a language or a file with a word a line, got "${which}"${hint}`,
  );
}
