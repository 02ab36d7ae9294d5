import { createRandom } from "../../base/random.ts";
import type { PixelBlock } from "../../kernels/patches.ts";
import type { ImageChoice } from "./options.ts";

/** An image moved by so many pixels, what comes in repeating its edge, and then mirrored. */
interface Move {
  readonly right: number;
  readonly down: number;
  /** Left and right change places. */
  readonly across: boolean;
  /** Above and below do. */
  readonly over: boolean;
}

/** Versions of an image where they are not counted. */
const USUAL_VERSIONS = 6;

/** Versions of each image that are learned from, the image itself among them: no more than there are; 1 where none are asked for. */
export const versionsOf = (choice: ImageChoice = {}): number =>
  Math.min(choice.versions ?? USUAL_VERSIONS, movesOf(choice).length);

/** All moves that the choice allows; the first leaves an image as it is. */
function movesOf({ shift = 0, flip }: ImageChoice): Move[] {
  const steps = [0];
  for (let by = 1; by <= shift; by++) steps.push(by, -by);
  const across = flip === "horizontal" || flip === "both" ? [false, true] : [false];
  const over = flip === "vertical" || flip === "both" ? [false, true] : [false];
  return over.flatMap((o) =>
    across.flatMap((a) =>
      steps.flatMap((down) => steps.map((right) => ({ right, down, across: a, over: o }))),
    ),
  );
}

/** Images to learn from, in several versions: behind the images as they are stand the others of the first, of the second and so on. */
export interface Versions {
  readonly count: number;
  /** Turns images of a block, the first of which stands at position `first`, into their versions. */
  alter(block: PixelBlock, first: number): void;
}

/** Of each of so many images different versions, drawn by the seed; null where there is one alone. */
export function drawVersions(choice: ImageChoice, images: number, seed: number): Versions | null {
  const moves = movesOf(choice);
  const count = versionsOf(choice);
  if (count === 1) return null;
  const drawn = drawMoves(moves.length, images, count - 1, seed);
  return {
    count,
    alter(block, first) {
      const bytes = block.width * block.height * block.channels;
      const before = new Uint8Array(bytes);
      for (let i = Math.max(0, images - first); i < block.count; i++) {
        const own = block.data.subarray(i * bytes, (i + 1) * bytes);
        before.set(own);
        moveImage(before, own, block, moves[drawn[first + i - images]]);
      }
    },
  };
}

/** For each image `others` different numbers from 1 to below `moves`. */
function drawMoves(moves: number, images: number, others: number, seed: number): Uint16Array {
  const random = createRandom(seed);
  const drawn = new Uint16Array(images * others);
  const lastOf = new Int32Array(moves).fill(-1);
  for (let image = 0, at = 0; image < images; image++) {
    for (const end = at + others; at < end; ) {
      const move = 1 + random.below(moves - 1);
      if (lastOf[move] === image) continue;
      lastOf[move] = image;
      drawn[at++] = move;
    }
  }
  return drawn;
}

function moveImage(
  from: Uint8Array,
  to: Uint8Array,
  { width, height, channels }: PixelBlock,
  { right, down, across, over }: Move,
): void {
  const columns = sourcesOf(width, right, across);
  const rows = sourcesOf(height, down, over);
  let at = 0;
  for (const y of rows) {
    for (const x of columns) {
      const source = (y * width + x) * channels;
      for (let c = 0; c < channels; c++) to[at++] = from[source + c];
    }
  }
}

/** Where along an axis of n pixels each comes from. */
const sourcesOf = (n: number, by: number, mirrored: boolean): Int32Array =>
  Int32Array.from({ length: n }, (_, i) =>
    Math.min(n - 1, Math.max(0, (mirrored ? n - 1 - i : i) - by)),
  );
