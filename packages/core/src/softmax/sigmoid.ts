import { checkKeys, checkValues } from "../base/checks.ts";
import { log1pExp, logistic } from "../base/math.ts";
import { type Like, resultFor, type Values } from "./rows.ts";

/** `out`: an array as long as the input, which may be the input itself. */
export interface ElementOptions<T extends Values> {
  out?: Like<T>;
}

/**
 * The logistic function of each entry: 1/(1 + e^−z), in (0, 1).
 *
 * The probability of "yes" for each question of its own; for classes that exclude each other take softmax. With two
 * classes they agree: softmax([a, b])[1] = sigmoid(b − a). Error: at most 2 ulp.
 */
export function sigmoid(z: number): number;
export function sigmoid<T extends Values>(z: T, options?: ElementOptions<T>): Like<T>;
export function sigmoid<T extends Values>(z: T | number, options: ElementOptions<T> = {}) {
  return typeof z === "number" ? logistic(z) : mapEntries(z, options, logistic);
}

/** log sigmoid(z) = −softplus(−z), in nats, without overflow or cancellation. Error: at most 2 ulp. */
export function logSigmoid(z: number): number;
export function logSigmoid<T extends Values>(z: T, options?: ElementOptions<T>): Like<T>;
export function logSigmoid<T extends Values>(z: T | number, options: ElementOptions<T> = {}) {
  const entry = (value: number): number => -log1pExp(-value);
  return typeof z === "number" ? entry(z) : mapEntries(z, options, entry);
}

/** log(1 + e^z), a smooth max(z, 0), without overflow or cancellation. Error: at most 2 ulp. */
export function softplus(z: number): number;
export function softplus<T extends Values>(z: T, options?: ElementOptions<T>): Like<T>;
export function softplus<T extends Values>(z: T | number, options: ElementOptions<T> = {}) {
  return typeof z === "number" ? log1pExp(z) : mapEntries(z, options, log1pExp);
}

function mapEntries<T extends Values>(
  values: T,
  options: ElementOptions<T>,
  entry: (value: number) => number,
): Like<T> {
  checkKeys("options", options, ["out"]);
  checkValues("values", values);
  const out = resultFor(values, values.length, options.out);
  for (let i = 0; i < values.length; i++) out[i] = entry(values[i]);
  return out;
}
