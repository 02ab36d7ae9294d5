export * from "@softmax/core";
export { readTable } from "./data/read.ts";
export type { Dialect, Ledger, ReadOptions, Reject, Source, TableSource } from "./data/source.ts";
