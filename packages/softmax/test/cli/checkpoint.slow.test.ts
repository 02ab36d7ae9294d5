import { it } from "vitest";
import { survive, writeTable } from "./kills.ts";
import { workFolder } from "./run.ts";

const folder = workFolder();

it("200 kills at any moment leave the bytes of the run that was never stopped", async () => {
  writeTable(folder);
  await survive(folder, 200, 2);
});
