export * from "@softmax/core";
export { type FileContent, writeFileAtomically } from "./data/atomic.ts";
export { type CheckpointFolder, removeCheckpoint } from "./data/checkpoint.ts";
export type { FileFacts, Files, OpenFile } from "./data/files.ts";
export { freeName } from "./data/names.ts";
export { type BackboneOptions, openBackbone } from "./data/onnx.ts";
export { readTable } from "./data/read.ts";
export type { Dialect, Ledger, ReadOptions, Reject, Source, TableSource } from "./data/source.ts";
export {
  type OutputFormat,
  openWriter,
  type TableWriter,
  type WriterOptions,
} from "./data/writer.ts";
export { type InferFileOptions, inferTable } from "./infer.ts";
export { multiLabelPage } from "./report/multi-label.ts";
export { reportPage } from "./report/page.ts";
export { STEMMER_LANGUAGES } from "./stemmers.ts";
export { STOP_WORD_LANGUAGES, stopWords } from "./stop-words.ts";
export {
  type MultiLabelTrainFileOptions,
  type Trained,
  type TrainFileOptions,
  train,
} from "./train.ts";
