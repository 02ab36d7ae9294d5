import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { sha256 } from "../../src/file/sha256.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

test("gives the digests of FIPS 180-4's examples", () => {
  expect(hex(sha256(ascii("abc")))).toBe(
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
  expect(hex(sha256(ascii("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")))).toBe(
    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
  );
  expect(hex(sha256(new Uint8Array(1_000_000).fill(0x61)))).toBe(
    "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
  );
});

test("agrees with node:crypto at every length around the block boundaries", () => {
  const bytes = Uint8Array.from({ length: 400 }, (_, i) => (i * 167 + 13) & 255);
  for (let length = 0; length <= bytes.length; length++) {
    const part = bytes.subarray(0, length);
    expect(hex(sha256(part))).toBe(createHash("sha256").update(part).digest("hex"));
  }
});

test("reads a view that does not start at its buffer's start", () => {
  const bytes = Uint8Array.from({ length: 200 }, (_, i) => i);
  expect(hex(sha256(bytes.subarray(7, 143)))).toBe(hex(sha256(bytes.slice(7, 143))));
});
