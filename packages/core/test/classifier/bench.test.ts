import { describe, expect, it } from "vitest";
import { createRandom } from "../../src/base/random.ts";
import { closeBench, openBench } from "../../src/classifier/bench.ts";
import { prepare } from "../../src/classifier/prepare.ts";
import { TextCorpus } from "../../src/encode/text/corpus.ts";
import { textOptionsOf } from "../../src/encode/text/shapes.ts";

const texts = { characters: [1, 5] } as const;

/** Rows of random letters as they are fitted with two threads. */
async function openedOn(rows: number, letters: number) {
  const random = createRandom(rows);
  const data = Array.from({ length: rows }, (_, i) => ({
    label: `c${i % 2}`,
    text: Array.from({ length: letters }, () => "abcdefgh"[Math.floor(8 * random.uniform())]).join(
      "",
    ),
  }));
  const options = { target: "label", text: ["text"], texts, threads: 2 } as const;
  const prepared = prepare(data, options);
  const corpus = new TextCorpus(prepared.used, textOptionsOf(texts));
  const bench = await openBench(prepared, options, corpus, 0);
  closeBench(bench);
  return { worker: bench.input.worker, trainers: bench.trainers.length };
}

describe("texts that are fitted", () => {
  it("have a worker for each of two folds where they are many", async () => {
    expect(await openedOn(500, 400)).toEqual({ worker: true, trainers: 2 });
  });

  it("are fitted in this thread where they are few and short", async () => {
    expect(await openedOn(500, 40)).toEqual({ worker: false, trainers: 1 });
  });
});
