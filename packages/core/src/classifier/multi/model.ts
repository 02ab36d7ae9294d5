import { calibratorNotModel, classifierNotMultiLabel, damagedFile } from "../../base/checks.ts";
import { type Calibrator, checkCalibrator } from "../../calibrate/calibrator.ts";
import { checkEncoder } from "../../encode/check.ts";
import { type Encoder, encodedWidth } from "../../encode/encoder.ts";
import { type LabelPlaces, MOST_LABELS } from "../../encode/label-sets.ts";
import { checkSchema, isTexts, type Schema } from "../../encode/schema.ts";
import { writeContainer } from "../../file/container.ts";
import { type Packable, pack } from "../../file/pack.ts";
import {
  CALIBRATOR_KIND,
  checkProvenance,
  checkShares,
  IMAGE_VERSION,
  type Model,
  type ModelTree,
  MULTI_LABEL_KIND,
  readsImages,
} from "../model.ts";
import type { Provenance } from "../report.ts";

/** What a classifier that gives several labels is: plain data, all of it in its model file. */
export interface MultiLabelModel {
  /** The labels, in the order of heads and probabilities. */
  readonly labels: readonly string[];
  /** Where they stood in the training table. */
  readonly target: LabelPlaces;
  /** Texts that mean missing, besides the empty one. */
  readonly missing: readonly string[];
  /** The columns that the model reads, once for all labels. */
  readonly columns: Schema["columns"];
  readonly encoder: Encoder;
  /** (d+1) × labels, the last row the intercepts. */
  readonly weights: Float64Array;
  /** One a label. */
  readonly heads: readonly Head[];
  readonly provenance: Provenance;
}

/** What a label has for itself beside its column of weights. */
export interface Head {
  /** Of the pair of logits (0, z). */
  readonly calibrator: Calibrator;
  /** Weighted number of training rows without and with the label. */
  readonly shares: Float64Array;
  /** The probability from which a row gets the label. Absent: above ½. */
  readonly threshold?: number;
}

/** The format of models of several labels a row. */
const MULTI_LABEL_VERSION = 3;

type Tree = { [key: string]: Packable };

/** The bytes of a model file (docs/model-file.md). Equal models give equal bytes. */
export function packMultiLabel(model: MultiLabelModel): Uint8Array {
  const L = model.labels.length;
  const shapes = new Map([["weights", [model.weights.length / L, L]]]);
  const tree = { kind: MULTI_LABEL_KIND, ...model } as unknown as Tree;
  const version = readsImages(model.encoder) ? IMAGE_VERSION : MULTI_LABEL_VERSION;
  return writeContainer(pack(tree, shapes), version);
}

/** The model that a file holds. Throws a SoftmaxError "model" where it is damaged, or of another kind. */
export function multiLabelOfTree(tree: ModelTree): MultiLabelModel {
  if (tree.kind === CALIBRATOR_KIND) throw calibratorNotModel();
  if (tree.kind === "softmax classifier") throw classifierNotMultiLabel();
  if (tree.kind !== MULTI_LABEL_KIND) throw damagedFile("it holds no classifier");
  return checkMultiLabel(tree);
}

function checkMultiLabel(tree: ModelTree): MultiLabelModel {
  const { labels } = tree;
  const distinct = isTexts(labels) ? new Set(labels).size : 0;
  if (!isTexts(labels) || distinct === 0 || distinct < labels.length || distinct > MOST_LABELS) {
    throw damagedFile("its labels are not different texts");
  }
  const target = checkPlaces(tree.target, labels);
  const { missing, columns } = tree;
  const schema = checkSchema({ target: target.columns[0], classes: PAIR, missing, columns });
  if (schema.columns.some(({ name }) => target.columns.includes(name))) {
    throw damagedFile("it reads a column of its target");
  }
  const encoder = checkEncoder(tree.encoder, schema);
  return {
    labels: [...labels],
    target,
    missing: schema.missing,
    columns: schema.columns,
    encoder,
    weights: checkWeights(tree.weights, (encodedWidth(encoder) + 1) * labels.length),
    heads: checkHeads(tree.heads, labels.length),
    provenance: checkProvenance(tree.provenance),
  };
}

const PAIR = ["0", "1"];

function checkPlaces(value: unknown, labels: readonly string[]): LabelPlaces {
  const { columns, separator, present } = (value ?? {}) as Partial<LabelPlaces>;
  const many = isTexts(columns) ? new Set(columns).size : 0;
  if (!isTexts(columns) || many === 0 || many < columns.length) {
    throw damagedFile("its target names no columns");
  }
  const isOfCells = typeof separator === "string" && separator !== "" && many === 1;
  const isOfColumns = separator === null && same(columns, labels);
  const texts = Array.isArray(present) && present.every((p) => p === null || isTexts([p]));
  if (!texts || !(isOfCells || isOfColumns) || present.length !== (isOfCells ? 0 : many)) {
    throw damagedFile("its target is not as it should be");
  }
  return { columns: [...columns], separator, present: [...present] };
}

const same = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((text, i) => text === b[i]);

function checkWeights(value: unknown, size: number): Float64Array {
  const fits = value instanceof Float64Array && value.length === size;
  if (fits && value.every(Number.isFinite)) return value;
  throw damagedFile(`its weights are not ${size} finite numbers`);
}

function checkHeads(value: unknown, labels: number): Head[] {
  if (!Array.isArray(value) || value.length !== labels) {
    throw damagedFile("it has not one head a label");
  }
  return value.map((head: Partial<Record<keyof Head, unknown>> | null) => {
    const { calibrator, shares, threshold } = head ?? {};
    const isShare = typeof threshold === "number" && threshold >= 0 && threshold <= 1;
    if (threshold !== undefined && !isShare) throw damagedFile("a threshold is no probability");
    return {
      calibrator: checkCalibrator(calibrator, 2),
      shares: checkShares(shares, 2),
      ...(isShare ? { threshold } : {}),
    };
  });
}

/** The two classes of a label by itself: rows without it, and with it. */
export const headClasses = (label: string): readonly [string, string] => [`not ${label}`, label];

/** The schema of one label: the target is its column, or the label in the column that holds it. */
export function headSchema(
  { missing, columns }: Pick<Schema, "missing" | "columns">,
  { columns: targets, separator }: LabelPlaces,
  label: string,
): Schema {
  const target = separator === null ? label : `${targets[0]}: ${label}`;
  return { target, classes: headClasses(label), missing, columns };
}

/** The model of one label by itself: two classes. */
export function headModel(model: MultiLabelModel, l: number): Model {
  const { labels, target, encoder, weights, heads, provenance } = model;
  const L = labels.length;
  const { threshold, ...head } = heads[l];
  return {
    schema: headSchema(model, target, labels[l]),
    encoder,
    weights: Float64Array.from({ length: weights.length / L }, (_, j) => weights[j * L + l]),
    ...head,
    positive: 1,
    provenance,
    ...(threshold === undefined ? {} : { decision: { rule: "threshold", class: 1, threshold } }),
  };
}
