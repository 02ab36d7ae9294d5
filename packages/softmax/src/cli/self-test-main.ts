/**
 * The self-test's process, started by revectorize.ts with TIER_UP: runs the kernels compiled without the flag, then a
 * copy compiled with it, each until V8 has optimized it, and prints the first difference as JSON, or null.
 */
import { setFlagsFromString } from "node:v8";
import { kernelBytes } from "@softmax/core";
import { FLAG } from "./revectorize.ts";
import { firstDifference, kernelResults, marked } from "./self-test.ts";

// The flag is asked for whenever V8 optimizes a function, so the plain results come first; and V8 keeps the code of
// equal bytes, so they come from other bytes.
const plain = await kernelResults(new WebAssembly.Module(marked(kernelBytes())));
setFlagsFromString(FLAG);
const revectorized = await kernelResults(new WebAssembly.Module(kernelBytes()));
process.stdout.write(JSON.stringify(firstDifference(revectorized, plain)));
