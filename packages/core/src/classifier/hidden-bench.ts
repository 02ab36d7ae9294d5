import { dataError } from "../base/checks.ts";
import { type Matrix, matrixWidth } from "../base/matrix.ts";
import { availableThreads } from "../base/platform.ts";
import type { Shape } from "../encode/encoder.ts";
import type { Schema } from "../encode/schema.ts";
import { checkNetworkSize, networkFitBytes, networkSizes, stepProducts } from "../model/network.ts";
import { type HiddenPlan, hiddenPlan } from "./hidden-options.ts";
import type { TrainOptions } from "./options.ts";
import { outputsOf } from "./splits.ts";

/** Products of a step below which a second thread would cost more than it does. */
const POOL_ABOVE = 2 ** 20;
/** Numeric columns above which only straight lines are tried: curves would be seventeen times as many features. */
const MOST_CURVES = 64;

/** The networks on a shape; null where there are none. */
export const planOn = (
  { hidden }: TriedShape,
  options: TrainOptions,
  n: number,
): HiddenPlan | null => (hidden === true ? hiddenPlan(options, n) : null);

/** Bytes of the kernels' memory that networks take; 0 where there are none. */
export function networkRoom(d: number, n: number, k: number, plan: HiddenPlan | null): number {
  if (plan === null) return 0;
  const sizes = networkSizes(d, n, outputsOf(k), plan);
  checkNetworkSize(sizes);
  return networkFitBytes(sizes);
}

/** Threads that train: those asked for, or as many as a step has work for. */
export function networkThreads(
  asked: number | undefined,
  X: Matrix,
  k: number,
  plan: HiddenPlan,
): number {
  const sizes = networkSizes(matrixWidth(X), X.rows, outputsOf(k), plan);
  return asked ?? (stepProducts(sizes) < POOL_ABOVE ? 1 : availableThreads());
}

/** An encoding that is tried, and whether hidden layers stand on it. */
export interface TriedShape extends Shape {
  readonly hidden?: boolean;
}

/**
 * What is tried where hidden layers are asked for: them on each shape, after the linear models where they are to be better than
 * those. Throws a SoftmaxError "data" for columns that they cannot have yet, unless there are linear models.
 */
export function withHidden(
  shapes: readonly Shape[],
  { columns }: Schema,
  { hidden }: Pick<TrainOptions, "hidden">,
): readonly TriedShape[] {
  if (hidden === undefined) return shapes;
  const linear = hidden === "auto" ? shapes : [];
  const text = columns.find(({ kind }) => kind === "text");
  if (text !== undefined && hidden === "auto") return shapes;
  if (text !== undefined) {
    throw dataError(
      `"hidden" expected columns of numbers, levels and dates, but "${text.name}" is read as text; list it in "ignore", or train without hidden layers`,
    );
  }
  const numeric = columns.filter(({ kind }) => kind === "numeric").length;
  const under = numeric > MOST_CURVES ? shapes.slice(0, 1) : shapes;
  const named = hidden === "auto" ? "; hidden layers" : "";
  return [
    ...linear,
    ...under.map((shape) => ({ ...shape, name: `${shape.name}${named}`, hidden: true })),
  ];
}
