import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { madeBy } from "../../src/cli/made.ts";

/** What a POSIX shell makes of a command line. */
const readByShell = (command: string): string[] =>
  execFileSync("sh", ["-c", `softmax() { printf '%s\\0' "$@"; }; ${command}`], { encoding: "utf8" })
    .split("\0")
    .slice(0, -1);

describe("the command line of a report", () => {
  it.each([
    [["train", "penguins.csv", "-t", "species"]],
    [["train", "my data.csv", "-t", "it's", "--missing", ""]],
    [["train", "$HOME/x", "`id`", "$(id)", "a;b", "a&b|c", "*", "~", "!!", "#no", "\\", "\\'"]],
    [["train", "-", "--query", "select \"a b\", 'x'\nfrom data", "--cost", "bad:good=5"]],
    [["train", "日本語.csv", "-t", "\u202ename", "\u001b[31m", "a\tb", "--", "-x"]],
  ])("is read by a shell as it was given: %j", (args) => {
    const { command } = madeBy(args);
    expect(readByShell(command as string)).toEqual(args);
  });

  it("is as plain as it was typed", () => {
    expect(madeBy(["train", "a/b.csv", "--prior", "yes=0.1,no=0.9"])).toEqual({
      command: "softmax train a/b.csv --prior yes=0.1,no=0.9",
      runtime: `Node.js ${process.versions.node}`,
    });
  });
});
