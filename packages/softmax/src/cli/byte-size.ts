const UNITS = new Map([
  ["M", 2 ** 20],
  ["G", 2 ** 30],
]);

/** The bytes that "512MB" or "2GiB" means, up to a pebibyte; NaN for anything else. */
export function byteSize(text: string): number {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)([MG])i?B?$/i.exec(text) ?? [];
  const bytes = Math.floor(Number(digits) * (UNITS.get(unit?.toUpperCase() ?? "") ?? Number.NaN));
  return bytes <= 2 ** 50 ? bytes : Number.NaN;
}
