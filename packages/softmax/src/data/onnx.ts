import { createHash } from "node:crypto";
import {
  type Backbone,
  type BackboneInfo,
  backboneInput,
  checkInteger,
  checkKeys,
  MOST_FEATURES,
  MOST_INPUT,
  type Picture,
} from "@softmax/core";
import type { InferenceSession, Tensor } from "onnxruntime-web";
import * as errors from "../errors.ts";
import { wholeFile } from "./bytes.ts";

const IMAGENET = { means: [0.485, 0.456, 0.406], deviations: [0.229, 0.224, 0.225] };
const PLAIN = { means: [0], deviations: [1] };

/** How a network is to be used; what is not said has a default. */
export interface BackboneOptions {
  /** The output whose numbers are the features. Default: the only one. */
  readonly output?: string;
  /** Pixels a side of its input, 1 to 1,024, where the file leaves that open. */
  readonly size?: number;
  /**
   * A pixel x of 0…255 enters as (x/255 − mean)/deviation: one number for all channels, or one for each. Default: those of
   * ImageNet (means 0.485, 0.456, 0.406, deviations 0.229, 0.224, 0.225) for three channels, 0 and 1 for one.
   */
  readonly means?: readonly number[];
  readonly deviations?: readonly number[];
}

type Runtime = typeof import("onnxruntime-web");

/**
 * A pretrained network from an ONNX file, whose output says the features of images (docs/images.md). It has one input of one image, 1 or 3
 * channels of float32, and gives as many float32 numbers for every image. Runs in one thread, an image at a time, so that what
 * it says of an image hangs on no other.
 *
 * Throws a SoftmaxError ("data") where the file is no such network or has no such output, and where the package onnxruntime-web is not
 * installed; a TypeError or RangeError for wrong options.
 */
export async function openBackbone(path: string, options: BackboneOptions = {}): Promise<Backbone> {
  checkOptions(options);
  const bytes = await wholeFile(path);
  return opened(path, bytes, options);
}

/** The network by which a model reads images. Throws as `openBackbone`, and where the file is another's. */
export async function openSameBackbone(path: string, info: BackboneInfo): Promise<Backbone> {
  const bytes = await wholeFile(path);
  const sha256 = hashOf(bytes);
  if (sha256 !== info.sha256) throw errors.otherNetwork(path, sha256, info.sha256);
  const { output, means, deviations, width, height } = info;
  return opened(path, bytes, { output, means, deviations, width, height });
}

const KEYS = ["output", "size", "means", "deviations"] as const;

function checkOptions(options: BackboneOptions): void {
  checkKeys("backbone", options, KEYS);
  const { size, means, deviations } = options;
  if (size !== undefined) checkInteger("backbone.size", size, 1, MOST_INPUT);
  const isScale = (list: unknown): boolean =>
    list === undefined || (Array.isArray(list) && list.every(Number.isFinite));
  if (!isScale(means)) throw new TypeError('"backbone.means" expected a list of numbers');
  if (!isScale(deviations) || deviations?.some((deviation) => deviation <= 0) === true) {
    throw new RangeError('"backbone.deviations" expected a list of numbers above 0');
  }
}

const hashOf = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** Of an input's size what is asked for. */
type Wanted = Omit<BackboneOptions, "size"> & {
  readonly size?: number;
  readonly width?: number;
  readonly height?: number;
};

async function opened(path: string, bytes: Uint8Array, wanted: Wanted): Promise<Backbone> {
  const runtime = await loadRuntime();
  const session = await sessionOf(runtime, path, bytes);
  const input = inputOf(path, session, wanted);
  const { channels } = input;
  const usual = channels === 3 ? IMAGENET : PLAIN;
  const info: BackboneInfo = {
    sha256: hashOf(bytes),
    output: outputOf(path, session, wanted.output),
    ...input,
    means: perChannel(path, "means", wanted.means ?? usual.means, channels),
    deviations: perChannel(path, "deviations", wanted.deviations ?? usual.deviations, channels),
    runtime: `onnxruntime-web ${runtime.env.versions.web ?? runtime.env.versions.common}`,
  };
  const features = runner(path, runtime, session, info);
  // What the file leaves open of its output, and what it cannot compute, shows on the first image.
  await features([{ width: 1, height: 1, channels: 1, data: new Uint8Array(1) }]);
  return { info, features };
}

async function loadRuntime(): Promise<Runtime> {
  const runtime = await import("onnxruntime-web").catch(() => {
    throw errors.noOnnxRuntime();
  });
  // One thread: sums are then taken in one order, and no worker keeps a process alive.
  runtime.env.wasm.numThreads = 1;
  runtime.env.logLevel = "fatal";
  return runtime;
}

