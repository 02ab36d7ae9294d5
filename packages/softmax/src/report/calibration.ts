import type {
  BrierTest,
  CalibrationError,
  CalibrationMethod,
  CalibrationMetrics,
  CalibrationReport,
  Estimate,
  Evaluation,
  Report,
} from "@softmax/core";
import { probabilityDiagram, reliabilityDiagram } from "./charts.ts";
import { html, type Markup, name, scrolling } from "./html.ts";
import { metric, pValue, pWords, short } from "./numbers.ts";

const NAMES: ReadonlyMap<CalibrationMethod, string> = new Map([
  ["none", "no calibrator"],
  ["temperature", "a temperature"],
  ["vector", "vector scaling"],
  ["beta", "beta calibration"],
  ["dirichlet", "Dirichlet calibration"],
  ["histogram", "histogram binning"],
  ["isotonic", "isotonic regression"],
]);

/** What a method of calibrating is called. */
export const methodName = (method: CalibrationMethod): string => NAMES.get(method) as string;

/** How logits became probabilities, where that is not as usual; null where it is. */
function calibrationPart(calibration: CalibrationReport | undefined): Markup | null {
  if (calibration === undefined || calibration.asked === "temperature") return null;
  const { method, tried } = calibration;
  const table =
    tried === undefined
      ? null
      : scrolling(
          html`<table><tr><th scope="col">calibrator</th><th scope="col">log loss</th><th scope="col">above the least</th></tr>${tried.map((one) => html`<tr><th scope="row">${methodName(one.method)}${one.method === method ? " (chosen)" : ""}</th><td>${metric(one.logLoss)}</td><td>${one.excess === 0 ? "least" : `+${short(one.excess)} ± ${short(one.standardError)}`}</td></tr>`)}</table>`,
        );
  return html`<p>Calibrated by ${methodName(method)}${tried === undefined ? "" : ", the simplest that is as good as the best on rows that it was not fitted on"}.</p>${table}`;
}

/** How far the probabilities can be taken at their word, measured in more ways than one; null where it was not measured. */
function measuresPart(measured: CalibrationMetrics | undefined): Markup | null {
  if (measured === undefined) return null;
  const { bins, test } = measured;
  return html`<h3>How far they are off</h3><p>Over ${bins} bins; beside each error what it would read if every probability were right, and how often (p) at least as much as here.</p>${errorTable(measured)}${brierTable(measured)}<p>${testSentence(test)}</p>`;
}

const ERRORS: readonly (readonly [keyof CalibrationMetrics, string, string])[] = [
  ["ece", "ECE", "of the most probable class, bins of equal weight"],
  ["eceWidth", "ECE, equal width", "the same in bins of equal width"],
  ["eceDebiased", "ECE, debiased", "less what noise adds"],
  ["mce", "MCE", "the largest gap of a bin"],
  ["eceClasswise", "ECE by class", "mean over the probabilities of all classes"],
];

const cells = ({ value, low, high }: Estimate): Markup =>
  html`<td>${metric(value)}<small class="interval">${metric(low)} – ${metric(high)}</small></td>`;

function errorTable(measured: CalibrationMetrics): Markup {
  const lines = ERRORS.map(([key, label, meaning]) => {
    const error = measured[key] as Estimate & Partial<CalibrationError>;
    const p = error.pValue ?? null;
    return html`<tr><th scope="row">${label}<small>${meaning}</small></th>${cells(error)}${error.expected === undefined ? html`<td></td>` : cells(error.expected)}<td>${p === null ? "" : pValue(p)}</td></tr>`;
  });
  return scrolling(
    html`<table class="metrics"><tr><th></th><th scope="col">here</th><th scope="col">if all were right</th><th scope="col">p</th></tr>${lines}</table>`,
  );
}

const PARTS: readonly (readonly [keyof CalibrationMetrics["brier"], string, string])[] = [
  ["reliability", "Reliability", "squared gap between probability and share: 0 is perfect"],
  ["reliabilityDebiased", "Reliability, debiased", "less what noise adds"],
  ["resolution", "− Resolution", "how far the bins are apart: the more the better"],
  ["uncertainty", "+ Uncertainty", "of the classes alone: no model changes it"],
  ["withinVariance", "+ Variance within bins", ""],
  ["withinCovariance", "− Covariance within bins", ""],
];

function brierTable({ brier }: CalibrationMetrics): Markup {
  const lines = PARTS.map(
    ([key, label, meaning]) =>
      html`<tr><th scope="row">${label}${meaning === "" ? null : html`<small>${meaning}</small>`}</th>${cells(brier[key])}</tr>`,
  );
  return html`<h3>The parts of the Brier score</h3>${scrolling(html`<table class="metrics">${lines}</table>`)}`;
}

/** What Spiegelhalter's test says. */
function testSentence(test: BrierTest | null): string {
  if (test === null) return "Spiegelhalter's test says nothing here: no row's score can vary.";
  const { z, pValue: p } = test;
  const numbers = `(Spiegelhalter's z ${z.toFixed(1)}, ${pWords(p).replaceAll(" ", "\u00a0")})`;
  return p < 0.05
    ? `As a whole the probabilities are ${sureWords(test)} ${numbers}.`
    : `As a whole nothing speaks against the probabilities ${numbers}.`;
}

/** On which side probabilities err. */
export const sureWords = ({ z }: BrierTest): string =>
  z > 0 ? "too sure of themselves" : "not sure enough of themselves";

/** Whether probabilities can be taken at their word, in pictures and numbers. */
export function reliabilitySection({ metrics, calibration }: Evaluation, report: Report): Markup {
  const ofClass = classFigure(calibration, report.classes);
  const confidence = html`<figure>${reliabilityDiagram(metrics.reliability)}<figcaption>By confidence: how often the most probable class was right.</figcaption></figure>`;
  return html`<section><h2>Can the probabilities be trusted?</h2><p>Each dot is a fifteenth of the rows, with a 95 % interval. On the dashed line what was promised came true; below it, the model is too sure.</p><div class="pair">${confidence}${ofClass}</div>${measuresPart(calibration)}${calibrationPart(report.calibration)}</section>`;
}

/** Of two classes the probability of one, promised against what came true; null of more. */
function classFigure(
  measured: CalibrationMetrics | undefined,
  classes: Report["classes"],
): Markup | null {
  if (measured?.classes.length !== 1 || classes.length !== 2) return null;
  const [{ class: c, curve }] = measured.classes;
  return html`<figure>${probabilityDiagram(curve)}<figcaption>By the probability of ${name(classes[c].label, 40)}: how often it came true.</figcaption></figure>`;
}
