import { damagedFile, internalError } from "../base/checks.ts";
import type { Container } from "./container.ts";
import { type Json, MAX_DEPTH, parseJson } from "./json.ts";
import { type DType, dtypeOf, shapeSize, type Tensor, type TensorData } from "./tensor.ts";

/**
 * A tree of plain data and the container that holds it (docs/model-file.md).
 *
 * Typed arrays, numbers that are not safe integers, and long lists of strings become tensors named by their path
 * ("encoder/columns/3/knots"); all else becomes words. In the words a tensor's place reads {"$": KIND}.
 */
export type Packable =
  | null
  | boolean
  | number
  | string
  | TensorData
  | readonly Packable[]
  | { readonly [key: string]: Packable };

/** What stands in the words where a tensor is. */
type Kind =
  | "array" // a typed array
  | "number" // one number: F64, shape []
  | "numbers" // a list of numbers: F64
  | "strings"; // a list of strings: the UTF-8 bytes of its JSON, U8

/** Longer lists of strings (in characters of JSON) are tensors. */
const LONG_LIST = 4096;
/** "$" is no key of a tree, so a marker cannot be mistaken. */
const MARK = "$";
const KEY = /^[A-Za-z][A-Za-z0-9]*$/;

/**
 * The container of `tree`. Keys are sorted, so that equal trees give equal containers. `shapes` says by path which
 * typed arrays are more than a list. Throws for what a model file does not hold: undefined, functions, other objects.
 */
export function pack(
  tree: { readonly [key: string]: Packable },
  shapes: ReadonlyMap<string, readonly number[]> = new Map(),
): Container {
  const tensors: Tensor[] = [];
  const words = write(tree, "", 0, (kind, name, data) => {
    const shape = kind === "number" ? [] : (shapes.get(name) ?? [data.length]);
    tensors.push({ name, dtype: dtypeOf(data), shape, data });
    return `{"${MARK}":"${kind}"}`;
  });
  return { tensors, words };
}

/** Keeps a tensor aside and returns its place-holder. */
type Keep = (kind: Kind, name: string, data: TensorData) => string;

function write(value: Packable, path: string, depth: number, keep: Keep): string {
  if (depth > MAX_DEPTH - 1) throw internalError(`"${path}" is too deep for a model file`);
  if (value === null || typeof value === "boolean" || typeof value === "string") {
    return JSON.stringify(value);
  }
  if (typeof value === "number") {
    return isWord(value) ? String(value) : keep("number", path, Float64Array.of(value));
  }
  if (ArrayBuffer.isView(value)) return keep("array", path, value as TensorData);
  if (Array.isArray(value)) return writeList(value, path, depth, keep);
  if (!isPlain(value)) throw internalError(`"${path}" is nothing that a model file holds`);
  return writeObject(value as { readonly [key: string]: Packable }, path, depth, keep);
}

const isWord = (value: unknown): boolean => Number.isSafeInteger(value) && !Object.is(value, -0);

function isPlain(value: unknown): boolean {
  if (typeof value !== "object") return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function writeList(items: readonly Packable[], path: string, depth: number, keep: Keep): string {
  const list = [...items]; // holes become undefined, which is refused
  if (list.every((item) => typeof item === "string")) {
    const json = JSON.stringify(list);
    if (json.length > LONG_LIST) return keep("strings", path, new TextEncoder().encode(json));
    return json;
  }
  if (list.every((item) => typeof item === "number") && !list.every(isWord)) {
    return keep("numbers", path, Float64Array.from(list as number[]));
  }
  return `[${list.map((item, i) => write(item, join(path, i), depth + 1, keep)).join(",")}]`;
}

function writeObject(
  object: { readonly [key: string]: Packable },
  path: string,
  depth: number,
  keep: Keep,
): string {
  const entries = Object.keys(object)
    .sort()
    .map((key) => {
      if (!isKey(key)) throw internalError(`"${key}" is no key of a model file`);
      return `"${key}":${write(object[key], join(path, key), depth + 1, keep)}`;
    });
  return `{${entries.join(",")}}`;
}

/** Keys that look like numbers would be reordered, and those that every object inherits would be mistaken. */
const isKey = (key: string): boolean => KEY.test(key) && !(key in Object.prototype);

const join = (path: string, key: string | number): string =>
  path === "" ? String(key) : `${path}/${key}`;

/** The tree of a container. Every tensor must have its place in the words, and every place its tensor. */
export function unpack(container: Container): { [key: string]: Packable } {
  const tensors = new Map(container.tensors.map((tensor) => [tensor.name, tensor]));
  const words = parseJson(container.words);
  if (!(words instanceof Map)) throw damagedFile("its words are no object");
  const tree = read(words, "", (name) => {
    const tensor = tensors.get(name);
    if (tensor === undefined) throw damagedFile(`tensor "${name}" is missing`);
    tensors.delete(name);
    return tensor;
  });
  for (const name of tensors.keys()) throw damagedFile(`tensor "${name}" is not in its words`);
  return tree as { [key: string]: Packable };
}

type Find = (name: string) => Tensor;

function read(value: Json, path: string, find: Find): Packable {
  if (Array.isArray(value)) return value.map((item, i) => read(item, join(path, i), find));
  if (!(value instanceof Map)) return value;
  const kind = value.get(MARK);
  if (kind !== undefined && value.size === 1) return readTensor(kind, find(path));
  const object: { [key: string]: Packable } = {};
  for (const [key, item] of value) {
    if (!isKey(key)) throw damagedFile(`"${key}" is no key of a model file`);
    object[key] = read(item, join(path, key), find);
  }
  return object;
}

function readTensor(kind: Json, tensor: Tensor): Packable {
  const { data, dtype, shape, name } = tensor;
  const is = (wanted: Kind, type: DType, rank: number): boolean =>
    kind === wanted && dtype === type && shape.length === rank;
  if (kind === "array" && shapeSize(name, shape) === data.length) return data;
  if (is("number", "F64", 0)) return data[0];
  if (is("numbers", "F64", 1)) return Array.from(data);
  if (is("strings", "U8", 1)) return readStrings(name, data as Uint8Array);
  throw damagedFile(`tensor "${name}" is not what its words say`);
}

function readStrings(name: string, bytes: Uint8Array): string[] {
  let list: Json = null;
  try {
    list = parseJson(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    list = null;
  }
  if (Array.isArray(list) && list.every((item) => typeof item === "string")) return list;
  throw damagedFile(`tensor "${name}" is no list of strings`);
}
