import { calibratorNotModel, damagedFile, multiLabelNotClassifier } from "../base/checks.ts";
import { type Calibrator, checkCalibrator } from "../calibrate/calibrator.ts";
import { checkPriorShifts } from "../calibrate/prior.ts";
import type { Decision } from "../decide/decision.ts";
import type { SetScore, SplitSets } from "../decide/sets.ts";
import { checkDecision, checkSetScore, checkSplitSets } from "../decide/stored.ts";
import { checkEncoder } from "../encode/check.ts";
import { type Encoder, encodedWidth } from "../encode/encoder.ts";
import { narrowWeights } from "../encode/narrow.ts";
import { checkSchema, isTexts, type Schema } from "../encode/schema.ts";
import { FIRST_VERSION, readContainer, writeContainer } from "../file/container.ts";
import { type Packable, pack, unpack } from "../file/pack.ts";
import { restoreWeights, storeWeights, type WeightBits } from "../model/stored.ts";
import { checkHiddenLayers, type HiddenLayers, lastUnits, unitsOf } from "./hidden-model.ts";
import type { Provenance } from "./report.ts";
import { outputsOf } from "./splits.ts";

/** What a model is: plain data, all of it in the model file. */
export interface Model {
  readonly schema: Schema;
  readonly encoder: Encoder;
  /** (d+1) × outputs, the last row the intercepts; one output for two classes. With hidden layers d is that of their last units. */
  readonly weights: Float64Array;
  /** Layers between the encoded columns and the softmax. Absent: none. */
  readonly hidden?: HiddenLayers;
  /** Bits of a weight in the model file, where they are fewer than 64: the weights above are such numbers. */
  readonly bits?: WeightBits;
  readonly calibrator: Calibrator;
  /** log(π'_c/π_c), added to calibrated logits for a prior π' other than the training's π. Absent: none. */
  readonly priorShifts?: Float64Array;
  /** Weighted number of training rows of each class: what the baseline predicts. */
  readonly shares: Float64Array;
  /** The class that two-class metrics are about; −1 for other numbers of classes. */
  readonly positive: number;
  readonly provenance: Provenance;
  /** How probabilities become a label. Default: argmax. */
  readonly decision?: Decision;
  /** What says which labels are in a row's set; without it there are no sets. */
  readonly sets?: SplitSets | CrossSets;
}

/** Sets from the models of folds (CV+). Plain data. */
export interface CrossSets extends SetScore {
  /** The share 1 − α; what is guaranteed is 1 − 2α, nearly (docs/math.md §11.6). */
  readonly coverage: number;
  readonly folds: readonly SetFold[];
}

/** A model of all rows but those of a fold, and the scores of the fold's labels by it, ascending. */
export interface SetFold {
  readonly model: Model;
  readonly scores: Float64Array;
}

type Tree = { [key: string]: Packable };

const treeOf = (model: Model): Tree =>
  ({ kind: "softmax classifier", ...model }) as unknown as Tree;

/** The format of models with fewer bits a weight. */
const SMALL_VERSION = 2;
/** What a file says that holds a calibrator alone (calibrator-file.ts). */
export const CALIBRATOR_KIND = "softmax calibrator";
/** What a file says that holds a classifier of several labels a row (multi/model.ts). */
export const MULTI_LABEL_KIND = "softmax multi-label classifier";
/** The format of models with a calibrator other than a temperature. */
export const CALIBRATED_VERSION = 3;
/** The format of models that decide otherwise than by argmax, have sets or hidden layers, or predict for a stated prior. */
const DECIDING_VERSION = 3;

/** The format of models that read images. */
export const IMAGE_VERSION = 4;

export const readsImages = ({ columns }: Encoder): boolean =>
  columns.some(({ kind }) => kind === "image");

/** The oldest format that has all of the model. */
function versionOf(model: Model): number {
  const { encoder, calibrator, bits, decision, sets, priorShifts, hidden } = model;
  if (readsImages(encoder)) return IMAGE_VERSION;
  if (calibrator.method !== undefined) return CALIBRATED_VERSION;
  const isPlain = decision === undefined && sets === undefined && priorShifts === undefined;
  if (!isPlain || hidden !== undefined) return DECIDING_VERSION;
  return bits === undefined ? FIRST_VERSION : SMALL_VERSION;
}

/** The bytes of a model file (docs/model-file.md). Equal models give equal bytes. */
export function packModel(model: Model): Uint8Array {
  const outputs = outputsOf(model.schema.classes.length);
  const shape = [model.weights.length / outputs, outputs];
  const shapes = new Map([["weights", shape], ...layerShapes(model)]);
  const version = versionOf(model);
  if (model.bits === undefined) return writeContainer(pack(treeOf(model), shapes), version);
  shapes.set("weights/numbers", [shape[0] - 1, outputs]);
  const encoder = narrowWeights(model.encoder);
  const weights = storeWeights(model.weights, outputs, model.bits);
  const tree = { ...treeOf(model), encoder, weights } as unknown as Tree;
  return writeContainer(pack(tree, shapes), version);
}

