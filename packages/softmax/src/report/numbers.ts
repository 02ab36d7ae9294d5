/** Numbers as people read them, in fixed English form whatever the locale. */

/** A metric: three decimals, four below 0.1. */
export const metric = (value: number): string =>
  Number.isFinite(value) ? value.toFixed(value !== 0 && Math.abs(value) < 0.1 ? 4 : 3) : "–";

/** "32,561" */
export const count = (value: number): string => String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ",");

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

/** "12.3 KB" */
export function bytes(size: number): string {
  if (size < 1024) return `${size} bytes`;
  const kilobytes = size / 1024;
  return kilobytes < 1024 ? `${kilobytes.toFixed(1)} KB` : `${(kilobytes / 1024).toFixed(1)} MB`;
}

/** "1 row", "2 rows" */
export const plural = (n: number, noun: string): string =>
  `${count(n)} ${noun}${n === 1 ? "" : "s"}`;