function sessionOf(
  { InferenceSession }: Runtime,
  path: string,
  bytes: Uint8Array,
): Promise<InferenceSession> {
  return InferenceSession.create(bytes, {
    executionProviders: ["wasm"],
    logSeverityLevel: 4,
  }).catch((cause: unknown) => {
    throw errors.noNetwork(path, messageOf(cause));
  });
}

const messageOf = (cause: unknown): string =>
  (cause instanceof Error ? cause.message : String(cause)).replace(/^.*ERROR_MESSAGE: /s, "");

type Input = Pick<BackboneInfo, "width" | "height" | "channels" | "layout">;

function inputOf(path: string, { inputMetadata }: InferenceSession, wanted: Wanted): Input {
  if (inputMetadata.length !== 1) throw errors.networkInputs(path, inputMetadata.length);
  const [input] = inputMetadata;
  if (!input.isTensor || input.type !== "float32" || input.shape.length !== 4) {
    const found = input.isTensor ? `${input.type} of ${sizesOf(input.shape)}` : "no tensor";
    throw errors.networkInput(path, found);
  }
  const [batch, ...rest] = input.shape;
  const layout = isChannels(rest[0]) ? "NCHW" : isChannels(rest[2]) ? "NHWC" : null;
  if (layout === null || (typeof batch === "number" && batch !== 1)) {
    throw errors.networkInput(path, `${input.type} of ${sizesOf(input.shape)}`);
  }
  const [height, width] = layout === "NCHW" ? rest.slice(1) : rest;
  return {
    width: sideOf(path, width, wanted.width ?? wanted.size),
    height: sideOf(path, height, wanted.height ?? wanted.size),
    channels: (layout === "NCHW" ? rest[0] : rest[2]) as 1 | 3,
    layout,
  };
}

const isChannels = (size: number | string): boolean => size === 1 || size === 3;

const sizesOf = (shape: readonly (number | string)[]): string =>
  shape.map((size) => (typeof size === "number" && size > 0 ? size : "?")).join(" × ");

/** Pixels of a side: the file's, or those that are asked for where it leaves them open. */
function sideOf(path: string, side: number | string, asked: number | undefined): number {
  const isFixed = typeof side === "number" && side > 0;
  const found = isFixed ? side : asked;
  if (found === undefined) throw errors.openNetworkSize(path);
  if (asked !== undefined && asked !== found) throw errors.otherNetworkSize(path, found, asked);
  if (found > MOST_INPUT) throw errors.largeNetworkSize(path, found, MOST_INPUT);
  return found;
}

function outputOf(
  path: string,
  { outputNames }: InferenceSession,
  wanted: string | undefined,
): string {
  const chosen = wanted ?? (outputNames.length === 1 ? outputNames[0] : undefined);
  if (chosen !== undefined && outputNames.includes(chosen)) return chosen;
  throw errors.networkOutput(path, wanted, outputNames);
}

function perChannel(
  path: string,
  what: string,
  given: readonly number[],
  channels: 1 | 3,
): readonly number[] {
  if (given.length === channels) return given;
  if (given.length === 1) return Array.from({ length: channels }, () => given[0]);
  throw errors.networkScale(path, what, given.length, channels);
}

/** Runs the network on one picture after another, whoever asks. */
function runner(
  path: string,
  { Tensor }: Runtime,
  session: InferenceSession,
  info: BackboneInfo,
): Backbone["features"] {
  const { width, height, channels, layout, output } = info;
  const shape = layout === "NCHW" ? [1, channels, height, width] : [1, height, width, channels];
  const [name] = session.inputNames;
  const run = async (picture: Picture): Promise<Float32Array> => {
    const input = new Tensor("float32", backboneInput(picture, info), shape);
    const found = await session
      .run(Object.fromEntries([[name, input]]), [output], { logSeverityLevel: 4 })
      .catch((cause: unknown) => {
        throw errors.noNetwork(path, messageOf(cause));
      });
    return numbersOf(path, output, found[output]);
  };
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = (picture: Picture): Promise<Float32Array> => {
    const next = last.then(() => run(picture));
    last = next.catch(() => {});
    return next;
  };
  return (pictures) => Promise.all(pictures.map(inTurn));
}

function numbersOf(path: string, output: string, { type, data, dims }: Tensor): Float32Array {
  if (type === "float32" && data.length > 0 && data.length <= MOST_FEATURES) {
    return Float32Array.from(data as Float32Array);
  }
  throw errors.networkNumbers(path, output, `${type} of ${dims.join(" × ")}`, MOST_FEATURES);
}
