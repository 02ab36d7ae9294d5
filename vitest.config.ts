import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const core = fileURLToPath(new URL("./packages/core/src/index.ts", import.meta.url));

/** Tests run on the sources: an edit needs no build, but for kernels and the worker. */
export default defineConfig({
  resolve: { alias: { "@softmax/core": core } },
  test: {
    include: ["packages/*/test/**/*.test.ts"],
    exclude: ["**/*.slow.test.ts", "**/node_modules/**"],
    // By itself one of two cores is left idle.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
