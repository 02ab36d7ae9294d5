import { defineConfig } from "vitest/config";

const core = new URL("./packages/core/src/index.ts", import.meta.url).pathname;

export default defineConfig({
  resolve: { alias: { "@softmax/core": core } },
  test: {
    include: ["packages/*/test/**/*.test.ts"],
    exclude: ["**/*.slow.test.ts", "**/node_modules/**"],
    testTimeout: 60_000,
  },
});
