import { SoftmaxError } from "../base/checks.ts";
import type { Row, Table } from "../base/table.ts";
import { type InferTableOptions, inferTable } from "../infer/infer.ts";
import type { TrainOptions } from "./options.ts";
import type { StatisticsReport } from "./report.ts";

/**
 * Statistics of the table and columns of a training (docs/math.md §10): weights of rows count as probability weights, groups as
 * clusters; columns of texts, and the one of the time, are left out. Where no estimate exists, the reason.
 */
export async function statisticsOf(
  data: Table | readonly Row[],
  options: TrainOptions,
): Promise<StatisticsReport> {
  try {
    const { covarianceMatrix: _, ...found } = await inferTable(data, questionOf(options));
    return found;
  } catch (cause) {
    if (cause instanceof SoftmaxError && cause.code === "data") return { refused: cause.message };
    throw cause;
  }
}

function questionOf(options: TrainOptions): InferTableOptions {
  const { target, numeric, categorical, missing, ignore = [], text = [], signal } = options;
  const { weight, group, time, decide } = options;
  const without = [time, decide?.costColumn].filter((name) => name !== undefined);
  return {
    target,
    ignore: [...ignore, ...text, ...without],
    ...(numeric === undefined ? {} : { numeric }),
    ...(categorical === undefined ? {} : { categorical }),
    ...(missing === undefined ? {} : { missing }),
    ...(weight === undefined ? {} : { probabilityWeight: weight }),
    ...(group === undefined ? {} : { cluster: group }),
    ...(signal === undefined ? {} : { signal }),
  };
}
