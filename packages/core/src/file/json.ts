import { damagedFile } from "../base/checks.ts";

/**
 * A strict reader of the JSON that model files hold: RFC 8259, and beyond it no duplicate keys, no number but safe
 * integers (learned numbers are tensors), bounded depth. Objects are Maps, because their keys come from a file.
 */
export type Json = null | boolean | number | string | Json[] | Map<string, Json>;

/** How deep arrays and objects may nest in a model file. */
export const MAX_DEPTH = 64;

/** The value that `text` holds. Throws a SoftmaxError ("model") that names the position of what is wrong. */
export function parseJson(text: string): Json {
  const reader: Reader = { text, at: 0, depth: 0 };
  const value = readValue(reader);
  skipSpace(reader);
  if (reader.at < text.length) fail(reader, "the end");
  return value;
}

interface Reader {
  readonly text: string;
  at: number;
  depth: number;
}

function fail(reader: Reader, expected: string): never {
  throw damagedFile(`expected ${expected} at character ${reader.at} of its JSON`);
}

function skipSpace(reader: Reader): void {
  while (" \t\n\r".includes(reader.text.charAt(reader.at) || "x")) reader.at++;
}

/** Steps over `token`, after white space, if it is next. */
function take(reader: Reader, token: string): boolean {
  skipSpace(reader);
  if (!reader.text.startsWith(token, reader.at)) return false;
  reader.at += token.length;
  return true;
}

function readValue(reader: Reader): Json {
  if (take(reader, '"')) return readString(reader);
  if (take(reader, "[")) return nested(reader, readArray);
  if (take(reader, "{")) return nested(reader, readObject);
  if (take(reader, "null")) return null;
  if (take(reader, "true")) return true;
  if (take(reader, "false")) return false;
  return readInteger(reader);
}

function nested<T>(reader: Reader, read: (reader: Reader) => T): T {
  if (++reader.depth > MAX_DEPTH) fail(reader, `at most ${MAX_DEPTH} levels`);
  const value = read(reader);
  reader.depth--;
  return value;
}

function readArray(reader: Reader): Json[] {
  const items: Json[] = [];
  if (take(reader, "]")) return items;
  do items.push(readValue(reader));
  while (take(reader, ","));
  if (!take(reader, "]")) fail(reader, '"," or "]"');
  return items;
}

function readObject(reader: Reader): Map<string, Json> {
  const entries = new Map<string, Json>();
  if (take(reader, "}")) return entries;
  do {
    if (!take(reader, '"')) fail(reader, "a key");
    const key = readString(reader);
    if (entries.has(key)) fail(reader, `one key "${key}", not two,`);
    if (!take(reader, ":")) fail(reader, '":"');
    entries.set(key, readValue(reader));
  } while (take(reader, ","));
  if (!take(reader, "}")) fail(reader, '"," or "}"');
  return entries;
}

const INTEGER = /-?(?:0|[1-9][0-9]*)(?![0-9.eE])/y;

function readInteger(reader: Reader): number {
  INTEGER.lastIndex = reader.at;
  const match = INTEGER.exec(reader.text);
  const value = match === null ? Number.NaN : Number(match[0]);
  if (!Number.isSafeInteger(value) || Object.is(value, -0)) fail(reader, "a value");
  reader.at = INTEGER.lastIndex;
  return value;
}

/** Characters that stand for themselves in a string: all but quotes, backslashes and controls. */
const PLAIN = /[ !#-[\]-\uffff]*/y;

function readString(reader: Reader): string {
  let value = "";
  for (;;) {
    PLAIN.lastIndex = reader.at;
    value += PLAIN.exec(reader.text)?.[0] ?? "";
    reader.at = PLAIN.lastIndex;
    const stop = reader.text[reader.at];
    if (stop !== '"' && stop !== "\\") fail(reader, "the end of a string");
    reader.at++;
    if (stop === '"') return value;
    value += readEscape(reader);
  }
}

const ESCAPES = new Map([
  ['"', '"'],
  ["\\", "\\"],
  ["/", "/"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
]);

const HEX = /[0-9a-fA-F]{4}/y;

/** The character behind a backslash; a lone surrogate is kept as it is. */
function readEscape(reader: Reader): string {
  const letter = reader.text.charAt(reader.at++);
  const short = ESCAPES.get(letter);
  if (short !== undefined) return short;
  HEX.lastIndex = reader.at;
  const hex = letter === "u" ? HEX.exec(reader.text) : null;
  if (hex === null) fail(reader, "an escape");
  reader.at += 4;
  return String.fromCharCode(Number.parseInt(hex[0], 16));
}
