import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const core = fileURLToPath(new URL("./packages/core/src/index.ts", import.meta.url));

/** Tests run on the sources: an edit needs no build, but for kernels and the worker. */
export default defineConfig({
  resolve: { alias: { "@softmax/core": core } },
  test: {
    include: ["packages/*/test/**/*.test.ts"],
    exclude: ["**/*.slow.test.ts", "**/node_modules/**"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
