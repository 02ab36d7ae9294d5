// fastText as a rival: its environment, its files and a training in a process of its own.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { here } from "../tables/sources.mjs";

const folder = here("../../.cache/text/");

/** A Python that has fastText, installed where it is missing; null where that fails. */
export function findFastText() {
  const environment = here("../../.cache/fasttext");
  const python = process.env.FASTTEXT_PYTHON ?? `${environment}/bin/python`;
  if (!existsSync(python)) {
    spawnSync(process.env.PYTHON ?? "python3", ["-m", "venv", environment]);
    spawnSync(python, ["-m", "pip", "install", "-q", "fasttext-numpy2-wheel==0.9.2"]);
  }
  return spawnSync(python, ["-c", "import fasttext"]).status === 0 ? python : null;
}

/** Trains on the file `train` and labels those of `test`, if there is one: seconds of training, probabilities by label. */
export function askFastText(python, question) {
  const { status, stdout, stderr } = spawnSync(python, [here("../text/fasttext_rival.py")], {
    input: JSON.stringify(question),
    encoding: "utf8",
    maxBuffer: 2 ** 30,
  });
  if (status !== 0) throw new Error(`fastText failed: ${stderr}`);
  return JSON.parse(stdout);
}

/** Writes texts ({ label, tokens }, the last token "</s>") as fastText reads them; returns the path. */
export function writeTokens(name, texts) {
  const lines = texts.map(
    ({ label, tokens }) => `__label__${label} ${tokens.slice(0, -1).join(" ")}\n`,
  );
  mkdirSync(folder, { recursive: true });
  writeFileSync(folder + name, lines.join(""));
  return folder + name;
}
