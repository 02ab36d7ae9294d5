/** A pretrained network, as far as it says what its features are: what two have in common gives the same ones. */
export interface BackboneInfo {
  /** Of the network's file: 64 hexadecimal digits. */
  readonly sha256: string;
  /** The output whose numbers are the features. */
  readonly output: string;
  /** Its input: pixels a side, 1 (grey) or 3 channels, each in a plane of its own ("NCHW") or pixel by pixel ("NHWC"). */
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly layout: "NCHW" | "NHWC";
  /** One a channel: a pixel x of 0…255 enters as (x/255 − mean)/deviation. */
  readonly means: readonly number[];
  readonly deviations: readonly number[];
  /** What runs it, with its version. Another may give other last digits. */
  readonly runtime: string;
}

/** What a pretrained network says of the pictures of a column. */
export interface BackboneFeatures {
  readonly info: BackboneInfo;
  readonly rows: readonly Float32Array[];
}

/** Pixels a side of an input at most. */
export const MOST_INPUT = 1024;
/** Features of an image at most. */
export const MOST_FEATURES = 65_536;

/** Whether features of the one are as good as features of the other, whatever runs them. */
export function sameBackbone(a: BackboneInfo, b: BackboneInfo): boolean {
  const { runtime: _, ...one } = a;
  const { runtime: __, ...other } = b;
  return (Object.keys(one) as (keyof typeof one)[]).every(
    (key) => String(one[key]) === String(other[key]),
  );
}

/** Why the features of pictures are none; null where they are some. */
export function featuresFault(
  { rows }: Pick<BackboneFeatures, "rows">,
  pictures: number,
): { readonly row: number; readonly why: string } | null {
  const width = rows[0]?.length ?? 0;
  if (rows.length !== pictures) {
    return { row: 0, why: `expected features of ${pictures} pictures, got ${rows.length}` };
  }
  for (const [row, features] of rows.entries()) {
    if (!(features instanceof Float32Array) || features.length !== width) {
      return { row, why: `expected ${width} features in float32` };
    }
    if (width === 0 || width > MOST_FEATURES) {
      return { row, why: `expected 1 to ${MOST_FEATURES} features, got ${width}` };
    }
    if (!features.every(Number.isFinite)) return { row, why: NOT_FINITE };
  }
  return null;
}

/** What is wrong with an image whose features are infinite or none. */
export const NOT_FINITE = "has features that are no finite numbers";
