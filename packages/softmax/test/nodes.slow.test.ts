import { tmpdir } from "node:os";
import { describe, expect, it } from "vitest";
import { findNode, NODE_RELEASES, type NodeMajor } from "./nodes.ts";
import { run } from "./pack/project.ts";

describe.each(Object.keys(NODE_RELEASES).map(Number) as NodeMajor[])("Node %i", (major) => {
  it("is found once and says that it is of that line", async (context) => {
    const { path, why } = await findNode(major);
    if (path === null) return context.skip(why);
    expect((await findNode(major)).path).toBe(path);
    expect(await run(path, ["--version"], tmpdir())).toMatch(new RegExp(`^v${major}\\.`));
  });
});
