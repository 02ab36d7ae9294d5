import { relative, sep } from "node:path";
import type { ImageColumn, Picture, Table } from "@softmax/core";
import * as errors from "../errors.ts";
import { fileHead } from "./bytes.ts";
import { textBuilder } from "./columns.ts";
import type { Listing, TextFile } from "./folder.ts";
import {
  beginsAsImage,
  type Decoded,
  type DecodeImage,
  decodeFile,
  eachDecoded,
  HEAD_BYTES,
  imageDecoder,
  isImageName,
  pictureList,
} from "./pictures.ts";
import { type LedgerBook, ledgerBook } from "./rejects.ts";
import { NO_TEXT_DIALECT, type ReadOptions, type ReadTable } from "./source.ts";
import { LABEL } from "./text-table.ts";

/** The column of images, and that of the paths of their files. */
export const PIXELS = "pixels";
export const FILE = "file";

/** Whether a folder is one of images: most names end as theirs do, or none does and the first file begins as they do. */
export async function holdsImages({ files }: Pick<Listing, "files">): Promise<boolean> {
  const named = files.filter(({ path }) => isImageName(path)).length;
  if (named > 0 || files.length === 0) return 2 * named > files.length;
  return beginsAsImage(await fileHead(files[0].path, HEAD_BYTES).catch(() => new Uint8Array(0)));
}

/**
 * Reads images, a file a row, as columns `label` (where files have classes), `file` and `pixels`. Files that begin as no image does
 * are left out with a remark where their names do not promise one; broken images are bad rows.
 */
export async function readImages(
  folder: string,
  { files, folders, remarks }: Listing,
  options: ReadOptions,
): Promise<ReadTable> {
  const decode = await imageDecoder(options);
  const book = ledgerBook(folder, options);
  const labels = textBuilder();
  const paths = textBuilder();
  const list = pictureList(options);
  let left = 0;
  const find = ({ path }: TextFile): Promise<Decoded | null> => fileImage(path, decode);
  for await (const { item: file, decoded } of eachDecoded(files, find, options)) {
    if (decoded === null) {
      left++;
      continue;
    }
    if (!takes(decoded, file.path, book, options)) continue;
    labels.add(file.label);
    paths.add(relative(folder, file.path).split(sep).join("/"));
    list.add(decoded);
  }
  const ledger = book.ledger();
  if (ledger.read === 0) throw errors.emptySource(folder);
  const hasLabels = folders > 0;
  const columns = [...(hasLabels ? [labels.finish(LABEL)] : []), paths.finish(FILE)];
  const table: Table = {
    ...{ rows: list.pictures.length, columns, decimal: "." },
    images: [list.column(PIXELS)],
  };
  return {
    ...{ table, ledger, name: folder, rejected: book.all },
    remarks: [...remarks, ...(left > 0 ? [errors.noImagesLeft(left)] : [])],
    dialect: {
      ...NO_TEXT_DIALECT,
      format: "images",
      compression: "none",
      encoding: null,
      files: { count: files.length, folders },
    },
    ...(hasLabels ? { target: LABEL } : {}),
  };
}

/** Whether it is a picture; one that is not is accounted for. */
function takes(
  decoded: Decoded,
  path: string,
  book: LedgerBook,
  { skipBadRows }: ReadOptions,
): decoded is Decoded & { picture: Picture } {
  if (decoded.fault === null) {
    book.accept();
    return true;
  }
  if (skipBadRows !== true) throw errors.badImage(path, decoded.fault);
  book.reject(1, decoded.fault, path, path);
  return false;
}

/** What a file holds; null where it neither is nor is called an image. */
async function fileImage(path: string, decode: DecodeImage): Promise<Decoded | null> {
  return decodeFile(path, (bytes) =>
    isImageName(path) || beginsAsImage(bytes) ? decode(bytes) : null,
  ).catch((cause: NodeJS.ErrnoException) => {
    throw errors.cannotRead(path, cause.code ?? cause.message);
  });
}

/** The images of some rows of a column. */
export const someImages = (
  { name, pictures, features }: ImageColumn,
  start: number,
  end: number,
): ImageColumn => ({
  name,
  pictures: pictures.slice(start, end),
  ...(features && { features: { ...features, rows: features.rows.slice(start, end) } }),
});
