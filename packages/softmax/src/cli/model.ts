import { readFile } from "node:fs/promises";
import { Classifier, modelError } from "@softmax/core";
import { checkFile } from "../data/bytes.ts";

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
