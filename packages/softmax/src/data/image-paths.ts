import { realpath } from "node:fs/promises";
import { dirname, resolve, sep } from "node:path";
import { pickTable, type Table, type TextColumn } from "@softmax/core";
import * as errors from "../errors.ts";
import { PIXELS } from "./images.ts";
import {
  type Decoded,
  type DecodeImage,
  decodeFile,
  eachDecoded,
  imageDecoder,
  pictureList,
} from "./pictures.ts";
import { KEPT, ledgerBook } from "./rejects.ts";
import type { ReadOptions, ReadTable, Source } from "./source.ts";

/**
 * The table with the images whose paths stand in its column `options.images`, as column `pixels`. Paths are relative to
 * `options.imageRoot`, else to the folder of the file that is read, and lead to no file outside it, whatever their links. Rows
 * whose image is missing or broken are bad rows.
 */
export async function withImages(
  read: ReadTable,
  source: Source,
  options: ReadOptions,
): Promise<ReadTable> {
  const column = pathColumn(read.table, options.images as string);
  const root = await realpath(rootOf(source, options)).catch((cause: NodeJS.ErrnoException) => {
    throw errors.cannotRead(rootOf(source, options), cause.code ?? cause.message);
  });
  const pictures = await picturesOf(column, root, await imageDecoder(options), options);
  const book = ledgerBook(read.name, options, "row");
  const kept: number[] = [];
  const own = pictureList(options);
  column.codes.forEach((code, row) => {
    const found = code < 0 ? NO_PATH : pictures[code];
    if (found.fault !== null) {
      book.reject(row + 1, found.fault, code < 0 ? "" : column.dictionary[code]);
      return;
    }
    book.accept();
    kept.push(row);
    own.add(found);
  });
  const ledger = book.ledger();
  return {
    ...read,
    table: {
      ...pickTable(read.table, Int32Array.from(kept)),
      images: [own.column(PIXELS)],
    },
    ledger: {
      read: read.ledger.read,
      rejected: read.ledger.rejected + ledger.rejected,
      rejects: [...read.ledger.rejects, ...ledger.rejects].slice(0, KEPT),
    },
    rejected: [...read.rejected, ...book.all],
  };
}

const NO_PATH: Decoded = { picture: null, fault: errors.noPath() };

function pathColumn({ columns }: Table, name: string): TextColumn {
  const column = columns.find((one) => one.name === name);
  const names = columns.map((one) => one.name);
  if (column?.kind !== "text") throw errors.noPathColumn(name, names);
  if (names.includes(PIXELS)) throw errors.pixelsTaken(PIXELS);
  return column;
}

function rootOf(source: Source, { imageRoot }: ReadOptions): string {
  if (imageRoot !== undefined) return imageRoot;
  if (typeof source === "string" && source !== "-") return dirname(source);
  if (typeof source === "object" && "path" in source) return dirname(source.path);
  throw errors.noImageRoot();
}

/** What stands at each path of the column's dictionary. */
async function picturesOf(
  { dictionary }: TextColumn,
  root: string,
  decode: DecodeImage,
  options: ReadOptions,
): Promise<Decoded[]> {
  const found: Decoded[] = [];
  const find = (path: string): Promise<Decoded> => pictureAt(path.trim(), root, decode);
  for await (const { decoded } of eachDecoded(dictionary, find, options)) found.push(decoded);
  return found;
}

async function pictureAt(path: string, root: string, decode: DecodeImage): Promise<Decoded> {
  if (path === "" || path.includes("\0")) return NO_PATH;
  const failed = (fault: string): Decoded => ({ picture: null, fault });
  try {
    const file = await realpath(resolve(root, path));
    if (!file.startsWith(root.endsWith(sep) ? root : root + sep)) {
      return failed(errors.outsideRoot(path));
    }
    return await decodeFile(file, decode);
  } catch (cause) {
    return failed(errors.unreadImage(path, (cause as NodeJS.ErrnoException).code ?? String(cause)));
  }
}
