/** The thread that reads spooled rows for another one, the next ones ahead of time. */
import { workerData } from "node:worker_threads";
import { type RowMail, serveRows } from "@softmax/core";
import { type RowPlaces, readRows } from "./row-places.ts";
import { bytesOf, readFully } from "./scratch-file.ts";

export interface RowServerJob {
  readonly mail: RowMail;
  /** Of the spool: threads of a process share its open files. */
  readonly fd: number;
  readonly places: RowPlaces;
}

const { mail, fd, places } = workerData as RowServerJob;
serveRows(mail, (first, _count, dense, codes) =>
  readRows((numbers, at) => readFully(fd, bytesOf(numbers), at), places, first, dense, codes),
);
