import type { ImageColumn, Picture } from "../../base/image.ts";
import type { Table } from "../../base/table.ts";
import { type ImageEncoder, type ImageShape, pixelBlock } from "./image.ts";
import { bankScales, learnBank, pixelScales } from "./learn.ts";
import type { PatchMachine } from "./machine.ts";
import { type ImageChoice, LEAST_SIDE } from "./options.ts";

/** Size of images that have no common one, and the most that a common one may have to be kept. */
const USUAL_SIDE = 32;
const USUAL = { side: 6, centroids: 400, grid: 3 };

/** The ways of taking images that are tried, the simplest first. `pictures`: those of all columns. */
export function imageShapes(pictures: readonly Picture[], choice: ImageChoice): ImageShape[] {
  const { features } = choice;
  const channels = pictures.every((picture) => picture.channels === 1) ? 1 : 3;
  const { width, height } = sizeOf(pictures, choice.size);
  const base = { width, height, channels } as const;
  const size = `${width} × ${height}`;
  const patches = {
    side: Math.min(choice.patch ?? USUAL.side, width, height),
    grid: choice.grid ?? USUAL.grid,
    centroids: choice.centroids ?? USUAL.centroids,
  };
  const shapes: ImageShape[] = [
    { name: `pixels ${size}`, ...base, patches: null },
    { name: `${patches.centroids} kinds of patches, ${size}`, ...base, patches },
  ];
  if (features === undefined) return shapes;
  return shapes.filter((shape) => (shape.patches === null) === (features === "pixels"));
}

function sizeOf(
  pictures: readonly Picture[],
  asked: number | undefined,
): { width: number; height: number } {
  if (asked !== undefined) return { width: asked, height: asked };
  const [{ width, height }] = pictures;
  const isOwn = (side: number): boolean => side >= LEAST_SIDE && side <= USUAL_SIDE;
  const common = pictures.every((one) => one.width === width && one.height === height);
  const kept = common && isOwn(width) && isOwn(height);
  return kept ? { width, height } : { width: USUAL_SIDE, height: USUAL_SIDE };
}

/** Learns how to take the images of `rows`. */
export async function fitImages(
  column: ImageColumn,
  rows: Int32Array,
  { width, height, channels, patches }: ImageShape,
  machine: PatchMachine,
): Promise<ImageEncoder> {
  const images = pixelBlock(column, rows, { width, height, channels });
  const bank = patches === null ? null : await learnBank(images, patches, machine);
  const scales = bank === null ? pixelScales(images) : await bankScales(bank, images, machine);
  return { kind: "image", name: column.name, width, height, channels, patches: bank, ...scales };
}

/** The columns of images of a table by name. */
export const imagesByName = ({ images = [] }: Table): ReadonlyMap<string, ImageColumn> =>
  new Map(images.map((column) => [column.name, column]));
