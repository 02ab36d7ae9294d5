/** The thread that predicts pieces as they come; what goes wrong is sent back as it is. */
import { parentPort, workerData } from "node:worker_threads";
import { SoftmaxError } from "@softmax/core";
import type { Piece } from "../data/pieces.ts";
import { type PieceAnswers, type PredictJob, pieceWork } from "./work.ts";

export interface PieceTask {
  readonly piece: Piece;
  readonly isFirst: boolean;
}

/** How a task ended. */
export type TaskResult =
  | { readonly answers: PieceAnswers }
  | { readonly error: { readonly code: string | null; readonly message: string } };

const port = parentPort;
if (port === null) throw new Error("internal: this is the entry of a thread");
const work = pieceWork(workerData as PredictJob);
port.on("message", async ({ piece, isFirst }: PieceTask) => {
  try {
    const answers = (await work).do(piece, isFirst);
    const bytes = answers.bytes?.buffer;
    port.postMessage({ answers } satisfies TaskResult, bytes === undefined ? [] : [bytes]);
  } catch (cause) {
    const code = cause instanceof SoftmaxError ? cause.code : null;
    const message =
      cause instanceof Error ? (code ? cause.message : (cause.stack ?? "")) : String(cause);
    port.postMessage({ error: { code, message } } satisfies TaskResult);
  }
});
