import { describe, expect, it } from "vitest";
import { findNode, NODE_RELEASES, type NodeMajor } from "./nodes.ts";
import { root, run } from "./pack/project.ts";

const script = `${root}packages/softmax/test/releases/hashes.mjs`;
const hashes = async (node: string, ...flags: string[]): Promise<unknown> =>
  JSON.parse(await run(node, [...flags, script], root));

describe("model files and fits", () => {
  it.for([1, 2, 3, 4, 8])("have the same bytes with %i threads as with one", async (threads) => {
    const args = [script, String(threads)];
    const one = await hashes(process.execPath);
    expect(JSON.parse(await run(process.execPath, args, root))).toEqual(one);
  });

  it.for(Object.keys(NODE_RELEASES).map((major) => Number(major) as NodeMajor))(
    "have the same bytes on Node %i, with two threads, with V8's wider vectors where it has them",
    async (major, context) => {
      const node = await findNode(major);
      if (node.path === null) return context.skip(node.why);
      const one = await hashes(process.execPath);
      expect(JSON.parse(await run(node.path, [script, "2"], root))).toEqual(one);
      if (major < 24) return;
      const flags = ["--experimental-wasm-revectorize", script, "2"];
      expect(JSON.parse(await run(node.path, flags, root))).toEqual(one);
    },
  );
});
