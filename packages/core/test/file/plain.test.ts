import { describe, expect, it } from "vitest";
import { writeContainer } from "../../src/file/container.ts";
import { type Plain, readPlain, writePlain } from "../../src/file/plain.ts";

const VALUE: Plain = {
  none: null,
  flags: [true, false],
  numbers: [0.1, -0, Number.NaN, Number.NEGATIVE_INFINITY, 2 ** 53, 5e-324],
  arrays: { w: Float64Array.of(-0, 1 / 3), n: Int32Array.of(-1), empty: new Float64Array(0) },
  "odd key \u2028": "a text \ud83d\ude00",
  nested: [[], {}, [{ deep: [Uint8Array.of(255)] }]],
};

describe("plain data", () => {
  it("comes back with every bit, and equal data give equal bytes", () => {
    const bytes = writePlain(VALUE);
    expect(readPlain(bytes)).toStrictEqual(VALUE);
    expect(writePlain(readPlain(bytes))).toEqual(bytes);
  });

  it("with a key __proto__ changes no prototype", () => {
    const value = JSON.parse('{"__proto__": {"polluted": true}}') as Plain;
    const back = readPlain(writePlain(value)) as object;
    expect(Object.getPrototypeOf(back)).toBe(Object.prototype);
    expect(Object.keys(back)).toEqual(["__proto__"]);
  });

  it("is refused where a bit is changed, or words name what is not there", () => {
    const bytes = writePlain(VALUE);
    for (let at = 0; at < bytes.length; at += 7) {
      const other = bytes.slice();
      other[at] ^= 4;
      expect(() => readPlain(other)).toThrow(/damaged|not a Softmax model file/);
    }
    const numbers = {
      name: "numbers",
      dtype: "F64",
      shape: [1],
      data: Float64Array.of(1),
    } as const;
    const from = (words: string) => () => readPlain(writeContainer({ tensors: [numbers], words }));
    expect(from("[0]")()).toEqual([1]);
    expect(from("[1]")).toThrow("it has no number 1");
    expect(from("-1")).toThrow("it has no number -1");
    expect(from('{"$":3}')).toThrow("it has no tensor 3");
    expect(() => writePlain({ $: 1 })).toThrow('a key of plain data is "$"');
    expect(() => readPlain(writeContainer({ tensors: [], words: "null" }))).toThrow("no numbers");
  });
});
