import { damagedFile, foreignFile, internalError, newerFile } from "../base/checks.ts";
import { type Json, parseJson } from "./json.ts";
import { sha256 } from "./sha256.ts";
import { type DType, elementSize, readData, shapeSize, type Tensor, writeData } from "./tensor.ts";

/**
 * The container of a model file (docs/model-file.md): a safetensors file of named tensors, with words (JSON text) in
 * its metadata. Its last 32 bytes are the SHA-256 of every byte before them.
 */
export interface Container {
  readonly tensors: readonly Tensor[];
  readonly words: string;
}

/** The newest format that this version reads. */
export const FORMAT_VERSION = 4;
/** The format of models whose weights are float64: what does not need a newer one is written in it. */
export const FIRST_VERSION = 1;
/** The oldest release of Softmax that reads FORMAT_VERSION; written into the file for older ones to name. */
export const FORMAT_READER = "0.1.0";

const CHECKSUM = "sha256";
const CHECKSUM_BYTES = 32;
/** A longer header is refused: other readers of safetensors stop at the same length. */
const MAX_HEADER = 25_000_000;
const PREFIX = '{"__metadata__":{"format":"softmax",';

/**
 * The bytes of a model file. Tensors stand by element size, widest first, and otherwise in the order given, so that
 * each is aligned. Equal content gives equal bytes. `version`: the oldest format that has all of it. Throws where names repeat or a shape and its data disagree.
 */
export function writeContainer(content: Container, version = FIRST_VERSION): Uint8Array {
  const tensors = [...content.tensors].sort((a, b) => width(b) - width(a));
  const header = encodeHeader(tensors, content.words, version);
  const size = tensors.reduce((sum, tensor) => sum + width(tensor) * tensor.data.length, 0);
  const bytes = new Uint8Array(8 + header.length + size + CHECKSUM_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, header.length, true);
  bytes.set(header, 8);
  let start = 8 + header.length;
  for (const tensor of tensors) {
    writeData(view, start, tensor.data);
    start += width(tensor) * tensor.data.length;
  }
  bytes.set(sha256(bytes.subarray(0, start)), start);
  return bytes;
}

const width = (tensor: Tensor): number => elementSize(tensor.dtype) ?? 0;

/** The header's JSON, padded with spaces so that the tensors start at a multiple of 8. */
function encodeHeader(tensors: readonly Tensor[], words: string, version: number): Uint8Array {
  const seen = new Set(["__metadata__", CHECKSUM]);
  const entries: string[] = [];
  let offset = 0;
  const add = (name: string, dtype: DType, shape: readonly number[], bytes: number): void => {
    const span = [offset, offset + bytes];
    const entry = JSON.stringify({ dtype, shape, data_offsets: span });
    entries.push(`${JSON.stringify(name)}:${entry}`);
    offset += bytes;
  };
  for (const { name, dtype, shape, data } of tensors) {
    if (seen.has(name)) throw internalError(`two tensors named "${name}"`);
    if (shapeSize(name, shape) !== data.length) throw internalError(`shape of "${name}"`);
    seen.add(name);
    add(name, dtype, shape, data.length * (elementSize(dtype) ?? 0));
  }
  add(CHECKSUM, "U8", [CHECKSUM_BYTES], CHECKSUM_BYTES);
  const metadata = `"version":"${version}","reader":"${FORMAT_READER}","words":${JSON.stringify(words)}}`;
  const header = new TextEncoder().encode(`${PREFIX}${metadata},${entries.join(",")}}`);
  const padded = new Uint8Array(Math.ceil(header.length / 8) * 8).fill(0x20);
  padded.set(header);
  if (padded.length > MAX_HEADER) {
    throw internalError(`a model file's header is at most ${MAX_HEADER} bytes`);
  }
  return padded;
}

/**
 * What writeContainer wrote, into memory of its own; only the checksum tensor is left out. The checksum is compared
 * before anything else is read. Throws a SoftmaxError ("model") where the bytes are damaged, foreign or too new.
 */
