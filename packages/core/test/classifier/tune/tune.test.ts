import { describe, expect, it } from "vitest";
import type { Row, Table } from "../../../src/base/table.ts";
import { train } from "../../../src/classifier/train.ts";
import type { TuneEvent, TuneLimits, TuneOptions } from "../../../src/classifier/tune/options.ts";
import { withTuned } from "../../../src/classifier/tune/space.ts";
import { type Tuned, tune } from "../../../src/classifier/tune/tune.ts";
import { signRows, softmaxTable } from "../data.ts";
import { memoryJournal } from "../journals.ts";
import { steppingClock } from "./clock.ts";

type Options = Omit<TuneOptions, "tune">;
const SIGNS: Options = { target: "label", linear: true, worker: false };
const SUMS: Options = { target: "y", linear: true, worker: false };

/** Ways that take a moment: all of small hidden layers. */
const SMALL: Options = { ...SIGNS, hidden: [4], epochs: 6, batchSize: 32, averageSeeds: 1 };

const search = (
  data: Table | readonly Row[],
  limits: TuneLimits,
  options: Options = SIGNS,
): Promise<Tuned> => tune(data, { ...options, tune: limits });

const wordsOf = ({ classifier, report }: Tuned): string =>
  JSON.stringify([Array.from(classifier.save()), report]);

describe("a search", () => {
  it("finds hidden layers where a line is not enough, and its options give the same bytes without it", async () => {
    const rows = signRows(400, 1);
    const { classifier, report } = await search(rows, { candidates: 1 });
    const { kept, options, found, counts } = report.tune;
    expect([kept, counts.tried, counts.finished]).toEqual([null, 1, 1]);
    expect(options).toEqual({ hidden: [64] });
    expect(found?.search.difference).toBeLessThan(-0.1);
    const again = await train(rows, withTuned(SIGNS, options));
    expect(again.classifier.save()).toEqual(classifier.save());
  });

  it("says of rows that it never saw how good that is", async () => {
    const { report } = await search(signRows(400, 1), { candidates: 1 });
    const { evaluation, tune: told } = report;
    expect(evaluation.method).toBe("rows held out of the search");
    expect([evaluation.rows, told.rows]).toEqual([80, { search: 320, heldOut: 80 }]);
    expect(evaluation.metrics.logLoss.value).toBe(told.found?.heldOut.found);
  });

  it("says which numbers are of rows that had a say in it", async () => {
    const rows = signRows(400, 1);
    const decide = { by: "f1" } as const;
    const said = "what the decision does is measured out of fold on all rows";
    const found = await search(rows, { candidates: 1 }, { ...SIGNS, decide });
    expect(found.report.remarks.join()).toContain(said);
    const plain = await search(rows, { candidates: 0 }, { ...SIGNS, decide });
    expect(plain.report.remarks.join()).not.toContain(said);
  });

  it("ships the default to the byte where nothing is better", async () => {
    const table = softmaxTable(300, 3, 5);
    const { classifier, report } = await search(table, { candidates: 2 }, SUMS);
    expect([report.tune.kept, report.tune.options]).toEqual(["nothing better", {}]);
    expect(classifier.save()).toEqual((await train(table, SUMS)).classifier.save());
    expect(report.evaluation.metrics.logLoss.value).toBe(report.tune.found?.heldOut.default);
  });

  it("ships the default where what it found is worse on the rows held out", async () => {
    // The latest fifth is held out, and there the labels are the other way round.
    const rows = signRows(400, 1).map((row, i) => ({
      ...row,
      at: i,
      label: i < 320 ? row.label : row.label === "in" ? "out" : "in",
    }));
    const options = { ...SIGNS, time: "at", ignore: ["at"] };
    const { report } = await search(rows, { candidates: 1 }, options);
    const { kept, found, options: shipped } = report.tune;
    expect([kept, shipped]).toEqual(["worse on held-out rows", {}]);
    expect(found?.search.difference).toBeLessThan(0);
    expect(found?.heldOut.difference).toBeGreaterThan(found?.heldOut.standardError as number);
  });

  it("is the same whatever the labels of the rows held out say", async () => {
    const rows = signRows(400, 2).map((row, i) => ({ ...row, at: i }));
    const garbage = rows.map((row, i) => (i < 320 ? row : { ...row, label: i % 3 ? "in" : "out" }));
    const options = { ...SIGNS, time: "at", ignore: ["at"] };
    const searches = await Promise.all(
      [rows, garbage].map(async (given) => {
        const { candidates, found } = (await search(given, { candidates: 2 }, options)).report.tune;
        return { candidates, chosen: found?.options, losses: found?.search };
      }),
    );
    expect(searches[1]).toEqual(searches[0]);
    expect(searches[0].chosen).not.toEqual({});
  });

  it("is the same to the byte when it is run again", async () => {
    const rows = signRows(200, 4);
    const runs = [
      await search(rows, { candidates: 4 }, SMALL),
      await search(rows, { candidates: 4 }, SMALL),
    ];
    expect(wordsOf(runs[1])).toBe(wordsOf(runs[0]));
  });

  it("drops the worse ways of a round, and judges the best of them by all folds", async () => {
    const table = softmaxTable(3200, 2, 5);
    const options = { ...SMALL, target: "y", epochs: 2 };
    const { report } = await search(table, { candidates: 3 }, options);
    const { rounds, counts, candidates } = report.tune;
    expect(rounds).toEqual([
      { rows: 2560, oneFold: true },
      { rows: 2560, oneFold: false },
    ]);
    expect(counts).toMatchObject({ tried: 3, failed: 0, unfinished: 0 });
    expect(counts.dropped + counts.killed).toBeGreaterThanOrEqual(2);
    const rounded = candidates.map(({ outcome, judged }) => [outcome, judged?.round]);
    for (const [outcome, round] of rounded) {
      if (outcome !== "killed") expect(round).toBe(outcome === "finished" ? 1 : 0);
    }
  });
});