/** By name, the shapes of the tensors of hidden layers. */
function layerShapes({ hidden, encoder }: Model): [string, number[]][] {
  if (hidden === undefined) return [];
  return hidden.networks.flatMap((network, m) =>
    unitsOf(network, encodedWidth(encoder)).map((units, l): [string, number[]] => [
      `hidden/networks/${m}/${l}`,
      [network[l].length / units, units],
    ]),
  );
}

/** What a model file holds, of whatever kind. */
export type ModelTree = Readonly<Record<string, Packable>>;

/** What a file's bytes hold, not looked at yet. Throws a SoftmaxError "model" where they are damaged, foreign or too new. */
export const readTree = (bytes: Uint8Array): ModelTree => unpack(readContainer(bytes));

/** The model of a file's bytes. Throws a SoftmaxError "model" where they are damaged, foreign or too new. */
export const unpackModel = (bytes: Uint8Array): Model => modelOfTree(readTree(bytes));

/** The model that a file holds; throws as `unpackModel`. */
export function modelOfTree(tree: ModelTree): Model {
  if (tree.kind === CALIBRATOR_KIND) throw calibratorNotModel();
  if (tree.kind === MULTI_LABEL_KIND) throw multiLabelNotClassifier();
  if (tree.kind !== "softmax classifier") throw damagedFile("it holds no classifier");
  return checkModel(tree);
}

function checkModel(tree: ModelTree): Model {
  const schema = checkSchema(tree.schema);
  const encoder = checkEncoder(tree.encoder, schema);
  const k = schema.classes.length;
  const outputs = outputsOf(k);
  const d = encodedWidth(encoder);
  const hidden = tree.hidden === undefined ? undefined : checkHiddenLayers(tree.hidden, d);
  const size = ((hidden === undefined ? d : lastUnits(hidden, d)) + 1) * outputs;
  const weights =
    tree.bits === undefined ? tree.weights : restoreWeights(tree.weights, tree.bits, outputs);
  return {
    schema,
    encoder,
    weights: checkNumbers("weights", weights, size),
    ...(hidden === undefined ? {} : { hidden }),
    ...(tree.bits === undefined ? {} : { bits: tree.bits as WeightBits }),
    calibrator: checkCalibrator(tree.calibrator, k),
    ...(tree.priorShifts === undefined
      ? {}
      : { priorShifts: checkPriorShifts(tree.priorShifts, k) }),
    shares: checkShares(tree.shares, k),
    positive: checkPositive(tree.positive, k),
    provenance: checkProvenance(tree.provenance),
    ...(tree.decision === undefined ? {} : { decision: checkDecision(tree.decision, k) }),
    ...(tree.sets === undefined ? {} : { sets: checkSets(tree.sets, schema) }),
  };
}

function checkSets(value: Packable, { classes }: Schema): SplitSets | CrossSets {
  const { coverage, folds } = (value ?? {}) as Partial<CrossSets>;
  if (folds === undefined) return checkSplitSets(value, classes.length);
  if (!Array.isArray(folds) || folds.length < 2) throw damagedFile("its sets have no folds");
  const score = checkSetScore(value);
  if (!(typeof coverage === "number" && coverage > 0 && coverage < 1)) {
    throw damagedFile("its sets have no coverage");
  }
  return { ...score, coverage, folds: folds.map(checkFold) };
}

function checkFold(fold: Partial<SetFold> | null): SetFold {
  const { model, scores } = fold ?? {};
  const isAscending =
    scores instanceof Float64Array && scores.every((score, i) => i === 0 || scores[i - 1] <= score);
  if (!isAscending) throw damagedFile("the scores of its sets are not in order");
  if (typeof model !== "object" || model === null || "sets" in model) {
    throw damagedFile("its sets lack the model of a fold");
  }
  return { model: checkModel(model as unknown as Tree), scores };
}

function checkNumbers(what: string, value: unknown, length: number): Float64Array {
  const fits = value instanceof Float64Array && value.length === length;
  if (!fits || !value.every(Number.isFinite)) {
    throw damagedFile(`its ${what} are not ${length} finite numbers`);
  }
  return value;
}

export function checkShares(value: unknown, k: number): Float64Array {
  const shares = checkNumbers("class shares", value, k);
  const total = shares.reduce((a, b) => a + b, 0);
  if (shares.every((share) => share >= 0) && total > 0 && total < Number.POSITIVE_INFINITY) {
    return shares;
  }
  throw damagedFile("its class shares are not numbers of rows");
}

function checkPositive(value: unknown, k: number): number {
  if (k === 2 ? value === 0 || value === 1 : value === -1) return value as number;
  throw damagedFile("its positive class is none of its classes");
}

export function checkProvenance(value: unknown): Provenance {
  const { version, kernels, seed, rows, dataHash, options } = (value ?? {}) as Partial<Provenance>;
  const texts = isTexts([version, kernels, dataHash]);
  const numbers = Number.isSafeInteger(seed) && Number.isSafeInteger(rows);
  const pairs =
    Array.isArray(options) && options.every((pair) => isTexts(pair) && pair.length === 2);
  if (!texts || !numbers || !pairs) throw damagedFile("its provenance is not as it should be");
  return { version, kernels, seed, rows, dataHash, options } as Provenance;
}
