import {
  applyToTable,
  calibrateTable,
  modelError,
  type NumberColumn,
  packCalibrator,
  type SavedCalibrator,
  SoftmaxError,
  type Table,
  type TextColumn,
  topK,
  unpackCalibrator,
} from "@softmax/core";
import { writeFileAtomically } from "../data/atomic.ts";
import { wholeFile } from "../data/bytes.ts";
import { freeName } from "../data/names.ts";
import { readTable } from "../data/read.ts";
import type { TableSource } from "../data/source.ts";
import { openWriter } from "../data/writer.ts";
import { plural } from "../report/numbers.ts";
import { refuseBackbone } from "./backbone.ts";
import { type CalibrateFlags, tell } from "./calibrate-told.ts";
import { checkTablePath } from "./outputs.ts";
import { writerOptions } from "./predict.ts";
import { pickDefined, readOptionsOf, rejectedNotes, sourceOf } from "./reading.ts";
import type { Session } from "./session.ts";
import { sourceJson } from "./summary.ts";
import { commandLines, shellWord } from "./text.ts";

/** Fits a calibrator on a table of another classifier's numbers, and writes its file. */
export async function calibrateScores(
  path: string,
  output: string,
  flags: CalibrateFlags,
  session: Session,
): Promise<void> {
  const source = await readSource(path, flags, session, []);
  const { target = "" } = flags;
  const found = calibrateTable(source.table, {
    ...pickDefined(flags, ["columns", "positive", "input", "weight", "group", "folds", "seed"]),
    target: /^-?\d+$/.test(target) ? Number(target) : target,
    method: flags.calibration ?? "auto",
    dataHash: source.sha256,
  });
  for (const remark of found.remarks) session.note(remark);
  const { classes, columns, input } = found.saved;
  session.note(
    `Read as ${input}: ${columns.map((name, c) => `${name} of ${classes[columns.length === 1 ? 1 : c]}`).join(", ")}`,
  );
  const bytes = packCalibrator(found.saved);
  await writeFileAtomically(output, bytes);
  const { calibration, before, after, gain } = found;
  tell(session, flags, {
    ...{ output, size: bytes.length, calibration, before, after, gain, classes },
    name: source.name,
    next: commandLines("Next:", [
      "softmax calibrate NEW.csv --apply",
      shellWord(output),
      "-o answers.csv",
    ]),
  });
}

async function readSource(
  path: string,
  flags: CalibrateFlags,
  session: Session,
  knownColumns: readonly string[],
): Promise<TableSource> {
  refuseBackbone(flags);
  const options = readOptionsOf(flags, session);
  const more = knownColumns.length === 0 ? {} : { knownColumns };
  const source = await readTable(sourceOf([path], flags), { ...options, ...more });
  for (const remark of [...source.remarks, ...rejectedNotes(source, flags)]) session.note(remark);
  return source;
}

async function loadCalibrator(path: string): Promise<SavedCalibrator> {
  const bytes = await wholeFile(path);
  try {
    return unpackCalibrator(bytes);
  } catch (error) {
    if (error instanceof SoftmaxError && error.code === "model") {
      throw modelError(`${path}: ${error.message}`);
    }
    throw error;
  }
}

/** Writes the table with label, confidence and a column of calibrated probabilities a class. */
export async function applyToScores(
  path: string,
  calibrator: string,
  output: string,
  flags: CalibrateFlags,
  session: Session,
): Promise<void> {
  if (flags.outputFormat === undefined) checkTablePath(output);
  const saved = await loadCalibrator(calibrator);
  const source = await readSource(path, flags, session, saved.columns);
  const { probabilities, remarks } = applyToTable(saved, source.table, flags.columns);
  for (const remark of remarks) session.note(remark);
  const writer = await openWriter(output, writerOptions(source.dialect, { ...flags, output }));
  try {
    await writer.write(withAnswers(source.table, saved.classes, probabilities));
    await writer.close();
  } catch (error) {
    await writer.abort();
    throw error;
  }
  const { rows } = source.table;
  if (output === "-") return;
  if (flags.json === true) {
    session.print(JSON.stringify({ rows, output, source: sourceJson(source) }));
  } else session.note(`Wrote ${output} (${plural(rows, "row")})`);
}

function withAnswers(table: Table, classes: readonly string[], P: readonly Float64Array[]): Table {
  const taken = new Set(table.columns.map((column) => column.name));
  const name = (wanted: string): string => {
    const free = freeName(wanted, taken);
    taken.add(free);
    return free;
  };
  const best = Int32Array.from(P, (p) => topK(p, 1)[0]);
  const prediction: TextColumn = {
    ...{ kind: "text", name: name("prediction"), codes: best, dictionary: classes },
  };
  const numbers = (wanted: string, of: (i: number) => number): NumberColumn => ({
    ...{ kind: "number", name: name(wanted), values: Float64Array.from(P, (_, i) => of(i)) },
  });
  const added = [
    prediction,
    numbers("confidence", (i) => P[i][best[i]]),
    ...classes.map((label, c) => numbers(`calibrated_${label}`, (i) => P[i][c])),
  ];
  return { ...table, columns: [...table.columns, ...added] };
}
