import { readFile } from "node:fs/promises";
import { Classifier, checkColumns, modelError } from "@softmax/core";
import { checkFile } from "../data/bytes.ts";
import { readTable } from "../data/read.ts";
import type { Source, TableSource } from "../data/source.ts";
import { type ReadFlags, readOptionsOf, rejectedNotes } from "./reading.ts";
import type { Session } from "./session.ts";

/** Opens a model file. Throws a SoftmaxError that names the file. */
export async function loadModel(path: string): Promise<Classifier> {
  await checkFile(path);
  const bytes = await readFile(path);
  try {
    return await Classifier.load(bytes);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "model") {
      throw modelError(`${path}: ${error.message}`);
    }
    throw error;
  }
}

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

/** A table for a classifier, checked against it; what is worth knowing goes to standard error. */
export async function tableFor(
  classifier: Classifier,
  data: Source,
  flags: ReadFlags,
  session: Session,
): Promise<TableSource> {
  const source = await readTable(data, {
    ...readOptionsOf(flags, session),
    knownColumns: classifier.columns,
  });
  checkColumns(source.table, classifier.model.schema);
  const strays = classifier.remarks(source.table);
  for (const remark of [...source.remarks, ...rejectedNotes(source, flags), ...strays]) {
    session.note(remark);
  }
  return source;
}
