import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { survive, writeTable } from "./kills.ts";
import { bundled, ended, flowing, softmax, start, workFolder } from "./run.ts";

// Many starts of a process each.
vi.setConfig({ testTimeout: 300_000 });

const folder = workFolder();
const TRAIN = ["train", "table.csv", "-t", "y", "-q", "--linear", "-o", "m.st"];
const run = (args: readonly string[]) => softmax(args, { cwd: folder.path });

/** A checkpoint that a killed training left in the folder `name`. */
async function leave(name: string, more: readonly string[] = []): Promise<void> {
  const args = [...TRAIN, ...more, "--checkpoint", name, "--checkpoint-every", "0"];
  const child = start(args, folder.path);
  const end = ended(child);
  const parts = (): number => {
    try {
      return readdirSync(folder.at(name)).filter((file) => file.endsWith(".part")).length;
    } catch {
      return 0;
    }
  };
  while (child.exitCode === null && parts() < 2) await setTimeout(5);
  child.kill("SIGKILL");
  await end;
  expect(parts(), "the training ended before it was killed").toBeGreaterThan(0);
}

beforeAll(() => writeTable(folder));

it("20 kills at any moment leave the bytes of the run that was never stopped", async () => {
  await survive(folder, 20, 1);
});

describe("a checkpoint", () => {
  it("is gone on with by what it was begun with alone, and says what differs", async () => {
    await leave("other");
    const kept = ["--checkpoint", "other"];
    const again = await run([...TRAIN, ...kept]);
    expect([again.code, flowing(again.err)]).toEqual([
      3,
      "softmax: other holds the checkpoint of a training that has not ended; go on with --resume, or name another folder\n",
    ]);
    const options = await run([...TRAIN, ...kept, "--resume", "--l2", "0.1", "--seed", "2"]);
    expect(options.code).toBe(3);
    expect(flowing(options.err)).toContain(
      'other is the checkpoint of another training: "seed" was 1 and is 2; "l2" was not given and is 0.1; go on as it was begun',
    );
    const table = readFileSync(folder.at("table.csv"), "utf8");
    writeFileSync(folder.at("more.csv"), `${table}0.1,0.2,u,red\n`);
    const data = await run([...TRAIN, ...kept, "--resume"].map((a) => a.replace("table", "more")));
    expect(flowing(data.err)).toContain("another training: the data differ;");
    expect((await run([...TRAIN, ...kept, "--resume", "--threads", "1"])).code).toBe(0);
  });

  it("whose part is damaged is not used, and goes on without that part", async () => {
    await leave("damaged");
    const part = readdirSync(folder.at("damaged")).find((name) => name.endsWith(".part")) as string;
    const path = folder.at(`damaged/${part}`);
    const bytes = readFileSync(path);
    bytes[bytes.length >> 1] ^= 1;
    writeFileSync(path, bytes);
    const args = [...TRAIN, "--checkpoint", "damaged", "--resume"];
    const ran = await run(args);
    expect([ran.code, ran.err]).toEqual([
      3,
      `softmax: the part "${part.replace(".part", "")}" of the checkpoint is damaged: its bytes are not what was written; remove that part, and its fits are made anew\n`,
    ]);
    writeFileSync(folder.at("damaged/checkpoint.json"), "{}");
    expect((await run(args)).err).toContain("damaged/checkpoint.json is damaged");
  });

  it("is not begun in a folder that holds something else, or in a file", async () => {
    mkdirSync(folder.at("full"));
    writeFileSync(folder.at("full/notes.txt"), "mine");
    const full = await run([...TRAIN, "--checkpoint", "full", "--resume"]);
    expect([full.code, full.err]).toEqual([
      3,
      'softmax: full holds "notes.txt", which is no part of a checkpoint; name an empty folder\n',
    ]);
    const file = await run([...TRAIN, "--checkpoint", "table.csv"]);
    expect([file.code, file.err]).toEqual([
      3,
      "softmax: table.csv is a file or in one; name a folder for the checkpoint\n",
    ]);
    for (const flag of [["--resume"], ["--checkpoint-every", "5"]]) {
      const alone = await run([...TRAIN, ...flag]);
      expect([alone.code, alone.err]).toEqual([
        2,
        `softmax: ${flag[0]} expected --checkpoint with the folder that it is about\n`,
      ]);
    }
  });
});

for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const) {
  it(`${signal} leaves a checkpoint, says how to go on, and ends with ${code}`, async () => {
    const name = `stopped ${signal}`;
    const digits = bundled("digits.csv.gz");
    const args = [
      "train",
      digits,
      "--header",
      "no",
      "-t",
      "-1",
      "--checkpoint",
      name,
      "-o",
      "d.st",
    ];
    const child = start(args, folder.path);
    const end = ended(child);
    let spoken = false;
    child.stderr?.once("data", () => {
      spoken = true;
    });
    while (child.exitCode === null && !spoken) await setTimeout(5);
    child.kill(signal);
    const ran = await end;
    const typed = args.map((arg) => (arg === name ? `'${name}'` : arg)).join(" ");
    expect(ran.code).toBe(code);
    expect(ran.err).toContain(`softmax: stopped; go on with: softmax ${typed} --resume\n`);
    expect(readdirSync(folder.at(name))).toContain("checkpoint.json");
    expect(folder.list()).not.toContain("d.st");
  });
}

it("a second signal ends at once, and what was kept before is gone on with", async () => {
  const args = [...TRAIN, "--checkpoint", "twice", "--checkpoint-every", "0"];
  const child = start(args, folder.path);
  const end = ended(child);
  const kept = (): boolean =>
    folder.list().includes("twice") && readdirSync(folder.at("twice")).length > 2;
  while (child.exitCode === null && !kept()) await setTimeout(5);
  // Held, it hears both signals one right after the other.
  for (const signal of ["SIGSTOP", "SIGINT", "SIGTERM", "SIGCONT"] as const) child.kill(signal);
  const ran = await end;
  expect([130, 143]).toContain(ran.code);
  expect(ran.err).not.toContain("go on with");
  expect((await run([...args, "--resume"])).code).toBe(0);
  const resumed = readFileSync(folder.at("m.st"));
  expect((await run(TRAIN)).code).toBe(0);
  expect(readFileSync(folder.at("m.st")).equals(resumed)).toBe(true);
});
