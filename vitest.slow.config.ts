import { defineConfig } from "vitest/config";
import base from "./vitest.config.ts";

/** The tests that take minutes: `npm run test:slow`. */
export default defineConfig({
  ...base,
  test: {
    include: ["packages/*/test/**/*.slow.test.ts"],
    testTimeout: 1_800_000,
  },
});
