import { counted, dataError } from "../../base/checks.ts";
import type { ImageColumn, Picture } from "../../base/image.ts";
import type { Table } from "../../base/table.ts";
import { backboneScales, sharedBackbone } from "./backbone.ts";
import { type ImageEncoder, type ImageShape, pixelBlock } from "./image.ts";
import { bankScales, learnBank, pixelScales } from "./learn.ts";
import type { PatchMachine } from "./machine.ts";
import { type ImageChoice, LEAST_SIDE } from "./options.ts";

/** Size of images that have no common one, and the most that a common one may have to be kept. */
const USUAL_SIDE = 32;
const USUAL = { side: 6, centroids: 400, grid: 3 };

/**
 * The ways of taking the images of `rows` in these columns that are tried, the simplest first; where a pretrained network says features, those
 * alone. Throws a SoftmaxError "data" where pixels and patches are chosen among beside those.
 */
export function imageShapes(
  columns: readonly ImageColumn[],
  rows: Int32Array,
  choice: ImageChoice,
): ImageShape[] {
  const { features } = choice;
  const backbone = features === undefined ? sharedBackbone(columns) : null;
  if (backbone != null) return [backboneShape(backbone, choice)];
  const pictures = columns.flatMap((column) => Array.from(rows, (row) => column.pictures[row]));
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

function backboneShape(
  backbone: NonNullable<ImageShape["backbone"]>,
  choice: ImageChoice,
): ImageShape {
  const [idle] = Object.keys(choice);
  if (idle !== undefined) {
    throw dataError(
      `"images.${idle}" expected images without a network's features; say "images.features" to look at the images themselves`,
    );
  }
  const { width, height, channels, output } = backbone.info;
  const name = `${counted(backbone.width, "feature")} of a network's output "${output}"`;
  return { ...{ name, width, height, channels }, patches: null, backbone };
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
  { width, height, channels, patches, backbone }: ImageShape,
  machine: PatchMachine,
): Promise<ImageEncoder> {
  if (backbone !== undefined) {
    const { info } = column.features!;
    const own = { name: column.name, width, height, channels, patches: null, backbone: info };
    return { kind: "image", ...own, ...backboneScales(column, rows) };
  }
  const images = pixelBlock(column, rows, { width, height, channels });
  const bank = patches === null ? null : await learnBank(images, patches, machine);
  const scales = bank === null ? pixelScales(images) : await bankScales(bank, images, machine);
  return { kind: "image", name: column.name, width, height, channels, patches: bank, ...scales };
}

/** The columns of images of a table by name. */
export const imagesByName = ({ images = [] }: Table): ReadonlyMap<string, ImageColumn> =>
  new Map(images.map((column) => [column.name, column]));
