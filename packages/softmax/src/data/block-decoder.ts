import { isAscii, isUtf8 } from "node:buffer";
import {
  type Encoding,
  encodingOf,
  encodingRemarks,
  utf8OrLatin,
  wholeCharacters,
  windows1252,
} from "./encoding.ts";
import type { TextBlock } from "./pieces.ts";

/** Bytes that come in blocks, to text. */
export interface BlockDecoder {
  /** Bytes that wait for the rest of their character are kept for the next block. */
  decode(bytes: Uint8Array, final: boolean): TextBlock;
  /** The encoding as far as it is known: "utf-8" while all is ASCII. */
  readonly name: string;
  /** What is to be said of an encoding that was guessed. */
  remarks(): string[];
}

/**
 * Takes the encoding that `label` names, or, for "auto", the one that the head shows. Where the head is all ASCII, the first block
 * with another byte says whether the text is UTF-8 or, plausibly, Windows-1252: both have been the same until there.
 */
export function blockDecoder(head: Uint8Array, label: string): BlockDecoder {
  const looked = head.subarray(0, wholeCharacters(head));
  let encoding = encodingOf(looked, label);
  let isOpen = label === "auto" && isAscii(looked) && encoding.name === "utf-8";
  const toText = textDecoder(encoding.name);
  let kept: Uint8Array = new Uint8Array(0);
  let skip = encoding.skip;
  let done = 0;
  let guessedAfter: number | null = null;
  const settle = (bytes: Uint8Array): void => {
    encoding = utf8OrLatin(bytes);
    isOpen = false;
    if (encoding.guessedAt !== null) guessedAfter = done;
  };
  return {
    get name() {
      return encoding.name;
    },
    decode(bytes, final) {
      const joined = kept.length === 0 ? bytes : Buffer.concat([kept, bytes]);
      const whole = joined.subarray(Math.min(skip, joined.length));
      skip -= joined.length - whole.length;
      const cutsCharacters = encoding.name === "utf-8" && !final;
      const end = cutsCharacters ? wholeCharacters(whole) : whole.length;
      const part = whole.subarray(0, end);
      kept = whole.slice(end);
      if (isOpen && !isAscii(part)) settle(part);
      const text = isOpen ? latin1(part) : toText(encoding.name, part, final);
      done += part.length;
      return { text, damaged: damageOf(encoding, isOpen, part) };
    },
    remarks: () =>
      guessedAfter === null || guessedAfter === 0
        ? encodingRemarks(encoding)
        : [
            `read as ${encoding.name}, as what follows byte ${guessedAfter} is no valid UTF-8; --encoding overrides this`,
          ],
  };
}

const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");

/** The encoding where U+FFFD in a block's text may stand for bytes that are not in it. */
function damageOf({ name, damaged }: Encoding, isOpen: boolean, part: Uint8Array): string | null {
  if (isOpen) return null;
  const mayBe = name === "utf-8" ? !isUtf8(part) : damaged;
  return mayBe ? name : null;
}

function textDecoder(name: string): (now: string, bytes: Uint8Array, final: boolean) => string {
  const decoder = new TextDecoder(name, { ignoreBOM: true });
  return (now, bytes, final) => {
    if (now === "windows-1252") return windows1252(latin1(bytes));
    if (now === "utf-8")
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
    return decoder.decode(bytes, { stream: !final });
  };
}
