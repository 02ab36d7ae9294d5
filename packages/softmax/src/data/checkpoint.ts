import { mkdir, readdir, readFile, rmdir, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { type Journal, SoftmaxError } from "@softmax/core";
import * as errors from "../errors.ts";
import { writeFileAtomically } from "./atomic.ts";

/** A folder that keeps what a training has done. */
export interface CheckpointFolder {
  /** Made where there is none; else it is empty or holds a checkpoint. */
  readonly folder: string;
  /** Default false: a checkpoint that is there is an error. True: it is gone on with, where there is one. */
  readonly resume?: boolean;
  /** Milliseconds of work that may be lost. Default 30,000. */
  readonly everyMs?: number;
}

/** What a training is of: names and values, each in words. */
export type Identity = readonly (readonly [name: string, value: string])[];

export interface OpenCheckpoint {
  /** The journal of this training. Throws a SoftmaxError "data" where the folder is another's. */
  begin(identity: Identity): Promise<Journal>;
  /** Waits for what is being written; an empty folder goes. */
  settle(): Promise<void>;
}

const MANIFEST = "checkpoint.json";
const FORMAT = "softmax checkpoint 1";
/** Bytes of a manifest, at most. */
const LONGEST = 2 ** 24;
const PART = /^[a-z0-9-]{1,200}\.part$/;
const LEFT = /^\.(checkpoint\.json|[a-z0-9-]{1,100}(\.part)?)\.[0-9a-f]{12}\.tmp$/;

/** Whether a folder holds a checkpoint. */
export const hasCheckpoint = async (folder: string): Promise<boolean> =>
  (await stat(join(folder, MANIFEST)).catch(() => null)) !== null;

/** Removes a checkpoint, and the folder where nothing else is in it. */
export async function removeCheckpoint(folder: string): Promise<void> {
  const names = await readdir(folder).catch((): string[] => []);
  // Without its parts a checkpoint is whole, without its words it is not.
  for (const name of names.filter((known) => PART.test(known) || LEFT.test(known))) {
    await unlink(join(folder, name));
  }
  if (names.includes(MANIFEST)) await unlink(join(folder, MANIFEST));
  await rmdir(folder).catch(() => undefined);
}

/** Throws a SoftmaxError "data" where the folder holds something else, or a checkpoint that is not to be gone on with. */
export async function openCheckpoint(choice: CheckpointFolder): Promise<OpenCheckpoint> {
  const { folder, resume = false } = choice;
  const names = await namesIn(folder);
  const known = names.includes(MANIFEST);
  const foreign = names.find((name) => !LEFT.test(name));
  if (!known && foreign !== undefined) throw errors.notCheckpoint(folder, foreign);
  if (known && !resume) throw errors.unfinishedCheckpoint(folder);
  // What was being written when the process was killed.
  for (const name of names) {
    if (LEFT.test(name)) await unlink(join(folder, name)).catch(() => undefined);
  }
  const writing = new Set<Promise<void>>();
  return {
    async begin(identity) {
      if (known) await checkIdentity(folder, identity);
      else await writeFileAtomically(join(folder, MANIFEST), wordsOf(identity));
      return journalIn(choice, writing);
    },
    async settle() {
      await Promise.allSettled(writing);
      await rmdir(folder).catch(() => undefined);
    },
  };
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    await mkdir(folder, { recursive: true });
    return await readdir(folder);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === "EEXIST" || code === "ENOTDIR") throw errors.checkpointIsFile(folder);
    throw errors.cannotWrite(folder, code ?? message);
  }
}

const wordsOf = (identity: Identity): string =>
  `${JSON.stringify({ format: FORMAT, of: identity }, null, 1)}\n`;

async function checkIdentity(folder: string, identity: Identity): Promise<void> {
  const before = new Map(await identityIn(folder));
  const now = new Map(identity);
  const names = [...new Set([...before.keys(), ...now.keys()])];
  const other = names
    .filter((name) => before.get(name) !== now.get(name))
    .map((name) => [name, before.get(name), now.get(name)] as const);
  if (other.length > 0) throw errors.otherCheckpoint(folder, other);
}

async function identityIn(folder: string): Promise<Identity> {
  const path = join(folder, MANIFEST);
  const text = (await readPart(path, LONGEST))?.toString("utf8") ?? "";
  try {
    const { format, of } = JSON.parse(text) as { format?: unknown; of?: unknown };
    if (format === FORMAT && Array.isArray(of) && of.every(isPair)) return of;
  } catch (cause) {
    if (!(cause instanceof SyntaxError || cause instanceof TypeError)) throw cause;
  }
  throw errors.damagedCheckpoint(path);
}

const isPair = (pair: unknown): boolean =>
  Array.isArray(pair) && pair.length === 2 && pair.every((text) => typeof text === "string");

function journalIn({ folder, everyMs }: CheckpointFolder, writing: Set<Promise<void>>): Journal {
  const pathOf = (key: string): string => {
    const name = `${key}.part`;
    if (!PART.test(name)) throw new SoftmaxError("internal", `internal: the key ${key}`);
    return join(folder, name);
  };
  return {
    load: (key) => readPart(pathOf(key), 2 ** 31 - 1),
    async save(key, bytes) {
      const written = writeFileAtomically(pathOf(key), bytes);
      writing.add(written);
      try {
        await written;
      } finally {
        writing.delete(written);
      }
    },
    ...(everyMs === undefined ? {} : { everyMs }),
  };
}

/** The bytes of a file of at most so many; null where there is none. */
async function readPart(path: string, most: number): Promise<Buffer | null> {
  try {
    const { size } = await stat(path);
    if (size > most) throw errors.damagedCheckpoint(path);
    return await readFile(path);
  } catch (cause) {
    const { code, message, name } = cause as NodeJS.ErrnoException;
    if (name === "SoftmaxError") throw cause;
    if (code === "ENOENT") return null;
    throw errors.cannotRead(path, code ?? message);
  }
}
