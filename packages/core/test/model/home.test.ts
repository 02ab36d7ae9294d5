import { describe, expect, it, vi } from "vitest";
import { createMatrix, fit, type Matrix } from "../../src/index.ts";
import { homeOf } from "../../src/model/home.ts";
import { noisyRows } from "./rows.ts";

function placed(n: number, precision: "f32" | "f64"): { X: Matrix; y: Int32Array; plain: Matrix } {
  const { X: plain, y } = noisyRows(n, 6, 3, 1);
  const X = createMatrix({ rows: n, columns: 6, precision });
  X.dense!.data.set(plain.dense!.data);
  return { X, y, plain };
}

describe("createMatrix", () => {
  it("makes zeros that a fit reads in place, with the same result as a copy", async () => {
    const { X, y, plain } = placed(300, "f64");
    expect(createMatrix({ rows: 2, columns: 3 }).dense!.data).toEqual(new Float64Array(6));
    expect(homeOf(X)!.arena.owns(X.dense!.data)).toBe(true);
    expect(await fit(X, y)).toStrictEqual(await fit(plain, y));
  });

  it("keeps its precision", async () => {
    const { X, y, plain } = placed(300, "f32");
    const data = Float32Array.from(plain.dense!.data);
    const narrow = { ...plain, dense: { width: 6, data } };
    expect(await fit(X, y)).toStrictEqual(await fit(narrow, y));
  });

  it.each([true, false])("serves fit after fit in the same memory (worker: %s)", async (worker) => {
    const { X, y } = placed(500, "f64");
    const { arena } = homeOf(X)!;
    const first = await fit(X, y, { worker });
    const size = arena.memory.buffer.byteLength;
    for (let i = 0; i < 20; i++) expect(await fit(X, y, { worker })).toStrictEqual(first);
    expect(arena.memory.buffer.byteLength).toBe(size);
  });

  it("refuses sizes and precisions that there are not", () => {
    expect(() => createMatrix({ rows: 0, columns: 3 })).toThrow(/"rows" expected/);
    expect(() => createMatrix({ rows: 3, columns: 1.5 })).toThrow(/"columns" expected/);
    expect(() => createMatrix({ rows: 3, columns: 1, precision: "f16" as never })).toThrow(/"f32"/);
    expect(() => createMatrix({ rows: 1e6, columns: 1e4 })).toThrow(/at most 3\.5 GiB/);
  });
});

describe("a fit of a large Matrix", () => {
  it("lets timers run while it checks and copies", async () => {
    const { X, y } = noisyRows(250_000, 20, 2, 3);
    const ticks = vi.fn();
    const timer = setInterval(ticks, 1);
    const stop = new AbortController();
    stop.abort();
    await expect(fit(X, y, { signal: stop.signal })).rejects.toMatchObject({ code: "aborted" });
    clearInterval(timer);
    expect(ticks.mock.calls.length).toBeGreaterThan(0);
  });
});
