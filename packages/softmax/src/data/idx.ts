import { stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import {
  imageColumn,
  MOST_SIDE,
  type Picture,
  type Table,
  type TableColumn,
  withFeatures,
} from "@softmax/core";
import * as errors from "../errors.ts";
import { fileBytes, type SourceBytes } from "./bytes.ts";
import { textBuilder } from "./columns.ts";
import { PIXELS } from "./images.ts";
import { NO_TEXT_DIALECT, type ReadOptions, type ReadTable } from "./source.ts";
import { LABEL } from "./text-table.ts";

/** IDX, the form of MNIST: two zeros, a type (8: bytes), the number of sizes, the sizes (u32, big-endian), then the numbers. */

const BYTES = 8;
const IMAGES = 3;
const LABELS = 1;

/** Sizes and numbers of an IDX file of bytes. Throws a SoftmaxError ("data") where it is another, cut off or too long. */
function idxOf({ bytes, name }: SourceBytes, dimensions: number): [number[], Uint8Array] {
  const start = 4 + 4 * dimensions;
  const isOne = bytes[0] === 0 && bytes[1] === 0 && bytes[2] === BYTES && bytes[3] === dimensions;
  if (!isOne || bytes.length < start) throw errors.noIdx(name, dimensions);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const sizes = Array.from({ length: dimensions }, (_, i) => view.getUint32(4 + 4 * i));
  const size = sizes.reduce((product, one) => product * one, 1);
  const got = bytes.length - start;
  if (got !== size) throw errors.idxSize(name, sizes, got);
  return [sizes, new Uint8Array(bytes.buffer, bytes.byteOffset + start, size)];
}

/** Reads an IDX file of images, with labels from `options.labels` or from a file whose name says that it is theirs. */
export async function readIdx(
  source: SourceBytes,
  path: string | null,
  options: ReadOptions,
): Promise<ReadTable> {
  const [[rows, height, width], data] = idxOf(source, IMAGES);
  if (rows === 0) throw errors.emptySource(source.name);
  if (Math.max(height, width) > MOST_SIDE || height * width === 0) {
    throw errors.idxSize(source.name, [rows, height, width], data.length);
  }
  const bytes = height * width;
  const pictures = Array.from({ length: rows }, (_, i): Picture => {
    const own = data.subarray(i * bytes, (i + 1) * bytes);
    return { width, height, channels: 1, data: own };
  });
  const named = options.labels ?? (path === null ? null : await besideOf(path));
  const columns = named === null ? [] : [await readLabels(named, rows)];
  const table: Table = { rows, columns, decimal: ".", images: [imageColumn(PIXELS, pictures)] };
  const { backbone } = options;
  return {
    table: backbone === undefined ? table : await withFeatures(table, backbone, options),
    ledger: { read: rows, rejected: 0, rejects: [] },
    name: source.name,
    remarks: [],
    rejected: [],
    dialect: {
      ...NO_TEXT_DIALECT,
      format: "idx",
      compression: source.compression,
      encoding: null,
    },
    ...(named === null ? {} : { target: LABEL }),
  };
}

/** The file of labels beside train-images-idx3-ubyte.gz: train-labels-idx1-ubyte.gz, packed or not. */
async function besideOf(path: string): Promise<string | null> {
  const name = basename(path);
  const other = name.replace(/images([-_.])idx3/i, "labels$1idx1");
  if (other === name) return null;
  const plain = other.replace(/\.gz$/i, "");
  for (const one of [other, plain, `${plain}.gz`]) {
    const beside = join(dirname(path), one);
    if ((await stat(beside).catch(() => null))?.isFile() === true) return beside;
  }
  return null;
}

async function readLabels(path: string, rows: number): Promise<TableColumn> {
  const [[count], data] = idxOf(await fileBytes(path), LABELS);
  if (count !== rows) throw errors.otherLabels(path, count, rows);
  const labels = textBuilder();
  for (const label of data) labels.add(String(label));
  return labels.finish(LABEL);
}
