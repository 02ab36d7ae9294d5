import {
  type Classifier,
  checkColumns,
  loadClassifier,
  MultiLabelClassifier,
  modelError,
  type Schema,
  type SoftmaxError,
} from "@softmax/core";
import { type SourceBytes, wholeFile } from "../data/bytes.ts";
import { readTable, readUnpacked } from "../data/read.ts";
import type { Source, TableSource } from "../data/source.ts";
import { renamedText, soleText } from "../data/text-table.ts";
import { noTextColumn } from "../errors.ts";
import "../stemmers.ts";
import { backboneOf } from "./backbone.ts";
import { type ReadFlags, readOptionsOf, rejectedNotes } from "./reading.ts";
import type { Session } from "./session.ts";

/** Opens a model file of either kind. Throws a SoftmaxError that names the file. */
export async function loadAny(path: string): Promise<Classifier | MultiLabelClassifier> {
  return (await loadBytes(path)).classifier;
}

/** The same, with the bytes of the file. */
export async function loadBytes(
  path: string,
): Promise<{ classifier: Classifier | MultiLabelClassifier; bytes: Uint8Array }> {
  const bytes = await wholeFile(path);
  try {
    return { classifier: await loadClassifier(bytes), bytes };
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "model") {
      throw modelError(`${path}: ${error.message}`);
    }
    throw error;
  }
}

/** Opens a model file of one label a row. Throws a SoftmaxError that names the file. */
export async function loadModel(path: string): Promise<Classifier> {
  const classifier = await loadAny(path);
  if (classifier instanceof MultiLabelClassifier) throw severalLabels(path);
  return classifier;
}

const severalLabels = (path: string): SoftmaxError =>
  modelError(
    `${path}: this model gives several labels a row, which this command is not there for yet; softmax predict, evaluate, explain and inspect are`,
  );

/** A model and the table it is to read, checked against each other; what is worth knowing goes to standard error. */
export async function openWithTable(
  path: string,
  data: Source,
  flags: ReadFlags,
  session: Session,
): Promise<{ classifier: Classifier; source: TableSource }> {
  const classifier = await loadModel(path);
  return { classifier, source: await tableFor(classifier, data, flags, session) };
}

/** The same with a model of either kind. */
export async function openAnyWithTable(
  path: string,
  data: Source,
  flags: ReadFlags,
  session: Session,
): Promise<{ classifier: Classifier | MultiLabelClassifier; source: TableSource }> {
  const classifier = await loadAny(path);
  return { classifier, source: await tableFor(classifier, data, flags, session) };
}

/** A table for a classifier, checked against it; what is worth knowing goes to standard error. */
export async function tableFor(
  classifier: Classifier | MultiLabelClassifier,
  data: Source | SourceBytes,
  flags: ReadFlags,
  session: Session,
): Promise<TableSource> {
  const schema =
    classifier instanceof MultiLabelClassifier ? classifier.schema : classifier.model.schema;
  const backbone = await backboneOf(classifier, flags);
  const options = {
    ...readOptionsOf(flags, session),
    ...(backbone && { backbone }),
    knownColumns: classifier.columns,
  };
  const isUnpacked = typeof data === "object" && "compression" in data;
  const read = isUnpacked ? await readUnpacked(data, options) : await readTable(data, options);
  const source = { ...read, table: renamedText(read.table, schema) };
  checkTexts(source, schema);
  checkColumns(source.table, schema);
  const strays = classifier.remarks(source.table);
  for (const remark of [...source.remarks, ...rejectedNotes(source, flags), ...strays]) {
    session.note(remark);
  }
  return source;
}

function checkTexts({ name, table }: TableSource, schema: Schema): void {
  const wanted = soleText(schema);
  if (wanted === null || table.columns.some((column) => column.name === wanted)) return;
  throw noTextColumn(name, wanted);
}
