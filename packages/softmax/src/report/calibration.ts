import type { CalibrationMethod, CalibrationReport } from "@softmax/core";
import { html, type Markup } from "./html.ts";
import { metric, short } from "./numbers.ts";

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
export function calibrationPart(calibration: CalibrationReport | undefined): Markup | null {
  if (calibration === undefined || calibration.asked === "temperature") return null;
  const { method, tried } = calibration;
  const table =
    tried === undefined
      ? null
      : html`<div class="scroll"><table><tr><th scope="col">calibrator</th><th scope="col">log loss</th><th scope="col">above the least</th></tr>${tried.map((one) => html`<tr><th scope="row">${methodName(one.method)}${one.method === method ? " (chosen)" : ""}</th><td>${metric(one.logLoss)}</td><td>${one.excess === 0 ? "least" : `+${short(one.excess)} ± ${short(one.standardError)}`}</td></tr>`)}</table></div>`;
  return html`<p>Calibrated by ${methodName(method)}${tried === undefined ? "" : ", the simplest that is as good as the best on rows that it was not fitted on"}.</p>${table}`;
}
