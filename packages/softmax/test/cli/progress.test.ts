import { Writable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createProgress } from "../../src/cli/progress.ts";

/** What is written to a terminal, or to a file. */
function stream(isTTY: boolean): { stream: NodeJS.WriteStream; text: () => string } {
  let written = "";
  const sink = new Writable({
    write(chunk, _, done) {
      written += String(chunk);
      done();
    },
  });
  return { stream: Object.assign(sink, { isTTY, columns: 80 }) as never, text: () => written };
}

beforeEach(
  () =>
    void vi.useFakeTimers({
      toFake: ["performance", "Date", "setTimeout", "setInterval", "clearTimeout", "clearInterval"],
    }),
);
afterEach(() => void vi.useRealTimers());

describe("progress", () => {
  for (const isTTY of [true, false]) {
    it(`shows nothing of work below a second (${isTTY ? "terminal" : "file"})`, () => {
      const { stream: to, text } = stream(isTTY);
      const progress = createProgress(to);
      vi.advanceTimersByTime(900);
      progress.update(0.9, "curves");
      progress.stop();
      expect(text()).toBe("");
    });
  }

  it("is a bar with the time left on a terminal, which goes away", () => {
    const { stream: to, text } = stream(true);
    const progress = createProgress(to);
    vi.advanceTimersByTime(10_000);
    progress.update(0.25, "straight lines");
    expect(text()).toContain("======------------------  25 %  about 30 s left    straight lines");
    progress.stop();
    expect(text().endsWith("\u001b[2K")).toBe(true);
    const before = text();
    progress.update(0.5, "late");
    expect(text()).toBe(before);
  });

  it("is plain lines elsewhere, five seconds apart", () => {
    const { stream: to, text } = stream(false);
    const progress = createProgress(to);
    for (let second = 1; second <= 12; second++) {
      vi.advanceTimersByTime(1000);
      progress.update(second / 100, "curves");
    }
    expect(text()).toBe(
      "curves: 1 %\ncurves: 6 %, about 94 s left\ncurves: 11 %, about 89 s left\n",
    );
  });

  it("begins its pace anew where new work begins", () => {
    const { stream: to, text } = stream(false);
    const progress = createProgress(to);
    vi.advanceTimersByTime(100_000);
    progress.update(1, "reading");
    progress.update(0, "curves");
    vi.advanceTimersByTime(10_000);
    progress.update(0.5, "curves");
    expect(text()).toContain("curves: 50 %, about 10 s left");
  });
});
