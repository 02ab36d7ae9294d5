/** What the bytes beyond ASCII look like. */
interface Counts {
  /** Position of the first byte that belongs to no UTF-8 sequence, or −1. */
  first: number;
  /** UTF-8 sequences of several bytes, and bytes beyond ASCII that belong to none. */
  sequences: number;
  strays: number;
  /** Bytes beyond ASCII, and those of them that stand in runs of three or more that differ from their neighbour. */
  high: number;
  inRuns: number;
  controls: number;
  /** Bytes that Windows-1252 has no character for, and NUL. */
  impossible: number;
}

/**
 * Where bytes that are no valid UTF-8 plausibly are Latin text in Windows-1252: the position of the first byte that is no
 * UTF-8. Else null.
 *
 * Twenty stray bytes outweigh one UTF-8 sequence; a file with more sequences is damaged UTF-8. Letters beyond ASCII stand
 * between plain ones in Latin scripts: where more than a quarter are in runs, it is another script. Control characters
 * are below one in a hundred.
 */
export function firstLatinByte(bytes: Uint8Array): number | null {
  const { first, sequences, strays, high, inRuns, controls, impossible } = counted(bytes);
  const isPlausible =
    first >= 0 &&
    impossible === 0 &&
    sequences * 20 <= strays &&
    inRuns * 4 <= high &&
    controls * 100 <= bytes.length;
  return isPlausible ? first : null;
}

function counted(bytes: Uint8Array): Counts {
  const counts: Counts = {
    first: -1,
    sequences: 0,
    strays: 0,
    high: 0,
    inRuns: 0,
    controls: 0,
    impossible: 0,
  };
  let run = 0;
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] < 0x80) {
      run = 0;
      countPlain(bytes[at], counts);
      continue;
    }
    if (run === 0 || bytes[at] !== bytes[at - 1]) run++;
    if (run >= 3) counts.inRuns += run === 3 ? 3 : 1;
    counts.high++;
    countHigh(bytes, at, counts);
  }
  return counts;
}

/** Tabs, line ends, form feeds and the end mark of DOS are text. */
function countPlain(byte: number, counts: Counts): void {
  if (byte === 0) counts.impossible++;
  else if ((byte < 32 && (byte < 9 || byte > 13) && byte !== 26) || byte === 127) counts.controls++;
}

const UNDEFINED = new Set([0x81, 0x8d, 0x8f, 0x90, 0x9d]);

function countHigh(bytes: Uint8Array, at: number, counts: Counts): void {
  if (sequenceLength(bytes, at) > 0) counts.sequences++;
  else if (!isInSequence(bytes, at)) {
    counts.strays++;
    if (UNDEFINED.has(bytes[at])) counts.impossible++;
    if (counts.first < 0) counts.first = at;
  }
}

/** A continuation byte of a sequence that starts up to three bytes before. */
function isInSequence(bytes: Uint8Array, at: number): boolean {
  for (let back = 1; back <= 3; back++) {
    if (sequenceLength(bytes, at - back) > back) return true;
  }
  return false;
}

/** Bytes of the UTF-8 sequence of several bytes that starts at `at` (Unicode, table 3-7); 0 where none does. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at];
  if (!(lead >= 0xc2 && lead <= 0xf4)) return 0;
  const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (!(bytes[at + 1] >= low && bytes[at + 1] <= high)) return 0;
  for (let i = 2; i < length; i++) {
    if ((bytes[at + i] & 0xc0) !== 0x80) return 0;
  }
  return length;
}
