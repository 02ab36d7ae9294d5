import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("../../../..", import.meta.url));

it("docs/cli.md is what scripts/cli-docs.mjs writes", () => {
  const check = (): unknown =>
    execFileSync(process.execPath, ["scripts/cli-docs.mjs", "--check"], {
      cwd: root,
      stdio: "pipe",
    });
  expect(check).not.toThrow();
});
