import { crc32, deflateSync } from "node:zlib";
import type { Picture, Table } from "@softmax/core";
import type { PicturesOf } from "./looks.ts";

/** The pictures of a table's first column of images; undefined where it has none. */
export function picturesOf({ images }: Table): PicturesOf | undefined {
  const pictures = images?.[0]?.pictures;
  return (
    pictures && ((row) => `data:image/png;base64,${pngOf(pictures[row - 1]).toString("base64")}`)
  );
}

const SIGNATURE = Buffer.from("\x89PNG\r\n\x1a\n", "latin1");
const COLOUR_TYPES = { 1: 0, 3: 2 } as const;

/** A PNG of 8 bits a channel, its rows unfiltered. */
export function pngOf({ width, height, channels, data }: Picture): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, COLOUR_TYPES[channels], 0, 0, 0], 8);
  const line = width * channels;
  const rows = Buffer.alloc(height * (line + 1));
  for (let y = 0; y < height; y++) {
    rows.set(data.subarray(y * line, (y + 1) * line), y * (line + 1) + 1);
  }
  const chunks = [chunk("IHDR", header), chunk("IDAT", deflateSync(rows)), chunk("IEND", NOTHING)];
  return Buffer.concat([SIGNATURE, ...chunks]);
}

const NOTHING = Buffer.alloc(0);

function chunk(type: string, data: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const named = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, check]);
}