describe("a search that is ended", () => {
  it("by its caller keeps the best so far", async () => {
    const controller = new AbortController();
    const seen: TuneEvent[] = [];
    const onEvent = (event: TuneEvent): void => {
      seen.push(event);
      if (event.candidate === 1) controller.abort();
    };
    const limits = { candidates: 50, stop: controller.signal, onEvent };
    const { report } = await search(signRows(300, 1), limits);
    expect([report.tune.ended, report.tune.kept]).toEqual(["stopped", null]);
    expect(report.tune.options).toEqual({ hidden: [64] });
    expect(seen.map(({ candidate }) => candidate)).toEqual([0, 1]);
  });

  it("before the default was judged trains the default, on whose own judgement nothing had a say", async () => {
    const rows = signRows(200, 1);
    const limits = { candidates: 5, stop: AbortSignal.abort() };
    const { classifier, report } = await search(rows, limits);
    const plain = await train(rows, SIGNS);
    expect([report.tune.kept, report.tune.found]).toEqual(["no time", null]);
    expect(classifier.save()).toEqual(plain.classifier.save());
    expect(report.evaluation).toEqual(plain.report.evaluation);
  });

  it("by its signal throws, and leaves nothing running", async () => {
    const controller = new AbortController();
    const onEvent = ({ candidate }: TuneEvent): void => {
      if (candidate === 1) controller.abort();
    };
    const options = { ...SIGNS, signal: controller.signal };
    await expect(search(signRows(200, 1), { candidates: 9, onEvent }, options)).rejects.toThrow(
      expect.objectContaining({ code: "aborted" }),
    );
  });

  it("by its clock has tried fewer ways than with more time, each with the same result", async () => {
    const rows = signRows(200, 4);
    const runs = await Promise.all(
      [40, 4000].map((seconds) =>
        search(rows, { seconds, clock: steppingClock(1), candidates: 8 }, SMALL),
      ),
    );
    const [short, long] = runs.map(({ report }) => report.tune);
    expect(short.ended).toBe("time");
    expect(short.counts.finished).toBeLessThan(long.counts.finished);
    const losses = ({ candidates }: typeof short) =>
      new Map(
        candidates.flatMap(({ options, judged }) =>
          judged === null ? [] : [[JSON.stringify(options), judged.logLoss] as const],
        ),
      );
    const all = losses(long);
    for (const [key, loss] of losses(short)) expect(all.get(key)).toBe(loss);
  });

  it("trains the default where the time is too short for anything", async () => {
    const rows = signRows(200, 1);
    const limits = { seconds: 1, clock: steppingClock(2) };
    const { classifier, report } = await search(rows, limits);
    expect([report.tune.ended, report.tune.kept]).toEqual(["time", "no time"]);
    expect(classifier.save()).toEqual((await train(rows, SIGNS)).classifier.save());
  });
});

