import { Worker } from "node:worker_threads";
import { SoftmaxError } from "@softmax/core";
import type { Piece } from "../data/pieces.ts";
import * as errors from "../errors.ts";
import type { PieceAnswers, PredictJob } from "./work.ts";
import type { PieceTask, TaskResult } from "./worker.ts";

/** Threads that predict pieces, each as soon as one is free. */
export interface PiecePool {
  /** Pieces at work and waiting are answered in any order; nothing depends on it. */
  answer(piece: Piece, isFirst: boolean): Promise<PieceAnswers>;
  close(): Promise<void>;
}

interface Waiting extends PieceTask {
  resolve(answers: PieceAnswers): void;
  reject(cause: Error): void;
}

export function piecePool(job: PredictJob, threads: number): PiecePool {
  const queue: Waiting[] = [];
  const members = Array.from({ length: threads }, () => member(job, () => queue.shift()));
  return {
    answer: (piece, isFirst) =>
      new Promise((resolve, reject) => {
        queue.push({ piece, isFirst, resolve, reject });
        members.find((one) => one.isFree())?.next();
      }),
    async close() {
      await Promise.all(members.map((one) => one.close()));
    },
  };
}

/** One thread, which asks for the next task when it is done with one. */
function member(job: PredictJob, take: () => Waiting | undefined) {
  const worker = new Worker(new URL("./worker.js", import.meta.url), { workerData: job });
  let current: Waiting | null = null;
  const next = (): void => {
    current = take() ?? null;
    if (current === null) return;
    const { piece, isFirst } = current;
    worker.postMessage({ piece, isFirst } satisfies PieceTask);
  };
  worker.on("message", (result: TaskResult) => {
    const task = current;
    next();
    if ("answers" in result) task?.resolve(result.answers);
    else task?.reject(errorOf(result.error));
  });
  const died = (cause: Error): void => current?.reject(cause);
  worker.on("error", died);
  worker.on("exit", (code) => died(errors.threadEnded(code)));
  return { next, isFree: () => current === null, close: () => worker.terminate() };
}

function errorOf({ code, message }: { code: string | null; message: string }): Error {
  return code === null
    ? new Error(message)
    : new SoftmaxError(code as SoftmaxError["code"], message);
}
