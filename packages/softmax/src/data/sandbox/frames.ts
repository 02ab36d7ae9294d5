/**
 * What a reading process sends: frames of a kind (1 byte), a length (u32, little-endian) and as many bytes.
 *
 * "P" a share done (float64), "E" an error (JSON), "H" the head of a table (JSON, in as many frames as it takes), "D" its columns one
 * after the other (table-bytes.ts), "Z" the end.
 */
export type FrameKind = "P" | "E" | "H" | "D" | "Z";

/** Bytes of a frame at most; the sender cuts larger ones. */
export const FRAME_BYTES = 1 << 20;

const HEAD_BYTES = 5;

/** The bytes as frames. */
export function* framed(kind: FrameKind, bytes: Uint8Array): Generator<Uint8Array> {
  for (let from = 0; from < Math.max(1, bytes.length); from += FRAME_BYTES) {
    const part = bytes.subarray(from, from + FRAME_BYTES);
    const head = Buffer.alloc(HEAD_BYTES);
    head.write(kind, "latin1");
    head.writeUInt32LE(part.length, 1);
    yield head;
    if (part.length > 0) yield part;
  }
}

export interface Frame {
  readonly kind: string;
  readonly bytes: Uint8Array;
}

/** Takes frames from what comes through a pipe. Throws an Error where a length is not possible or the last frame is cut off. */
export async function* framesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Frame> {
  let kept: Uint8Array = new Uint8Array(0);
  for await (const chunk of chunks) {
    const bytes =
      kept.length === 0
        ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)
        : Buffer.concat([kept, chunk]);
    let at = 0;
    while (bytes.length - at >= HEAD_BYTES) {
      const length = bytes.readUInt32LE(at + 1);
      if (length > FRAME_BYTES) throw new Error(`a frame of ${length} bytes`);
      const end = at + HEAD_BYTES + length;
      if (end > bytes.length) break;
      yield { kind: String.fromCharCode(bytes[at]), bytes: bytes.subarray(at + HEAD_BYTES, end) };
      at = end;
    }
    kept = bytes.subarray(at);
  }
  if (kept.length > 0) throw new Error("a frame that is cut off");
}
