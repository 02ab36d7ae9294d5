/** Numbers as people read them, in fixed English form whatever the locale. */

/** A metric: three decimals, four below 0.1. */
export function metric(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const text = value.toFixed(value !== 0 && Math.abs(value) < 0.1 ? 4 : 3);
  return Number(text) === 0 ? text.replace("-", "") : text;
}

/** "32,561" */
export const count = (value: number): string => String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ",");

/** Weighted rows: "12", "12.5" */
export const weighted = (value: number): string => {
  const [whole, decimals] = String(Math.round(value * 10) / 10).split(".");
  return decimals === undefined ? count(Number(whole)) : `${count(Number(whole))}.${decimals}`;
};

/** "24.1 %" */
export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** At most four significant digits: "0.125", "12,500", "1.2e-7". */
export function short(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size < 1e-4 || size >= 1e7) return value.toExponential(1);
  const rounded = Number(value.toPrecision(4));
  return size >= 1e4 ? count(Math.round(rounded)) : String(rounded);
}

/** How many times, of a logarithm of at least 0: "1.04", "1.8", "45", "more than 10,000". */
export function fold(logRatio: number): string {
  const ratio = Math.exp(logRatio);
  if (!(ratio <= 10_000)) return "more than 10,000";
  if (ratio >= 9.95) return count(Number(ratio.toPrecision(2)));
  return ratio < 1.095 ? ratio.toFixed(2) : ratio.toFixed(1);
}

/** Three significant digits below 1, four above. */
export function figure(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size < 1e-4 || size >= 1e6) return value.toExponential(1);
  if (size < 1e4) return value.toPrecision(size < 1 ? 3 : 4);
  return count(Math.round(value));
}

/** "0.012", "<0.001" */
export const pValue = (p: number): string => (p < 0.001 ? "<0.001" : p.toFixed(3));

/** "p = 0.012", "p < 0.001" */
export const pWords = (p: number): string => (p < 0.001 ? "p < 0.001" : `p = ${p.toFixed(3)}`);

/** A factor, of its logarithm: "×1.8", "×0.04". */
export function factor(logRatio: number): string {
  const ratio = Math.exp(logRatio);
  if (ratio >= 9999.5) return "×10,000+";
  if (ratio < 0.000095) return "×0.0001−";
  return `×${short(Number(ratio.toPrecision(2)))}`;
}

/** Log-odds: "+1.23", "−0.05", "0.00"; to one decimal "+1.2". */
export function signed(value: number, decimals = 2): string {
  const size = Math.abs(value).toFixed(decimals);
  return Number(size) === 0 ? size : `${value < 0 ? "−" : "+"}${size}`;
}

/** "12.3 KB" */
export function bytes(size: number): string {
  if (size < 1024) return `${size} bytes`;
  const kilobytes = size / 1024;
  return kilobytes < 1024 ? `${kilobytes.toFixed(1)} KB` : `${(kilobytes / 1024).toFixed(1)} MB`;
}

/** "1 row", "2 rows" */
export const plural = (n: number, noun: string): string =>
  `${count(n)} ${noun}${n === 1 ? "" : "s"}`;

/** The text, cut to at most `width` characters. */
export const clip = (text: string, width: number): string => {
  const characters = [...text];
  return characters.length <= width ? text : `${characters.slice(0, width - 1).join("")}…`;
};

/** 2024-02-29, of days since 1970. */
export const dateText = (days: number): string => {
  const date = new Date(Math.round(days) * 86_400_000);
  return Number.isNaN(date.getTime()) ? short(days) : date.toISOString().slice(0, 10);
};

/** "Uses 5 of 20 columns, 9 of 61 features": what a penalty with an L1 part left. */
export const usedWords = (
  used: { readonly columns: number; readonly features: number },
  columns: number,
  features: number,
): string =>
  `Uses ${count(used.columns)} of ${plural(columns, "column")}, ${count(used.features)} of ${plural(features, "feature")}`;
