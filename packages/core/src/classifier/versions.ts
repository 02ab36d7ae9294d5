import { dataError } from "../base/checks.ts";
import type { RowRange } from "../base/matrix.ts";
import type { Shape } from "../encode/encoder.ts";
import { versionsOf } from "../encode/image/augment.ts";
import { shapeWidth } from "../encode/image/image.ts";
import type { ImageChoice } from "../encode/image/options.ts";
import type { Schema } from "../encode/schema.ts";

/**
 * Images that are learned from in several versions (docs/images.md). The Matrix begins with the n rows as they are, which judge and
 * are judged; behind them stand the V − 1 other versions of the first row, of the second and so on. A split trains on
 * all versions of its training rows and on none of another row. V is 1 where there are none.
 */

const GIB = 2 ** 30;
/** Bytes of rows that the kernels' memory has room for, beside what fits take. */
const MOST_BYTES = 3 * GIB;

/** By position: those of the rows as they are, then each once more for every other version of its row. */
export function withVersions<T extends Int32Array | Float64Array>(values: T, versions: number): T {
  if (versions === 1) return values;
  const n = values.length;
  const all = new (values.constructor as new (length: number) => T)(n * versions);
  all.set(values);
  for (let i = 0; i < n; i++) {
    all.fill(values[i], n + i * (versions - 1), n + (i + 1) * (versions - 1));
  }
  return all;
}

/** The same of ranges of n rows. */
export function rangesWithVersions(
  ranges: readonly RowRange[],
  n: number,
  versions: number,
): readonly RowRange[] {
  if (versions === 1) return ranges;
  const others = ranges.map(({ start, end }) => ({
    start: n + start * (versions - 1),
    end: n + end * (versions - 1),
  }));
  return [...ranges, ...others];
}

/** Versions of each row of an encoding. */
export const versionsOn = ({ image }: Shape, choice: ImageChoice | undefined): number =>
  image === undefined ? 1 : versionsOf(choice);

/** Throws a SoftmaxError "data" where the versions of n rows would not fit in memory in one of the encodings. */
export function checkVersions(
  shapes: readonly Shape[],
  { columns }: Schema,
  choice: ImageChoice | undefined,
  n: number,
): void {
  const count = columns.filter(({ kind }) => kind === "image").length;
  for (const shape of shapes) {
    const versions = versionsOn(shape, choice);
    if (versions === 1) continue;
    const bytes = 4 * n * versions * count * shapeWidth(shape.image!);
    if (bytes <= MOST_BYTES) continue;
    const [wanted, most] = [bytes, MOST_BYTES].map((size) => (size / GIB).toFixed(1));
    throw dataError(
      `${versions} versions of ${n} images take ${wanted} GiB as ${shape.name}, of which ${most} are possible; lower "images.versions", "images.size" or "images.centroids", or ask for other "images.features"`,
    );
  }
}

/** What the report says of versions; null where there are none. */
export function versionsRemark(
  shapes: readonly Shape[],
  choice: ImageChoice | undefined,
): string | null {
  const versions = versionsOn(shapes[0], choice);
  if (versions === 1) return null;
  const { shift, flip } = choice!;
  const moved = [
    ...(shift === undefined ? [] : [`shifted by up to ${shift} pixel${shift === 1 ? "" : "s"}`]),
    ...(flip === undefined ? [] : ["mirrored"]),
  ];
  return `each image is learned from in ${versions} versions, itself and others ${moved.join(" or ")}; all scores are of images as they are`;
}