export function readContainer(bytes: Uint8Array): Container {
  checkDigest(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = headerLength(view);
  const header = parseJson(decode(bytes.subarray(8, 8 + length)));
  if (!(header instanceof Map)) throw damagedFile("its header is no object");
  const words = readMetadata(header.get("__metadata__"));
  header.delete("__metadata__");
  return { tensors: readTensors(header, view, 8 + length), words };
}

/** Whether bytes begin as a container does, as far as they go; 64 are enough to tell. */
export function isContainer(bytes: Uint8Array): boolean {
  const start = bytes.subarray(8, 8 + PREFIX.length);
  return start.length > 0 && start.every((byte, i) => byte === PREFIX.charCodeAt(i));
}

function checkDigest(bytes: Uint8Array): void {
  const body = bytes.length - CHECKSUM_BYTES;
  const digest = sha256(bytes.subarray(0, Math.max(0, body)));
  const whole = body > 8 && digest.every((byte, i) => byte === bytes[body + i]);
  if (!isContainer(bytes)) throw foreignFile();
  if (!whole) throw damagedFile("its checksum does not match its bytes");
}

function headerLength(view: DataView): number {
  const length = view.getUint32(0, true);
  const space = view.byteLength - 8 - CHECKSUM_BYTES;
  if (view.getUint32(4, true) !== 0 || length > Math.min(space, MAX_HEADER)) {
    throw damagedFile("its header does not fit");
  }
  return length;
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw damagedFile("its header is not UTF-8");
  }
}

/** The words of a file whose format this version reads. */
function readMetadata(metadata: Json | undefined): string {
  if (!(metadata instanceof Map)) throw damagedFile("it has no metadata");
  const version = metadata.get("version");
  const reader = metadata.get("reader");
  const words = metadata.get("words");
  if (typeof version !== "string" || !/^[1-9][0-9]{0,5}$/.test(version)) {
    throw damagedFile("its format version is no number");
  }
  if (Number(version) > FORMAT_VERSION) {
    throw newerFile(version, typeof reader === "string" ? reader : "", FORMAT_VERSION);
  }
  if (typeof words !== "string") throw damagedFile("it has no words");
  return words;
}

/** Tensors stand in the header in the order of their bytes, without gaps; the checksum ends the file. */
function readTensors(header: Map<string, Json>, view: DataView, data: number): Tensor[] {
  const tensors: Tensor[] = [];
  let end = 0;
  for (const [name, entry] of header) {
    const tensor = readEntry(name, entry, end, view.byteLength - data);
    end += tensor.size * tensor.width;
    if (name === CHECKSUM) continue;
    const { dtype, shape, size } = tensor;
    const start = data + end - size * tensor.width;
    tensors.push({ name, dtype, shape, data: readData(view, start, dtype, size) });
  }
  if ([...header.keys()].at(-1) !== CHECKSUM || data + end !== view.byteLength) {
    throw damagedFile("its tensors do not end with the checksum");
  }
  return tensors;
}

interface Entry {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly size: number;
  readonly width: number;
}

/** The header's entry of a tensor that must start at offset `start` and end within `space` bytes. */
function readEntry(name: string, entry: Json, start: number, space: number): Entry {
  const fields = entry instanceof Map ? entry : new Map<string, Json>();
  const [dtype, shape, offsets] = [...DTYPE_KEYS].map((key) => fields.get(key));
  const width = typeof dtype === "string" ? elementSize(dtype) : undefined;
  if (fields.size !== 3 || width === undefined || !isIntegers(shape) || !isIntegers(offsets)) {
    throw damagedFile(`tensor "${name}" is not described as it should be`);
  }
  const size = shapeSize(name, shape);
  const end = start + size * width;
  if (offsets.length !== 2 || offsets[0] !== start || offsets[1] !== end || !(end <= space)) {
    throw damagedFile(`tensor "${name}" is not where it should be`);
  }
  return { dtype: dtype as DType, shape, size, width };
}

const DTYPE_KEYS = ["dtype", "shape", "data_offsets"] as const;

const isIntegers = (value: Json | undefined): value is number[] =>
  Array.isArray(value) && value.every((entry) => typeof entry === "number");
