import type { Report, TunedOptions, TuneReport, TuneTrial } from "@softmax/core";
import { html, type Markup, scrolling } from "./html.ts";
import { count, plural, signed } from "./numbers.ts";
import { commandPart } from "./provenance.ts";

/** Trials listed at most; the rest is in the JSON. */
const LISTED = 60;

type Lengths = readonly [from: number, to: number] | null;

/** Flags of `softmax train` that say what a search has chosen, in words of a shell. */
export function tunedFlags({ texts = {}, images = {}, ...top }: TunedOptions): string[] {
  const lengths = (range: Lengths | undefined): string | undefined =>
    range === undefined ? undefined : range === null ? "none" : range.join("-");
  return [
    ...flag("--linear", top.linear),
    ...flag("--l1-ratio", top.l1Ratio),
    ...flag("--hidden", top.hidden?.join(",")),
    ...flag("--activation", top.activation),
    ...flag("--dropout", top.dropout),
    ...flag("--learning-rate", top.learningRate),
    ...flag("--weight-decay", top.weightDecay),
    ...flag("--batch-size", top.batchSize),
    ...flag("--epochs", top.epochs),
    ...flag("--average-seeds", top.averageSeeds),
    ...flag("--words", lengths(texts.words)),
    ...flag("--characters", lengths(texts.characters)),
    ...flag("--text-weights", texts.weights),
    ...flag("--min-texts", texts.leastTexts),
    ...flag("--max-share", texts.mostShare),
    ...flag("--no-normalise", texts.normalise === false ? true : undefined),
    ...flag("--image-features", images.features),
    ...flag("--image-size", images.size),
    ...flag("--patch", images.patch),
    ...flag("--centroids", images.centroids),
    ...flag("--image-grid", images.grid),
    ...flag("--calibration", top.calibration),
  ];
}

const flag = (name: string, value: string | number | boolean | undefined): string[] =>
  value === undefined ? [] : value === true ? [name] : [name, String(value)];

/** A way of training in words. */
export const tunedWords = (options: TunedOptions, isDefault = false): string => {
  const flags = tunedFlags(options).join(" ");
  return isDefault || flags === "" ? "the default" : flags;
};

/** "41 ways of training beside the default: 9 judged to the end, 30 dropped, 2 stopped early" */
export function countWords({ counts }: TuneReport): string {
  const { tried, finished, dropped, killed, failed, unfinished } = counts;
  const parts = [
    [finished, "judged to the end"],
    [dropped, "dropped"],
    [killed, "stopped early"],
    [failed, "not possible"],
    [unfinished, "unfinished"],
  ] as const;
  const shown = parts.filter(([n]) => n > 0).map(([n, what]) => `${count(n)} ${what}`);
  const ways = `${plural(tried, "way")} of training beside the default`;
  return shown.length === 0 ? ways : `${ways}: ${shown.join(", ")}`;
}

/** What ships, and why. */
export function keptWords({ kept, options, ended }: TuneReport): string {
  switch (kept) {
    case null:
      return `Found: ${tunedWords(options)}`;
    case "nothing better":
      return "The default stays: nothing is better by more than one standard error";
    case "worse on held-out rows":
      return "The default stays: what was found is worse on the rows held out, by more than one standard error";
    case "no time":
      return ended === "stopped"
        ? "The default stays: the search was stopped before anything stood beside it"
        : "The default stays: the time was too short for anything to stand beside it";
  }
}

/** "−0.0120 ± 0.0012" */
const differenceWords = (difference: number, standardError: number | null): string =>
  standardError === null
    ? signed(difference, 4)
    : `${signed(difference, 4)} ± ${lossWords(standardError)}`;

/** A log loss as those of a search are told apart: four decimals. */
const lossWords = (loss: number): string => (Number.isFinite(loss) ? loss.toFixed(4) : "∞");

/** What a search tried, and what it found. */
export function tuneSection({ tune }: Report): Markup | null {
  if (tune === undefined) return null;
  const { rows, found, command } = tune;
  const again =
    command === undefined
      ? null
      : html`<p>The same model without a search:</p>${commandPart(command)}`;
  const heldOut =
    found === null
      ? "Nothing was chosen, so the numbers above are those of a training without a search."
      : `${count(rows.heldOut)} rows were held out of it: the numbers above are of those, by fits that saw none of them.`;
  return html`<section><h2>What the search tried</h2><p>${countWords(tune)}, on ${count(rows.search)} rows. ${heldOut} ${keptWords(tune)}.</p>${found === null ? null : findingTable(found)}${again}${trialsTable(tune)}</section>`;
}

/** Log losses of the default and of what was found, on the rows of the search and on those held out of it, and their difference. */
export const findingRows = ({
  options,
  search,
  heldOut,
}: NonNullable<TuneReport["found"]>): readonly (readonly [string, string, string])[] => [
  ["the default", lossWords(search.default), lossWords(heldOut.default)],
  [tunedWords(options), lossWords(search.found), lossWords(heldOut.found)],
  [
    "difference",
    differenceWords(search.difference, search.standardError),
    differenceWords(heldOut.difference, heldOut.standardError),
  ],
];

function findingTable(found: NonNullable<TuneReport["found"]>): Markup {
  const cells = findingRows(found).map(
    ([what, inside, outside]) =>
      html`<tr><th scope="row">${what}</th><td>${inside}</td><td>${outside}</td></tr>`,
  );
  return scrolling(
    html`<table><tr><th scope="col">log loss</th><th scope="col">search</th><th scope="col">held out</th></tr>${cells}</table>`,
  );
}

function trialsTable({ candidates, rounds }: TuneReport): Markup | null {
  if (candidates.length === 0) return null;
  const lines = candidates.slice(0, LISTED).map((trial) => {
    const { options, isDefault, judged, outcome } = trial;
    const about = [
      ...(judged === null ? [] : [roundWords(rounds[judged.round])]),
      outcomeWords(trial, outcome),
    ].filter((words) => words !== "");
    return html`<tr><th scope="row">${tunedWords(options, isDefault)}<small>${about.join("; ")}</small></th><td>${judged === null ? "" : lossWords(judged.logLoss)}</td></tr>`;
  });
  const more = candidates.length - LISTED;
  return html`${scrolling(html`<table><tr><th scope="col">way, and what judged it</th><th scope="col">log loss</th></tr>${lines}</table>`)}${more > 0 ? html`<p>and ${count(more)} more, in the JSON.</p>` : null}`;
}

const roundWords = ({ rows, oneFold }: TuneReport["rounds"][number]): string =>
  `${plural(rows, "row")}, ${oneFold ? "one fold" : "all folds"}`;

const OUTCOMES = {
  finished: "",
  dropped: "dropped",
  killed: "stopped early",
  failed: "not possible",
  unfinished: "unfinished",
} as const;

const outcomeWords = ({ reason }: TuneTrial, outcome: TuneTrial["outcome"]): string =>
  reason === undefined ? OUTCOMES[outcome] : `${OUTCOMES[outcome]}: ${reason}`;
