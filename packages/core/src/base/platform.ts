/** The one file that knows which platform it runs on: workers, in Node and in browsers. */

/** A running worker. It keeps a Node process alive only between `hold` and `release`. */
export interface WorkerHandle {
  post(message: unknown, transfer: readonly ArrayBuffer[]): void;
  hold(): void;
  release(): void;
  terminate(): void;
}

export interface WorkerEvents {
  message(data: unknown): void;
  /** The worker failed to start, threw outside a message, or ended without being asked to. Called at most once. */
  died(why: string): void;
}

/** What we use of Node's worker_threads. */
interface NodeThreads {
  readonly Worker: new (
    source: string,
    options: object,
  ) => {
    on(event: string, listener: (value: unknown) => void): void;
    postMessage(message: unknown, transfer: readonly unknown[]): void;
    ref(): void;
    unref(): void;
    terminate(): Promise<number>;
  };
}

/** Makes Node's worker answer to the names that browsers give to a worker's ends. */
const NODE_PRELUDE = `{
  const { parentPort } = require("node:worker_threads");
  globalThis.self = globalThis;
  self.postMessage = (message, transfer) => parentPort.postMessage(message, transfer);
  parentPort.on("message", (data) => self.onmessage({ data }));
}
`;

/**
 * Runs JavaScript in a worker, or returns null where no worker can be made. The source uses `self.onmessage` and
 * `self.postMessage`, and loads nothing. A browser may refuse it later, by its content security policy: `died` says so.
 */
export function startWorker(source: string, events: WorkerEvents): WorkerHandle | null {
  let over = false;
  const died = (why: string): void => {
    if (!over) events.died(why);
    over = true;
  };
  const quiet: WorkerEvents = {
    message: (data) => {
      if (!over) events.message(data);
    },
    died,
  };
  const end = (): void => {
    over = true;
  };
  try {
    const threads = nodeThreads();
    return threads !== null
      ? nodeWorker(threads, source, quiet, end)
      : webWorker(source, quiet, end);
  } catch {
    return null;
  }
}

const nodeThreads = (): NodeThreads | null => nodeModule<NodeThreads>("node:worker_threads");

function nodeModule<T>(name: string): T | null {
  const { process } = globalThis as {
    process?: { getBuiltinModule?: (name: string) => unknown };
  };
  return (process?.getBuiltinModule?.(name) as T | undefined) ?? null;
}

/** Threads that can run at the same time here; 1 where nobody says. */
export function availableThreads(): number {
  const os = nodeModule<{ availableParallelism(): number }>("node:os");
  const { navigator } = globalThis as { navigator?: { hardwareConcurrency?: number } };
  return os?.availableParallelism() ?? navigator?.hardwareConcurrency ?? 1;
}

/** What workers make of objects is short-lived and little: the default lets it grow to 48 MB for each. */
const YOUNG = { maxYoungGenerationSizeMb: 8 };

function nodeWorker(
  { Worker }: NodeThreads,
  source: string,
  events: WorkerEvents,
  end: () => void,
): WorkerHandle {
  const worker = new Worker(NODE_PRELUDE + source, {
    eval: true,
    execArgv: [],
    resourceLimits: YOUNG,
  });
  worker.on("message", (data) => events.message(data));
  worker.on("error", (error) => events.died(String(error)));
  worker.on("exit", (code) => events.died(`exit code ${String(code)}`));
  worker.unref();
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    hold: () => worker.ref(),
    release: () => worker.unref(),
    terminate() {
      end();
      void worker.terminate();
    },
  };
}

function webWorker(source: string, events: WorkerEvents, end: () => void): WorkerHandle | null {
  if (typeof Worker !== "function" || typeof Blob !== "function") return null;
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const worker = new Worker(url);
  worker.onmessage = ({ data }) => {
    URL.revokeObjectURL(url);
    events.message(data);
  };
  worker.onmessageerror = () => events.died("a message could not be read");
  worker.onerror = (event) => events.died(event.message ?? "the script was refused");
  return {
    post: (message, transfer) => worker.postMessage(message, [...transfer]),
    hold() {},
    release() {},
    terminate() {
      end();
      worker.terminate();
    },
  };
}

/** What we use of a page's pictures. */
interface PageImages {
  createImageBitmap?: (blob: Blob, options: object) => Promise<PageBitmap>;
  OffscreenCanvas?: new (
    width: number,
    height: number,
  ) => {
    getContext(
      kind: "2d",
      options: object,
    ): {
      drawImage(bitmap: PageBitmap, x: number, y: number): void;
      getImageData(
        x: number,
        y: number,
        width: number,
        height: number,
      ): { readonly data: Uint8ClampedArray };
    };
  };
}

interface PageBitmap {
  readonly width: number;
  readonly height: number;
  close(): void;
}

/** An image decoded by the page it runs in, upright, four bytes a pixel; null where no page can do so. Rejects where it is broken. */
export async function pagePixels(blob: Blob): Promise<{
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8ClampedArray;
} | null> {
  const { createImageBitmap, OffscreenCanvas } = globalThis as PageImages;
  if (createImageBitmap === undefined || OffscreenCanvas === undefined) return null;
  const bitmap = await createImageBitmap.call(globalThis, blob, {
    imageOrientation: "from-image",
    premultiplyAlpha: "none",
    colorSpaceConversion: "none",
  });
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return { width, height, rgba: context.getImageData(0, 0, width, height).data };
}
