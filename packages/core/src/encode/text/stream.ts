import { dataError } from "../../base/checks.ts";
import type { Symbols } from "./grams.ts";
import { grown } from "./words.ts";

/** Symbols of all texts, at most: what one array can hold beside its neighbours. */
const MOST_PLACES = 2 ** 28;
/** The boundary, which has no other number. */
export const BOUNDARY = 1;

/** The symbols of many texts in a row, numbered from 1 on as they came: the boundary is 1. */
export interface SymbolStream {
  /** Symbol and text of each place. */
  readonly symbols: Int32Array;
  readonly texts: Int32Array;
  readonly places: number;
  /** Where text t starts; one more stands at the end. */
  readonly starts: Int32Array;
  readonly size: number;
}

/** Collects the symbols of texts. `numberOf` gives a symbol's number, from 2 on; `boundary` is the symbol with number 1. */
export function createStream(boundary: number, numberOf: (symbol: number) => number) {
  let symbols: Int32Array = new Int32Array(1 << 12);
  let starts: Int32Array = new Int32Array(1 << 8);
  let places = 0;
  let texts = 0;
  let size = BOUNDARY;
  const endText = (): void => {
    texts++;
    if (texts === starts.length) starts = grown(starts, texts + 1);
    starts[texts] = places;
  };
  return {
    add({ list, count }: Symbols): void {
      if (places + count > MOST_PLACES) {
        throw dataError(
          `the texts have more than ${MOST_PLACES} words or characters to count; set "texts.hashBits", which counts none`,
        );
      }
      if (places + count > symbols.length) symbols = grown(symbols, places + count);
      for (let at = 0; at < count; at++, places++) {
        const number = list[at] === boundary ? BOUNDARY : numberOf(list[at]);
        symbols[places] = number;
        if (number > size) size = number;
      }
      endText();
    },
    /** A text that is missing. */
    skip: endText,
    finish(): SymbolStream {
      const textOf = new Int32Array(places);
      for (let text = 0; text < texts; text++) textOf.fill(text, starts[text], starts[text + 1]);
      return {
        symbols: symbols.subarray(0, places),
        texts: textOf,
        places,
        starts: starts.subarray(0, texts + 1),
        size,
      };
    },
  };
}
