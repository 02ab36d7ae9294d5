import { type BackboneInfo, MOST_FEATURES, MOST_INPUT } from "../../base/backbone.ts";
import { damagedFile } from "../../base/checks.ts";
import { PANEL, type PatchBank, patchWidth } from "../../kernels/patches.ts";
import type { ImageEncoder } from "./image.ts";
import { LEAST_SIDE, MOST_CENTROIDS, MOST_GRID, MOST_PATCH } from "./options.ts";
import { HELD_SIDE } from "./resize.ts";

type Fields = Readonly<Record<string, unknown>>;

const wrong = (name: string, what: string): Error =>
  damagedFile(`column "${name}" of its encoder has ${what}`);

const isBetween = (value: unknown, least: number, most: number): value is number =>
  Number.isInteger(value) && (value as number) >= least && (value as number) <= most;

/** The encoder of a column of images that a model file holds. Throws a SoftmaxError ("model") for anything else. */
export function checkImage(column: Fields, name: string): ImageEncoder {
  const { width, height, channels, patches } = column;
  if (column.backbone !== undefined) return checkBackbone(column, name);
  if (!isBetween(width, LEAST_SIDE, HELD_SIDE) || !isBetween(height, LEAST_SIDE, HELD_SIDE)) {
    throw wrong(name, "images of an impossible size");
  }
  if (channels !== 1 && channels !== 3) throw wrong(name, "images of impossible channels");
  const smaller = Math.min(width, height);
  const bank = patches === null ? null : checkBank(patches, name, channels, smaller);
  const length = bank === null ? channels : patchWidth(bank);
  const scales = scalesOf(column, name, length);
  return { kind: "image", name, width, height, channels, patches: bank, ...scales };
}

/** The same of a column whose features a pretrained network says. */
function checkBackbone(column: Fields, name: string): ImageEncoder {
  const backbone = checkInfo(column.backbone, name);
  if (column.patches !== null) throw wrong(name, "patches beside a network");
  const count = column.means instanceof Float64Array ? column.means.length : 0;
  if (!isBetween(count, 1, MOST_FEATURES)) throw wrong(name, "a network without features");
  const { width, height, channels } = backbone;
  const input = { width, height, channels, patches: null, backbone };
  return { kind: "image", name, ...input, ...scalesOf(column, name, count) };
}

function checkInfo(value: unknown, name: string): BackboneInfo {
  const { sha256, output, width, height, channels, layout, means, deviations, runtime } = (value ??
    {}) as Fields;
  const isInput =
    isBetween(width, 1, MOST_INPUT) &&
    isBetween(height, 1, MOST_INPUT) &&
    (channels === 1 || channels === 3) &&
    (layout === "NCHW" || layout === "NHWC");
  const isNamed =
    typeof sha256 === "string" &&
    /^[0-9a-f]{64}$/.test(sha256) &&
    isName(output) &&
    isName(runtime);
  if (!isInput || !isNamed) throw wrong(name, "an impossible network");
  const isScaled =
    isScale(means, channels) && isScale(deviations, channels) && deviations.every((d) => d > 0);
  if (!isScaled) throw wrong(name, "a network whose input has an impossible scale");
  return { sha256, output, width, height, channels, layout, means, deviations, runtime };
}

const isName = (value: unknown): value is string =>
  typeof value === "string" && value.length <= MOST_NAME;

const MOST_NAME = 1024;

const isScale = (value: unknown, channels: number): value is number[] =>
  Array.isArray(value) && value.length === channels && value.every(Number.isFinite);

/** Means and deviations of features, or of channels. */
function scalesOf(
  column: Fields,
  name: string,
  length: number,
): Pick<ImageEncoder, "means" | "deviations"> {
  const means = numbers(Float64Array, column.means, name, length);
  const deviations = numbers(Float64Array, column.deviations, name, length);
  if (deviations.every((deviation) => deviation > 0)) return { means, deviations };
  throw wrong(name, "a deviation that is not above 0");
}

function checkBank(value: unknown, name: string, channels: 1 | 3, most: number): PatchBank {
  const { side, grid, mean, whitening, centroids, ...rest } = (value ?? {}) as Fields;
  if (!isBetween(side, 2, Math.min(MOST_PATCH, most)) || !isBetween(grid, 1, MOST_GRID)) {
    throw wrong(name, "patches of an impossible size");
  }
  if (rest.channels !== channels) throw wrong(name, "patches of other channels");
  const d = side * side * channels;
  const count = centroids instanceof Float32Array ? centroids.length / d : 0;
  if (!isBetween(count, PANEL, MOST_CENTROIDS) || count % PANEL !== 0) {
    throw wrong(name, "no list of centroids");
  }
  return {
    ...{ side, grid, channels },
    mean: numbers(Float32Array, mean, name, d),
    whitening: numbers(Float32Array, whitening, name, d * d),
    centroids: numbers(Float32Array, centroids, name, count * d),
  };
}

function numbers<A extends Float32Array | Float64Array>(
  kind: new (length: number) => A,
  value: unknown,
  name: string,
  length: number,
): A {
  const fits = value instanceof kind && value.length === length && value.every(Number.isFinite);
  if (!fits) throw wrong(name, `not ${length} finite numbers`);
  return value;
}
