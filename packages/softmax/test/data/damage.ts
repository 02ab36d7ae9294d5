import { gzipSync } from "node:zlib";
import { readPiece } from "../../src/data/piece-reader.ts";
import { readTable } from "../../src/data/read.ts";
import { openRows, type RowStream } from "../../src/data/row-stream.ts";

/** Whole numbers below `n`, the same for the same seed. */
export function randomNumbers(seed: number): (n: number) => number {
  let state = (seed * 48_271 + 11) % 2_147_483_647;
  return (n) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % n;
  };
}

/** A table with quotes, line ends and characters of every kind. */
export function anyTable(random: (n: number) => number): Buffer {
  const cells = ["1.5", "x", '"q, ""r"""', '"two\r\nlines"', "é🎈", "", " blank", "007", "?"];
  const [delimiter, lineEnd] = [[",", ";", "\t", "|"][random(4)], ["\n", "\r\n", "\r"][random(3)]];
  const rows = Array.from({ length: 5 + random(40) }, (_, i) =>
    [i, ...Array.from({ length: 4 }, () => cells[random(cells.length)])].join(delimiter),
  );
  const text = ["id", "a", "b", "c", "d"].join(delimiter) + lineEnd + rows.join(lineEnd);
  return random(4) === 0 ? Buffer.from(`\ufeff${text}`, "utf16le") : Buffer.from(text);
}

/** Cuts the end off, flips bits, puts in, takes out or doubles bytes; packs some. */
export function damaged(whole: Buffer, random: (n: number) => number): Buffer {
  const bytes = Buffer.from(random(8) === 0 ? gzipSync(whole) : whole);
  for (let n = random(4); n > 0; n--) bytes[random(bytes.length)] ^= 1 << random(8);
  const at = random(bytes.length);
  const some = Buffer.from(
    [0, 0x22, 0x27, 0x2c, 0x0d, 0x0a, 0xff, 0x80][random(8)].toString(16),
    "hex",
  );
  switch (random(5)) {
    case 0:
      return bytes.subarray(0, at);
    case 1:
      return Buffer.concat([bytes.subarray(0, at), some, bytes.subarray(at)]);
    case 2:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random(30))]);
    case 3:
      return Buffer.concat([bytes, bytes.subarray(at)]);
    default:
      return bytes;
  }
}

export interface Outcome {
  /** Rows of the table, and those rejected; null where the reading failed in a sentence. */
  readonly rows: number | null;
  readonly rejected: number;
  readonly read: number;
}

const FAILED: Outcome = { rows: null, rejected: 0, read: 0 };

/** Rethrows what is no sentence of ours. */
function sentence(error: unknown): Outcome {
  if (
    error instanceof Error &&
    error.name === "SoftmaxError" &&
    !error.message.startsWith("internal")
  ) {
    return FAILED;
  }
  throw error;
}

export async function readWhole(path: string, options = {}): Promise<Outcome> {
  try {
    const { table, ledger } = await readTable(path, { skipBadRows: true, ...options });
    return { rows: table.rows, rejected: ledger.rejected, read: ledger.read };
  } catch (error) {
    return sentence(error);
  }
}

/** In pieces; as `readWhole` where the source is short or of another format. */
export async function readInPieces(
  path: string,
  options = {},
  sizes = { head: 64, block: 48 },
): Promise<Outcome> {
  try {
    const given = { skipBadRows: true, ...options };
    const stream = await openRows(path, given, sizes);
    if (typeof stream === "string" || !("pieces" in stream)) return readWhole(path, options);
    return await countPieces(stream).finally(stream.close);
  } catch (error) {
    return sentence(error);
  }
}

async function countPieces(stream: RowStream): Promise<Outcome> {
  let rows = 0;
  let rejected = 0;
  let isFirst = true;
  for await (const piece of stream.pieces()) {
    const { table, rejects } = readPiece(stream.plan, piece, isFirst);
    rows += table.rows;
    rejected += rejects.length;
    isFirst = false;
  }
  return { rows, rejected, read: rows + rejected };
}

/** The work, or a failure where it takes longer: nothing may hang. */
export async function within<T>(seconds: number, what: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`${what} takes more than ${seconds} s`)),
      1000 * seconds,
    );
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
