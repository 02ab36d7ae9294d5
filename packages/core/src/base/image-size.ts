/** Width and height by an image's header, before its orientation. */
export interface ImageSize {
  readonly format: "png" | "jpeg" | "webp";
  readonly width: number;
  readonly height: number;
}

/** What the header of a PNG, JPEG or WebP image says; null where the bytes begin as none does. */
export function imageSize(bytes: Uint8Array): ImageSize | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    return pngSize(view) ?? jpegSize(view) ?? webpSize(view);
  } catch (cause) {
    // A header that ends too soon says nothing.
    if (cause instanceof RangeError) return null;
    throw cause;
  }
}

const ascii = (view: DataView, at: number): string =>
  String.fromCharCode(...[0, 1, 2, 3].map((i) => view.getUint8(at + i)));

function pngSize(view: DataView): ImageSize | null {
  if (view.getUint32(0) !== 0x89504e47 || view.getUint32(4) !== 0x0d0a1a0a) return null;
  return { format: "png", width: view.getUint32(16), height: view.getUint32(20) };
}

/** The frame's header stands behind other segments, each with its length. */
function jpegSize(view: DataView): ImageSize | null {
  if (view.getUint16(0) !== 0xffd8) return null;
  for (let at = 2; view.getUint8(at) === 0xff; ) {
    const marker = view.getUint8(at + 1);
    if (isFrame(marker)) {
      return { format: "jpeg", height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    }
    at += marker === 0xff ? 1 : 2 + view.getUint16(at + 2);
  }
  return null;
}

/** C0 to CF but those for tables and arithmetic. */
const isFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

function webpSize(view: DataView): ImageSize | null {
  if (ascii(view, 0) !== "RIFF" || ascii(view, 8) !== "WEBP") return null;
  const three = (at: number): number => view.getUint16(at, true) + 0x10000 * view.getUint8(at + 2);
  const fourteen = (at: number): number => view.getUint16(at, true) & 0x3fff;
  switch (ascii(view, 12)) {
    case "VP8X":
      return { format: "webp", width: three(24) + 1, height: three(27) + 1 };
    case "VP8L": {
      const bits = view.getUint32(21, true);
      return { format: "webp", width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    case "VP8 ":
      return { format: "webp", width: fourteen(26), height: fourteen(28) };
    default:
      return null;
  }
}
