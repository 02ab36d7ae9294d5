import type { Estimate, Evaluation, PriorShare } from "@softmax/core";
import { sureWords } from "../report/calibration.ts";
import { metric, pWords } from "../report/numbers.ts";
import { PRIOR_CLASSES, shareWords } from "../report/prior.ts";
import { tableText, visible, wrap } from "./text.ts";

/** Below this the terminal speaks of a test of calibration. */
const WORTH_SAYING = 0.01;
const NAME = 40;

/** What a test says against calibration; nothing where it does not. */
export function calibrationLines({ calibration }: Pick<Evaluation, "calibration">): string[] {
  const test = calibration?.test ?? null;
  if (test === null || test.pValue >= WORTH_SAYING) return [];
  return wrap(
    `The probabilities are ${sureWords(test)} (Spiegelhalter's z ${test.z.toFixed(1)}, ${pWords(test.pValue)}).`,
  );
}

/** How good the probabilities for the stated prior are, where there is one. */
export function priorLines({ atPrior }: Evaluation): string[] {
  if (atPrior === undefined) return [];
  const { metrics, prior, calibration } = atPrior;
  const { perClass, positive } = metrics;
  const of: readonly (readonly [string, Estimate, string])[] = [
    ["accuracy", metrics.accuracy, metric(metrics.baseline.accuracy.value)],
    ["log loss", metrics.logLoss, metric(metrics.baseline.logLoss.value)],
    ["Brier score", metrics.brier, ""],
    ["ECE", metrics.ece, `${metric(metrics.eceExpected.value)} if calibration were perfect`],
  ];
  const own = positive === null ? null : perClass[positive];
  return [
    "",
    ...wrap(`The same rows weighted to the prior ${priorWords(prior)}:`),
    tableText(
      [
        { head: "" },
        { head: "value", align: "right" },
        { head: "95 % interval", align: "right" },
        { head: "baseline" },
      ],
      of.map(([name, { value, low, high }, base]) => [
        name,
        metric(value),
        `${metric(low)} – ${metric(high)}`,
        base,
      ]),
    ),
    ...(own === null || positive === null
      ? []
      : wrap(
          `There, for ${clip(prior[positive].label)}: precision ${metric(own.precision)}, recall ${metric(own.recall)}.`,
        )),
    ...calibrationLines(calibration === undefined ? {} : { calibration }),
  ];
}

/** "no 98.0 %, yes 2.0 %" */
export function priorWords(prior: readonly PriorShare[]): string {
  const shown = prior
    .slice(0, PRIOR_CLASSES)
    .map(({ label, share }) => `${clip(label)} ${shareWords(share)}`);
  const more = prior.length - shown.length;
  return visible(more > 0 ? `${shown.join(", ")} and ${more} more` : shown.join(", "));
}

const clip = (text: string): string => (text.length > NAME ? `${text.slice(0, NAME - 1)}…` : text);