describe("a search that is gone on with", () => {
  it("does nothing twice, and ends with the bytes of one that was never stopped", async () => {
    const rows = signRows(200, 4);
    const whole = await search(rows, { candidates: 4 }, SMALL);
    const { journal, history, kept } = memoryJournal();
    const controller = new AbortController();
    const onEvent = ({ candidate }: TuneEvent): void => {
      if (candidate === 2) controller.abort();
    };
    const stopped = { ...SMALL, checkpoint: journal, signal: controller.signal };
    await expect(search(rows, { candidates: 4, onEvent }, stopped)).rejects.toThrow();
    const before = new Set(kept.keys());
    expect([...before].filter((key) => key.startsWith("tune-"))).toHaveLength(3);
    history.length = 0;
    const resumed = await search(rows, { candidates: 4 }, { ...SMALL, checkpoint: journal });
    expect(history.filter(([key]) => before.has(key))).toEqual([]);
    expect(wordsOf(resumed)).toBe(wordsOf(whole));
  });

  it("refuses a part that is damaged, and names it", async () => {
    const rows = signRows(200, 4);
    const { journal, kept } = memoryJournal();
    await search(rows, { candidates: 0 }, { ...SIGNS, checkpoint: journal });
    const [key] = [...kept.keys()].filter((name) => name.startsWith("tune-"));
    kept.set(key, new Uint8Array(100));
    await expect(
      search(rows, { candidates: 0 }, { ...SIGNS, checkpoint: journal }),
    ).rejects.toThrow(`the part "${key}" of the checkpoint is damaged`);
  });
});

describe("a search refuses", () => {
  const rows = signRows(60, 1);
  it.each<[string, TuneOptions, string]>([
    [
      "neither time nor number",
      { ...SIGNS, tune: {} },
      '"tune" expected "seconds" or "candidates"',
    ],
    [
      "a time without a clock",
      { ...SIGNS, tune: { seconds: 5 } },
      '"tune.seconds" expected "tune.clock"',
    ],
    ["half a way", { ...SIGNS, tune: { candidates: 0.5 } }, '"tune.candidates" expected'],
    [
      "no time",
      { ...SIGNS, tune: { seconds: 0, clock: steppingClock(1) } },
      '"tune.seconds" expected',
    ],
    [
      "sets",
      { ...SIGNS, tune: { candidates: 1 }, sets: { coverage: 0.9 } },
      '"sets" expected nothing beside "tune"',
    ],
    ["what train refuses", { ...SIGNS, folds: 1, tune: { candidates: 1 } }, '"folds" expected'],
  ])("%s", async (_, options, sentence) => {
    await expect(tune(rows, options)).rejects.toThrow(sentence);
  });

  it("fewer than 50 rows with a label", async () => {
    await expect(search(signRows(49, 1), { candidates: 1 })).rejects.toThrow(
      "a search needs at least 50 rows with a label, got 49: train without it",
    );
  });
});
