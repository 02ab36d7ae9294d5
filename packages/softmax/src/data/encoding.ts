import { isUtf8 } from "node:buffer";
import * as errors from "../errors.ts";
import { firstLatinByte } from "./latin.ts";

/** How bytes become text. */
export interface Encoding {
  /** As TextDecoder names it. */
  readonly name: string;
  /** Bytes of a byte order mark at the front. */
  readonly skip: number;
  /** Whether U+FFFD in the decoded text stands for bytes that are not in the encoding. */
  readonly damaged: boolean;
  /** Where it was taken because the bytes are no UTF-8: the first line that shows so. Else null. */
  readonly guessedAt: number | null;
}

const BLOCK_BYTES = 1 << 22;

/**
 * The encoding that `label` names, or, for "auto", the one that the bytes show: by byte order mark, else UTF-16 where every
 * other byte is 0, else UTF-8, or Windows-1252 where they are none and plausibly are Latin text (latin.ts).
 * Throws a RangeError for unknown labels.
 */
export function encodingOf(bytes: Uint8Array, label: string): Encoding {
  const mark = byteOrderMark(bytes);
  const name = label === "auto" ? (mark?.name ?? withoutMark(bytes)) : canonicalName(label);
  const skip = mark?.name === name ? mark.skip : 0;
  if (label === "auto" && mark === null && name === "utf-8") return utf8OrLatin(bytes);
  const damaged = name === "utf-8" ? !isUtf8(bytes) : name !== "windows-1252";
  return { name, skip, damaged, guessedAt: null };
}

/** The encoding of bytes that are UTF-8 or, where they are none and plausibly are Latin text, Windows-1252. */
export function utf8OrLatin(bytes: Uint8Array): Encoding {
  const damaged = !isUtf8(bytes);
  const at = damaged ? firstLatinByte(bytes) : null;
  if (at === null) return { name: "utf-8", skip: 0, damaged, guessedAt: null };
  return { name: "windows-1252", skip: 0, damaged: false, guessedAt: lineOf(bytes, at) };
}

/** What is to be said of an encoding that was guessed. */
export const encodingRemarks = ({ name, guessedAt }: Encoding): string[] =>
  guessedAt === null
    ? []
    : [`read as ${name}, as line ${guessedAt} is no valid UTF-8; --encoding overrides this`];

/** The line, from 1, of the byte at `at`; every kind of line end counts. */
function lineOf(bytes: Uint8Array, at: number): number {
  let line = 1;
  for (let i = 0; i < at; i++) {
    if (bytes[i] === 10 || (bytes[i] === 13 && bytes[i + 1] !== 10)) line++;
  }
  return line;
}

function canonicalName(label: string): string {
  try {
    return new TextDecoder(label).encoding;
  } catch {
    throw errors.unknownEncoding(label);
  }
}

function byteOrderMark(bytes: Uint8Array): { name: string; skip: number } | null {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf)
    return { name: "utf-8", skip: 3 };
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return { name: "utf-16le", skip: 2 };
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return { name: "utf-16be", skip: 2 };
  return null;
}

/** UTF-16 where at least two in five of the bytes on one side are 0 and none on the other. */
function withoutMark(bytes: Uint8Array): string {
  const pairs = Math.min(512, bytes.length >> 1);
  let even = 0;
  let odd = 0;
  for (let i = 0; i < pairs; i++) {
    if (bytes[2 * i] === 0) even++;
    if (bytes[2 * i + 1] === 0) odd++;
  }
  if (even === 0 && odd > 0.4 * pairs) return "utf-16le";
  if (odd === 0 && even > 0.4 * pairs) return "utf-16be";
  return "utf-8";
}

/** The first block of the text, and whether it is all of it. */
export function firstBlock(
  bytes: Uint8Array,
  encoding: Encoding,
): { readonly text: string; readonly isWhole: boolean } {
  const { value } = decodedBlocks(bytes, encoding).next();
  return { text: (value as string | undefined) ?? "", isWhole: bytes.length <= BLOCK_BYTES };
}

/** The text in blocks; bytes that are not in the encoding come as U+FFFD. */
export function* decodedBlocks(bytes: Uint8Array, encoding: Encoding): Generator<string> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const decoder = new TextDecoder(encoding.name, { ignoreBOM: true });
  for (let from = encoding.skip; from < buffer.length; ) {
    const to = Math.min(buffer.length, from + BLOCK_BYTES);
    const end = encoding.name === "utf-8" ? characterStart(buffer, to) : to;
    if (encoding.name === "utf-8") yield buffer.toString("utf8", from, end);
    else if (encoding.name === "windows-1252")
      yield windows1252(buffer.toString("latin1", from, end));
    else yield decoder.decode(buffer.subarray(from, end), { stream: end < buffer.length });
    from = end;
  }
}

/** Bytes in front that are whole UTF-8 characters, or none at all: up to three may wait for the rest of theirs. */
export function wholeCharacters(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back];
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

/** The last start of a UTF-8 character at or before `at`; the end of the buffer is one. */
function characterStart(buffer: Buffer, at: number): number {
  if (at >= buffer.length) return buffer.length;
  for (let back = 0; back < 4; back++) {
    if ((buffer[at - back] & 0xc0) !== 0x80) return at - back;
  }
  return at;
}

/** Characters of bytes 0x80…0x9F (WHATWG Encoding, index windows-1252). */
const HIGH_CONTROLS = "€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ";

/** Done here because some releases of Node decode these bytes as ISO 8859-1. */
export const windows1252 = (latin1: string): string =>
  latin1.replace(/[\x80-\x9f]/g, (c) => HIGH_CONTROLS[c.charCodeAt(0) - 0x80]);
