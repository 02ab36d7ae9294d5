import type { ChoiceReport } from "@softmax/core";
import { count, plural } from "./numbers.ts";

type Layers = Pick<NonNullable<ChoiceReport["hidden"]>, "units" | "activation" | "networks">;

/** "2 hidden layers of 256 and 128 relu units", before it "3 networks of " where there are several. */
export function layerWords({ units, activation, networks }: Layers): string {
  const layers = `${plural(units.length, "hidden layer")} of ${units.join(" and ")} ${activation} units`;
  return networks === 1 ? layers : `${networks} networks of ${layers}`;
}

/** "2 hidden layers of 256 and 128 relu units, 17 of 20 epochs"; null where there are none. */
export function hiddenChoice({ hidden, epochs = 0 }: ChoiceReport): string | null {
  if (hidden === undefined) return null;
  return `${layerWords(hidden)}, ${count(epochs)} of ${plural(hidden.epochs, "epoch")}`;
}
