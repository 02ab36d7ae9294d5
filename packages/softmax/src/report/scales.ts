/** Where values stand on an axis, and which of them it names. */

export type Range = readonly [low: number, high: number];

export interface Tick {
  readonly value: number;
  readonly text: string;
}

/** Up to seven round values inside the range. */
export function ticks([from, to]: Range): number[] {
  const span = to - from;
  if (!(span > 0)) return [from];
  const step = roundUp(span / 6);
  const first = Math.ceil(from / step - 1e-9);
  const last = Math.floor(to / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) =>
    Number(((first + i) * step).toPrecision(12)),
  );
}

/** The least of 1, 2 and 5 times a power of ten that is at least `value`. */
export function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((m) => m * power).find((step) => step >= value * (1 - 1e-9)) as number;
}

/** Round factors inside a range of logarithms. */
export function factorTicks([from, to]: Range): Tick[] {
  const decades = (to - from) / Math.LN10;
  if (decades < 0.5) {
    return ticks([Math.exp(from), Math.exp(to)]).map((ratio) => tick(ratio));
  }
  const within = (step: number, digits: readonly number[]): Tick[] => {
    const first = Math.floor(from / Math.LN10 / step) * step;
    const last = Math.ceil(to / Math.LN10);
    const list: Tick[] = [];
    for (let power = first; power <= last; power += step) {
      for (const digit of digits) list.push(tick(Number(`${digit}e${power}`)));
    }
    return list.filter(({ value }) => value >= from && value <= to);
  };
  if (decades < 1.5) return within(1, [1, 2, 5]);
  return decades < 3 ? within(1, [1, 3]) : within(Math.ceil(decades / 5), [1]);
}

const tick = (ratio: number): Tick => ({ value: Math.log(ratio), text: `×${plain(ratio)}` });

const plain = (ratio: number): string =>
  ratio >= 1e4 || ratio < 1e-3
    ? ratio.toExponential(0).replace("+", "")
    : String(Number(ratio.toPrecision(3)));

/** Powers of ten inside a range of logarithms, at most six. */
export function powerTicks([from, to]: Range): Tick[] {
  const step = Math.max(1, Math.ceil((to - from) / Math.LN10 / 6 - 1e-9));
  const first = Math.ceil(from / Math.LN10 - 1e-9);
  const last = Math.floor(to / Math.LN10 + 1e-9);
  const list: Tick[] = [];
  for (let power = first; power <= last; power += step) {
    const text = power < -3 || power > 4 ? `1e${power}` : String(Number(`1e${power}`));
    list.push({ value: power * Math.LN10, text });
  }
  return list;
}

/** The range of values, with a margin; [0, 1] of none. */
export function rangeOf(values: Iterable<number>, margin = 0.04): Range {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (!(low <= high)) return [0, 1];
  const more = low === high ? Math.abs(low) * 0.1 || 1 : (high - low) * margin;
  return [low - more, high + more];
}
