import { damagedFile, internalError } from "../base/checks.ts";
import { readContainer, writeContainer } from "./container.ts";
import { type Json, parseJson } from "./json.ts";
import { dtypeOf, type Tensor, type TensorData } from "./tensor.ts";

/** Numbers, texts, flags, null and typed arrays, in lists and in objects. */
export type Plain =
  | null
  | boolean
  | number
  | string
  | TensorData
  | readonly Plain[]
  | { readonly [key: string]: Plain };

/** The tensor of all numbers: JSON has neither NaN nor −0. */
const NUMBERS = "numbers";
const ARRAY = "$";

/**
 * The bytes of plain data, as a container with its checksum. In its words every number is a place among the tensor of numbers,
 * and a typed array is {"$": n}, n the tensor's name. Throws where a key is "$".
 */
export function writePlain(value: Plain): Uint8Array {
  const numbers: number[] = [];
  const tensors: Tensor[] = [];
  const word = (part: Plain): unknown => {
    if (typeof part === "number") return numbers.push(part) - 1;
    if (part === null || typeof part !== "object") return part;
    if (ArrayBuffer.isView(part)) {
      const data = part as TensorData;
      const name = String(tensors.length);
      tensors.push({ name, dtype: dtypeOf(data), shape: [data.length], data });
      return { [ARRAY]: tensors.length - 1 };
    }
    if (Array.isArray(part)) return part.map(word);
    const entries = Object.entries(part as Record<string, Plain>);
    if (entries.some(([key]) => key === ARRAY)) throw internalError('a key of plain data is "$"');
    return Object.fromEntries(entries.map(([key, inner]) => [key, word(inner)]));
  };
  const words = JSON.stringify(word(value));
  const data = Float64Array.from(numbers);
  tensors.push({ name: NUMBERS, dtype: "F64", shape: [data.length], data });
  return writeContainer({ tensors, words });
}

/** What `writePlain` wrote. Throws a SoftmaxError "model" where the bytes are not what was written. */
export function readPlain(bytes: Uint8Array): Plain {
  const { tensors, words } = readContainer(bytes);
  const byName = new Map(tensors.map(({ name, data }) => [name, data]));
  const numbers = byName.get(NUMBERS);
  if (!(numbers instanceof Float64Array)) throw damagedFile("it has no numbers");
  const value = (part: Json): Plain => {
    if (typeof part === "number") {
      if (!(part in numbers)) throw damagedFile(`it has no number ${part}`);
      return numbers[part];
    }
    if (Array.isArray(part)) return part.map(value);
    if (!(part instanceof Map)) return part;
    const name = part.get(ARRAY);
    if (name === undefined) {
      return Object.fromEntries([...part].map(([key, inner]) => [key, value(inner)]));
    }
    const data = byName.get(String(name));
    if (data === undefined) throw damagedFile(`it has no tensor ${String(name)}`);
    return data;
  };
  return value(parseJson(words));
}
