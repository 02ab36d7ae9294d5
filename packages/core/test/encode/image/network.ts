import type { BackboneInfo } from "../../../src/index.ts";

/** What a network of grey images of 8 × 8 pixels says of itself, but for the changes. */
export const networkInfo = (changes: Partial<BackboneInfo> = {}): BackboneInfo => ({
  sha256: "0123456789abcdef".repeat(4),
  output: "means",
  ...{ width: 8, height: 8, channels: 1, layout: "NCHW" },
  means: [0.5],
  deviations: [0.25],
  runtime: "test 1.0.0",
  ...changes,
});
