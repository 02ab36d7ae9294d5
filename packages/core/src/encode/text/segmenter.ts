import { codePoints, KIND_MASK, lookUp } from "./code-points.ts";
import { MARK } from "./unicode-tables.ts";

/** Codes handed over at once: Node 20's segmenter is quadratic in the length. */
const MOST = 256;

/** Takes a token, as a half-open range of codes. */
export type Emit = (start: number, end: number) => void;

/** "und" would not do: no runtime has rules of that name, so it would follow the locale of the machine. */
const LOCALE = "en";

let segmenter: Intl.Segmenter | null | undefined;

function theSegmenter(): Intl.Segmenter | null {
  if (segmenter === undefined) {
    const there = typeof Intl === "object" && typeof Intl.Segmenter === "function";
    segmenter = there ? new Intl.Segmenter(LOCALE, { granularity: "word" }) : null;
  }
  return segmenter;
}

/**
 * Cuts codes start…end, a run of letters of scripts without spaces and marks, into words. Returns whether
 * Intl.Segmenter had a say; without it each letter, with its marks, is a word.
 */
export function cutRun(codes: Int32Array, start: number, end: number, emit: Emit): boolean {
  const segments = theSegmenter();
  if (segments === null) {
    for (let from = start, to = start; from < end; from = to) {
      for (to = from + 1; to < end && isMark(codes[to]); ) to++;
      emit(from, to);
    }
    return false;
  }
  for (let from = start; from < end; ) from = cutPiece(segments, codes, from, end, emit);
  return true;
}

const isMark = (code: number): boolean =>
  (lookUp(codePoints().properties, code) & KIND_MASK) === MARK;

/** Cuts the run's next piece; returns where to go on: the last word of a full piece is read again with what follows. */
function cutPiece(
  segments: Intl.Segmenter,
  codes: Int32Array,
  start: number,
  end: number,
  emit: Emit,
): number {
  const stop = Math.min(end, start + MOST);
  const text = String.fromCodePoint(...codes.subarray(start, stop));
  let from = start;
  let to = start;
  let units = 0;
  for (const { index } of segments.segment(text)) {
    for (; units < index; to++) units += codes[to] > 0xffff ? 2 : 1;
    if (to > from) emit(from, to);
    from = to;
  }
  if (stop < end && from > start) return from;
  emit(from, stop);
  return stop;
}

/** Chinese, Japanese, Thai, Lao, Khmer and Burmese, never to be changed. */
const PROBE =
  "我们在北京大学学习机器学习的基本概念和方法今天的天气非常好東京都に住んでいる人々は毎日電車で会社へ行きます" +
  "ภาษาไทยเป็นภาษาที่ไม่มีการเว้นวรรคระหว่างคำພາສາລາວບໍ່ມີຍະຫວ່າງລະຫວ່າງຄຳ" +
  "ភាសាខ្មែរមិនមានដកឃ្លារវាងពាក្យទេမြန်မာဘာသာစကားသည်တိဗက်ဗမာဘာသာစကားဖြစ်သည်";

/**
 * Eight hexadecimal digits that tell how this runtime's Intl.Segmenter cuts a frozen text (FNV-1a over the ends of its
 * words), or "none" where there is no Intl.Segmenter. Equal fingerprints do not prove equal cuts of all texts.
 */
export function segmenterFingerprint(): string {
  let hash = 0x811c9dc5;
  const codes = Int32Array.from(PROBE, (character) => character.codePointAt(0)!);
  const segmented = cutRun(codes, 0, codes.length, (_, end) => {
    hash = Math.imul(hash ^ end, 0x01000193) >>> 0;
  });
  return segmented ? hash.toString(16).padStart(8, "0") : "none";
}
