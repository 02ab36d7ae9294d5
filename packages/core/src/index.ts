export * from "./base/checks.ts";
export * from "./base/matrix.ts";
export * from "./base/random.ts";
export * from "./base/table.ts";
export * from "./file/container.ts";
export * from "./file/pack.ts";
export * from "./file/sha256.ts";
export type { DType, Tensor, TensorData } from "./file/tensor.ts";
