import { mkdirSync, writeFileSync } from "node:fs";
import { createRandom } from "@softmax/core";
import { pngOf } from "../../src/report/pictures.ts";
import type { workFolder } from "./run.ts";

/** A grey PNG of so many pixels a side: its levels with noise of up to 50 on them. */
export function noisyPng(
  side: number,
  seed: number,
  level: (x: number, y: number) => number,
): Buffer {
  const random = createRandom(seed);
  const data = Uint8Array.from(
    { length: side * side },
    (_, at) => level(at % side, Math.floor(at / side)) + random.below(50),
  );
  return pngOf({ width: side, height: side, channels: 1, data });
}

/** Writes a folder a kind with files 0.png and so on, and list.csv with their paths and kinds, the latter in `column`. */
export function writePhotos<Kind extends string>(
  folder: ReturnType<typeof workFolder>,
  {
    name,
    kinds,
    count,
    column,
  }: { name: string; kinds: readonly Kind[]; count: number; column: string },
  draw: (kind: Kind, seed: number) => Buffer,
): void {
  const lines = [`path,${column}`];
  for (const kind of kinds) {
    mkdirSync(folder.at(`${name}/${kind}`), { recursive: true });
    for (let i = 0; i < count; i++) {
      const path = `${name}/${kind}/${i}.png`;
      writeFileSync(folder.at(path), draw(kind, i));
      lines.push(`${path},${kind}`);
    }
  }
  writeFileSync(folder.at("list.csv"), `${lines.join("\n")}\n`);
}
