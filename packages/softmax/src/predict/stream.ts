import { availableParallelism } from "node:os";
import { setImmediate } from "node:timers/promises";
import { type Schema, strayTally } from "@softmax/core";
import { pieceAccount } from "../data/piece-account.ts";
import type { Piece } from "../data/pieces.ts";
import { openRejects, type RejectsFile } from "../data/rejects.ts";
import type { RowStream } from "../data/row-stream.ts";
import { openSink } from "../data/sink.ts";
import type { Dialect, Ledger } from "../data/source.ts";
import { openWriter } from "../data/writer.ts";
import { type PiecePool, piecePool } from "./pool.ts";
import { type PieceAnswers, type PieceWork, type PredictJob, pieceWork } from "./work.ts";

export interface StreamOptions {
  /** The file for the answers, or "-". */
  readonly path: string;
  /** Threads that predict. Default: those available, at most 8. The answers are the same for any number. */
  readonly threads?: number;
  /** A file for the rows left out. */
  readonly rejectsPath?: string;
  readonly onProgress?: (share: number) => void;
}

/** What was predicted, when all of it is written. */
export interface Streamed {
  readonly rows: number;
  readonly ledger: Ledger;
  readonly dialect: Dialect;
  /** Sentences about what was understood. */
  readonly remarks: readonly string[];
  /** Sentences about cells that count as missing. */
  readonly strays: readonly string[];
}

const MOST_THREADS = 8;

/**
 * Predicts the rows of a stream and writes them with their answers, in order, as they come: at any time only a few pieces are in
 * memory. Threads predict pieces beside each other; a slow reader of the answers holds up the reading.
 *
 * Throws a SoftmaxError where a row cannot be read; a file then keeps what it held before.
 */
export async function predictStream(
  job: PredictJob,
  schema: Schema,
  stream: RowStream,
  options: StreamOptions,
): Promise<Streamed> {
  const work = await pieceWork(job);
  const sink = await openAnswers(job, work, options.path);
  const { rejectsPath } = options;
  const rejects = rejectsPath === undefined ? null : await openRejects(rejectsPath);
  const account = accountOf(stream, schema, rejects);
  // Tables for Parquet go to a database that one thread fills.
  const wanted = job.output === null ? 1 : (options.threads ?? availableParallelism());
  const threads = Math.min(MOST_THREADS, wanted);
  const pool = threads > 1 ? piecePool(job, threads) : inPlace(work);
  try {
    for await (const answers of inOrder(stream.pieces(), pool, 2 * threads)) {
      await account.take(answers);
      await sink.write(answers);
      if (!sink.isRead) break;
      options.onProgress?.(stream.share());
    }
    const streamed = account.close();
    await rejects?.close();
    await sink.close();
    return streamed;
  } catch (error) {
    await rejects?.abort();
    await sink.abort();
    throw error;
  } finally {
    await pool.close();
    await stream.close();
  }
}

/** The answers to pieces in their order, each as soon as it is there; at most `ahead` more pieces are at work or wait meanwhile. */
async function* inOrder(
  pieces: AsyncGenerator<Piece>,
  pool: PiecePool,
  ahead: number,
): AsyncGenerator<PieceAnswers> {
  const queue: Promise<PieceAnswers>[] = [];
  let isFirst = true;
  let coming: Promise<IteratorResult<Piece>> | null = handled(pieces.next());
  while (coming !== null || queue.length > 0) {
    if (queue.length > 0 && (queue.length > ahead || (await isAnsweredFirst(queue[0], coming)))) {
      yield (await queue.shift()) as PieceAnswers;
      continue;
    }
    const { value, done } = await (coming as Promise<IteratorResult<Piece>>);
    coming = done === true ? null : handled(pieces.next());
    if (done === true) continue;
    queue.push(handled(pool.answer(value, isFirst)));
    isFirst = false;
  }
}

/** Whether answers come before the next piece, or none is to come. */
const isAnsweredFirst = async (
  answers: Promise<unknown>,
  coming: Promise<unknown> | null,
): Promise<boolean> =>
  coming === null || Promise.race([answers.then(() => true), coming.then(() => false)]);

/** Whoever waits for it hears of its failure; where nobody does any more, it does not matter. */
function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

const inPlace = (work: PieceWork): PiecePool => ({
  async answer(piece, isFirst) {
    await setImmediate();
    return work.do(piece, isFirst);
  },
  close: () => Promise.resolve(),
});

interface AnswerSink {
  write(answers: PieceAnswers): Promise<void>;
  close(): Promise<void>;
  abort(): Promise<void>;
  /** False once nobody reads the answers any more. */
  readonly isRead: boolean;
}

/** The head of the answers is written with the first of them. */
async function openAnswers(job: PredictJob, work: PieceWork, path: string): Promise<AnswerSink> {
  if (job.output === null) {
    const writer = await openWriter(path, { format: "parquet" });
    return {
      write: ({ table }) => writer.write(table!),
      close: writer.close,
      abort: writer.abort,
      isRead: true,
    };
  }
  const sink = await openSink(path);
  let isFirst = true;
  return {
    async write({ bytes, rows }) {
      if (rows === 0) return;
      if (isFirst) await sink.write(work.header());
      isFirst = false;
      await sink.write(bytes!);
    },
    close: sink.close,
    abort: sink.abort,
    get isRead() {
      return sink.isRead;
    },
  };
}

/** Counts rows, lines and cells that count as missing. */
function accountOf(stream: RowStream, schema: Schema, rejects: RejectsFile | null) {
  const account = pieceAccount(stream, rejects);
  const tally = strayTally(schema);
  return {
    async take(answers: PieceAnswers): Promise<void> {
      await account.take(answers, answers.rows);
      tally.add(answers.strays, answers.rows);
    },
    /** Throws where there was no row. */
    close: (): Streamed => ({ ...account.close(), strays: tally.remarks() }),
  };
}
