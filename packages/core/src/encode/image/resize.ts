import type { Picture } from "../../base/image.ts";

/**
 * Pictures brought to a size: along each axis by the mean over the area that a pixel covers where it shrinks, linearly between the
 * centres of two pixels where it grows. All weights and sums are whole numbers below 2^53, divided once and rounded half up,
 * so that the same pixels give the same bytes everywhere.
 */
interface Taps {
  /** First source pixel of each target pixel. */
  readonly first: Int32Array;
  /** Its weights: `most` numbers a target pixel, zeros behind the last. */
  readonly weights: Float64Array;
  readonly most: number;
  /** Their sum, the same for every target pixel. */
  readonly total: number;
}

const tapsOf = (from: number, to: number): Taps => (to < from ? areas(from, to) : lines(from, to));

/** Target pixel i covers [i·from, (i + 1)·from) where source pixel j covers [j·to, (j + 1)·to). */
function areas(from: number, to: number): Taps {
  const most = Math.ceil(from / to) + 1;
  const first = new Int32Array(to);
  const weights = new Float64Array(to * most);
  for (let i = 0; i < to; i++) {
    const [start, end] = [i * from, (i + 1) * from];
    first[i] = Math.floor(start / to);
    for (let t = 0; t < most; t++) {
      const j = first[i] + t;
      weights[i * most + t] = Math.max(0, Math.min(end, (j + 1) * to) - Math.max(start, j * to));
    }
  }
  return { first, weights, most, total: from };
}

/** The centre of target pixel i is at ((2 i + 1)·from − to) / (2 to) between the centres of source pixels, held within them. */
function lines(from: number, to: number): Taps {
  const first = new Int32Array(to);
  const weights = new Float64Array(2 * to);
  const total = 2 * to;
  for (let i = 0; i < to; i++) {
    const centre = Math.min(Math.max((2 * i + 1) * from - to, 0), total * (from - 1));
    first[i] = Math.min(Math.floor(centre / total), Math.max(0, from - 2));
    const right = centre - first[i] * total;
    weights.set([total - right, right], 2 * i);
  }
  return { first, weights, most: 2, total };
}

/** Writes a picture at a size and in 1 or 3 channels to `out` from `at` on. */
export type Resizer = (picture: Picture, out: Uint8Array, at: number) => void;

/** A resizer to one size, quick for many pictures of few sizes. */
export function createResizer(width: number, height: number, channels: 1 | 3): Resizer {
  const known = new Map<number, Taps>();
  const along = (from: number, to: number): Taps => {
    const key = from * 2 ** 16 + to;
    const taps = known.get(key) ?? tapsOf(from, to);
    known.set(key, taps);
    return taps;
  };
  return (given, out, at) => {
    const picture = inChannels(given, channels);
    if (picture.width === width && picture.height === height) {
      out.set(picture.data, at);
      return;
    }
    const across = along(picture.width, width);
    const down = along(picture.height, height);
    blend(squeezeRows(picture, width, across), picture.height, width * channels, down, {
      ...{ out, at, height },
      total: across.total * down.total,
    });
  };
}

/** Grey of a colour: 0.30 red + 0.59 green + 0.11 blue, in whole numbers of 256. */
function inChannels(picture: Picture, channels: 1 | 3): Picture {
  if (picture.channels === channels) return picture;
  const { width, height, data } = picture;
  const out = new Uint8Array(width * height * channels);
  if (channels === 3) for (let at = 0; at < out.length; at++) out[at] = data[Math.floor(at / 3)];
  else {
    for (let at = 0; at < out.length; at++) {
      out[at] = (77 * data[3 * at] + 150 * data[3 * at + 1] + 29 * data[3 * at + 2] + 128) >> 8;
    }
  }
  return { width, height, channels, data: out };
}

/** Every row at the target's width, times the taps' total. */
function squeezeRows(
  { width: from, height, channels, data }: Picture,
  width: number,
  { first, weights, most }: Taps,
): Float64Array {
  const out = new Float64Array(height * width * channels);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const taps = Math.min(most, from - first[x]);
      const start = (y * from + first[x]) * channels;
      for (let c = 0; c < channels; c++, at++) {
        let sum = 0;
        for (let t = 0; t < taps; t++)
          sum += weights[x * most + t] * data[start + t * channels + c];
        out[at] = sum;
      }
    }
  }
  return out;
}

interface Target {
  readonly out: Uint8Array;
  readonly at: number;
  readonly height: number;
  readonly total: number;
}

function blend(
  rows: Float64Array,
  from: number,
  line: number,
  { first, weights, most }: Taps,
  { out, at, height, total }: Target,
): void {
  const sums = new Float64Array(line);
  for (let y = 0; y < height; y++) {
    sums.fill(0);
    const taps = Math.min(most, from - first[y]);
    for (let t = 0; t < taps; t++) {
      const weight = weights[y * most + t];
      const start = (first[y] + t) * line;
      for (let j = 0; j < line; j++) sums[j] += weight * rows[start + j];
    }
    for (let j = 0; j < line; j++) {
      out[at + y * line + j] = Math.floor((2 * sums[j] + total) / (2 * total));
    }
  }
}

/** A picture no longer than `side` on its longer side; the same one where it is none. */
export function heldPicture(picture: Picture, side = HELD_SIDE): Picture {
  const { width, height, channels } = picture;
  const longer = Math.max(width, height);
  if (longer <= side) return picture;
  const scaled = (length: number): number =>
    Math.max(1, Math.floor((2 * length * side + longer) / (2 * longer)));
  const [w, h] = [scaled(width), scaled(height)];
  const data = new Uint8Array(w * h * channels);
  createResizer(w, h, channels)(picture, data, 0);
  return { width: w, height: h, channels, data };
}

/** Pixels of the longer side up to which a source keeps a picture: no encoder looks closer. */
export const HELD_SIDE = 128;
