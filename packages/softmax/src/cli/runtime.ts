import { availableParallelism } from "node:os";
import { kernelBytes, wasmAvailable } from "@softmax/core";
import { decideRevectorization, kernelHash, type Revectorization } from "./revectorize.ts";
import { wrap } from "./text.ts";

/** What training would run on here. */
export interface Runtime {
  readonly node: string;
  readonly v8: string;
  readonly platform: string;
  readonly threads: number;
  /** Whether the WebAssembly kernels run here, else the reference does. */
  readonly simd: boolean;
  readonly sharedMemory: boolean;
  readonly revectorize: Revectorization;
  /** SHA-256 of the kernels' WebAssembly, and its bytes. */
  readonly kernels: { readonly sha256: string; readonly bytes: number };
}

/** Runs the self-test of revectorization where there is no verdict yet. */
export async function describeRuntime(): Promise<Runtime> {
  const { node, v8 } = process.versions;
  return {
    node,
    v8,
    platform: `${process.platform} ${process.arch}`,
    threads: availableParallelism(),
    simd: wasmAvailable(),
    sharedMemory: typeof SharedArrayBuffer === "function",
    revectorize: await decideRevectorization(true, Number.POSITIVE_INFINITY),
    kernels: { sha256: kernelHash(), bytes: kernelBytes().length },
  };
}

export function runtimeText(runtime: Runtime): string {
  const { node, v8, platform, threads, simd, sharedMemory, revectorize, kernels } = runtime;
  const yes = (value: boolean): string => (value ? "yes" : "no");
  return [
    `Node ${node}, V8 ${v8}, ${platform}`,
    `threads available: ${threads}`,
    `WebAssembly with SIMD: ${yes(simd)}; shared memory: ${yes(sharedMemory)}`,
    `revectorization in train: ${revectorize.on ? "on" : "off"} (${revectorize.why})`,
    `kernels: ${kernels.bytes} bytes, sha256 ${kernels.sha256}`,
  ]
    .flatMap(wrap)
    .join("\n");
}
