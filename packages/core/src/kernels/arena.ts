import type { Floats } from "../base/matrix.ts";
import type { Allocator } from "./kernels.ts";

export type Numbers = Floats | Int32Array;
export type NumbersOf<T extends Numbers> = new (
  buffer: ArrayBufferLike,
  byteOffset: number,
  length: number,
) => T;

const PAGE = 65536;
const LINE = 64;
const GIB = 2 ** 30;

/** The most that one memory may hold. */
export const LARGEST_BYTES = 3.5 * GIB;

/** Throws a RangeError that names the size where `bytes` of arrays do not fit a memory. */
export function checkBytes(bytes: number): void {
  if (bytes <= LARGEST_BYTES) return;
  throw new RangeError(
    `the data takes ${(bytes / GIB).toFixed(1)} GiB of memory; at most 3.5 GiB are possible: use fewer rows or columns, or float32`,
  );
}

export const pages = (bytes: number): number => Math.ceil(bytes / PAGE);

/** Addresses of a memory from `start` to below `end`, of which those from `clean` on were never written. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
  readonly clean: number;
}

/**
 * A stretch of a WebAssembly memory, filled from below: arrays that stay, then, within `scratch`, what one call needs.
 * The memory grows as the stretch fills.
 */
export class Arena {
  readonly memory: WebAssembly.Memory;
  readonly limit: number;
  /** The first address that is free. */
  private top: number;
  /** Bytes from here on were never written. */
  private clean: number;
  /** Stretches that were given back while others stood above them. */
  private freed: { readonly mark: number; readonly until: number }[] = [];
  /** The buffers that views of this memory may stand on: each growth of a shared memory makes a new one. */
  private readonly buffers: WeakSet<ArrayBufferLike>;

  /** `buffers` of other stretches of the same memory, whose arrays this one owns too. */
  constructor(
    memory: WebAssembly.Memory,
    { start, end, clean }: Stretch,
    buffers = new WeakSet<ArrayBufferLike>(),
  ) {
    this.memory = memory;
    this.limit = end;
    this.top = Math.max(start, LINE);
    this.clean = Math.max(this.top, clean);
    this.buffers = buffers;
  }

  /** Arrays that stay, zero-filled. */
  readonly allocate: Allocator = {
    f64: (length) => this.zeros(Float64Array, length),
    f32: (length) => this.zeros(Float32Array, length),
    i32: (length) => this.zeros(Int32Array, length),
  };

  /** Address of `bytes` bytes, of any content. */
  take(bytes: number): number {
    const at = this.top;
    this.reserve(at + bytes);
    return at;
  }

  /** A stretch of `bytes` bytes, to be filled by another arena. */
  stretch(bytes: number): Stretch {
    const { clean } = this;
    const start = this.take(bytes);
    return { start, end: start + bytes, clean };
  }

  /** An arena on a stretch of this one's, for the same thread: what takes memory from time to time must not stand between others. */
  within(bytes: number): Arena {
    return new Arena(this.memory, this.stretch(bytes), this.buffers);
  }

  /** Takes everything below `end`. */
  reserve(end: number): void {
    const top = Math.ceil(end / LINE) * LINE;
    if (top > this.limit) {
      throw new RangeError(
        `the kernels' memory of ${(this.limit / GIB).toFixed(2)} GiB is full: ${(top / GIB).toFixed(2)} GiB are needed`,
      );
    }
    const missing = pages(top) - this.memory.buffer.byteLength / PAGE;
    if (missing > 0) this.memory.grow(missing);
    this.top = top;
    this.clean = Math.max(this.clean, top);
  }

  /** The first free address, for `rewind`. */
  mark(): number {
    return this.top;
  }

  /**
   * Frees what was taken from `mark` to `until`, as soon as nothing beyond it is taken any more. Nobody may use it any more, and nobody
   * else may have taken any of it.
   */
  rewind(mark: number, until = this.top): void {
    this.freed.push({ mark, until });
    for (;;) {
      const at = this.freed.findIndex((stretch) => stretch.until === this.top);
      if (at < 0) return;
      const [stretch] = this.freed.splice(at, 1);
      this.lower(stretch.mark);
    }
  }

  /** Runs `work` and frees what it took. */
  scratch<T>(work: () => T): T {
    const top = this.top;
    try {
      return work();
    } finally {
      this.lower(top);
    }
  }

  private lower(top: number): void {
    this.top = top;
    if (this.freed.length > 0) this.freed = this.freed.filter(({ until }) => until <= top);
  }

  view<T extends Numbers>(Type: NumbersOf<T>, address: number, length: number): T {
    const { buffer } = this.memory;
    this.buffers.add(buffer);
    return new Type(buffer, address, length);
  }

  /** Whether `array` stands on this memory. */
  owns(array: Numbers): boolean {
    return array.buffer === this.memory.buffer || this.buffers.has(array.buffer);
  }

  private zeros<T extends Numbers>(
    Type: NumbersOf<T> & { BYTES_PER_ELEMENT: number },
    length: number,
  ): T {
    const dirty = this.clean;
    const at = this.take(length * Type.BYTES_PER_ELEMENT);
    const array = this.view(Type, at, length);
    if (at < dirty) array.fill(0);
    return array;
  }
}
