// TensorFlow.js on its WebAssembly backend, from where bench/peers has installed it. In Node it has SIMD, and one thread.
import { createRequire } from "node:module";
import { dirname } from "node:path";

const require = createRequire(new URL("./peers/package.json", import.meta.url));
export const tf = require("@tensorflow/tfjs");
const { setWasmPaths } = require("@tensorflow/tfjs-backend-wasm");

setWasmPaths(`${dirname(require.resolve("@tensorflow/tfjs-backend-wasm"))}/`);
await tf.setBackend("wasm");
await tf.ready();
