import { describe, expect, it } from "vitest";
import { contestOf, newWay, trialsOf, type Way } from "../../../src/classifier/tune/ways.ts";

/** A way with a mean loss in each round that it came to. */
function wayOf(number: number, losses: readonly number[]): Way {
  const way = newWay(number, number === 0 ? {} : { epochs: number });
  for (const loss of losses) {
    way.verdicts.push({
      losses: Float64Array.of(loss - 0.1, loss + 0.1),
      ...{ bare: Float64Array.of(loss, loss), s: null, group: null },
      choice: {} as Way["verdicts"][number]["choice"],
    });
  }
  return way;
}

describe("the way that stands beside the default", () => {
  const WHOLE = 2;
  it("is the best of those that came furthest, however well others did before", () => {
    const others = [wayOf(1, [0.1, 0.1]), wayOf(2, [0.5, 0.5, 0.5]), wayOf(3, [0.6, 0.6, 0.4])];
    const contest = contestOf(wayOf(0, [0.5, 0.5, 0.5, 0.5]), others, WHOLE);
    expect([contest?.best.number, contest?.round]).toEqual([3, 2]);
  });

  it("is none where the default came to all rows and the others did not", () => {
    const others = [wayOf(1, [0.1, 0.1]), wayOf(2, [0.2])];
    expect(contestOf(wayOf(0, [0.5, 0.5, 0.5]), others, WHOLE)).toBeNull();
  });

  it("stands there on the rows of the default where that came less far", () => {
    const contest = contestOf(wayOf(0, [0.5]), [wayOf(1, [0.6, 0.4, 0.3])], WHOLE);
    expect([contest?.best.number, contest?.round]).toEqual([1, 0]);
  });

  it("is none where the default or all others were not judged", () => {
    expect(contestOf(wayOf(0, []), [wayOf(1, [0.1])], WHOLE)).toBeNull();
    expect(contestOf(wayOf(0, [0.1]), [wayOf(1, [])], WHOLE)).toBeNull();
    expect(contestOf(wayOf(0, [0.1]), [], WHOLE)).toBeNull();
  });
});

it("the ways that came furthest are told first, and of these the best, the default named", () => {
  const ways = [wayOf(0, [0.4, 0.4]), wayOf(1, [0.1]), wayOf(2, [0.9, 0.3]), wayOf(3, [])];
  const trials = trialsOf(ways);
  expect(trials.map(({ options, judged }) => [options.epochs ?? 0, judged?.round])).toEqual([
    [2, 1],
    [0, 1],
    [1, 0],
    [3, undefined],
  ]);
  expect(trials.map(({ isDefault }) => isDefault)).toEqual([undefined, true, undefined, undefined]);
});
