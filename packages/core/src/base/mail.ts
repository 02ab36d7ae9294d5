import { dataError, internalError } from "./checks.ts";
import type { Floats, RowMail, StoredRows } from "./matrix.ts";
import { renumber, rowBytes } from "./stored.ts";
import { announceWord, awaitChange } from "./waiting.ts";

/**
 * Rows from one thread to another, through two slots of shared memory: one side asks by writing which rows it wants into a slot's
 * words, the other reads them there. While the rows of one slot are used, those that came after them the last time are read to
 * the other: passes go over the same rows in the same order again and again.
 */

/** Words of a slot: its state, the first row and how many. */
const STATE = 0;
const FIRST = 1;
const COUNT = 2;
const SLOT_WORDS = 4;
const SLOTS = 2;
/** After the slots: how often something was asked for, and whether all is over. */
const BELL = SLOTS * SLOT_WORDS;
const OVER = BELL + 1;
const WORDS = BELL + 4;

const [EMPTY, WANTED, FULL, FAILED] = [0, 1, 2, 3];

/** A mail for the rows of `stored`, in which nothing has been asked for. */
export function createMail(stored: StoredRows, chunkBytes: number): RowMail {
  const row = Math.max(1, rowBytes(stored));
  const rows = Math.max(1, Math.min(stored.rows, Math.floor(chunkBytes / row)));
  return {
    rows: stored.rows,
    dense: stored.dense,
    codes: stored.codes,
    chunkBytes,
    control: new SharedArrayBuffer(4 * WORDS),
    // Room for the padding between floats and codes too.
    slots: new SharedArrayBuffer(SLOTS * (8 * Math.ceil((rows * row) / 8) + 8)),
    positions: null,
  };
}

/** The rows of a mail, for the thread that asks. */
export function mailedRows(mail: RowMail): StoredRows {
  const { rows, dense, codes, chunkBytes, positions } = mail;
  const words = new Int32Array(mail.control);
  const most = rowsOfSlot(mail);
  const followers = new Map<number, readonly [number, number]>();
  let last = -1;

  const at = (slot: number, word: number): number => Atomics.load(words, slot * SLOT_WORDS + word);
  const holds = (slot: number, first: number, count: number): boolean =>
    at(slot, STATE) !== EMPTY && at(slot, FIRST) === first && at(slot, COUNT) === count;
  const settled = (slot: number): number => {
    for (;;) {
      const state = at(slot, STATE);
      if (state !== WANTED) return state;
      if (Atomics.load(words, OVER) !== 0) throw internalError("the thread that reads rows ended");
      awaitChange(words, slot * SLOT_WORDS + STATE, WANTED);
    }
  };
  const ask = (slot: number, first: number, count: number): void => {
    settled(slot);
    Atomics.store(words, slot * SLOT_WORDS + FIRST, first);
    Atomics.store(words, slot * SLOT_WORDS + COUNT, count);
    Atomics.store(words, slot * SLOT_WORDS + STATE, WANTED);
    Atomics.add(words, BELL, 1);
    Atomics.notify(words, BELL);
  };
  const slotWith = (first: number, count: number): number => {
    for (let slot = 0; slot < SLOTS; slot++) if (holds(slot, first, count)) return slot;
    const free = at(0, STATE) === WANTED ? 1 : 0;
    ask(free, first, count);
    return free;
  };

  const readPart = (
    first: number,
    count: number,
    floats: Floats | null,
    integers: Int32Array | null,
  ): void => {
    const slot = slotWith(first, count);
    const [nextFirst, nextCount] = followers.get(first) ?? [
      first + count,
      Math.min(count, rows - first - count),
    ];
    if (nextCount > 0 && !holds(1 - slot, nextFirst, nextCount))
      ask(1 - slot, nextFirst, nextCount);
    if (settled(slot) === FAILED) throw failureOf(mail, slot);
    const { dense: from, codes: entries } = slotViews(mail, slot, count);
    if (from !== null) floats!.set(from as never);
    if (entries !== null) {
      integers!.set(entries);
      if (positions !== null) renumber(integers!, positions);
    }
    Atomics.store(words, slot * SLOT_WORDS + STATE, EMPTY);
  };

  return {
    rows,
    dense,
    codes,
    chunkBytes,
    read(first, count, floats, integers) {
      for (let from = first; from < first + count; from += most) {
        const some = Math.min(most, first + count - from);
        if (last >= 0) followers.set(last, [from, some]);
        last = from;
        const part = <T extends Floats | Int32Array>(array: T | null, width: number): T | null =>
          array && (array.subarray((from - first) * width, (from - first + some) * width) as T);
        readPart(from, some, part(floats, dense?.width ?? 0), part(integers, codes?.perRow ?? 0));
      }
    },
  };
}

/** Answers a mail until it is over; blocks its thread. `read`: as of StoredRows. */
export function serveRows(mail: RowMail, read: StoredRows["read"]): void {
  const words = new Int32Array(mail.control);
  while (Atomics.load(words, OVER) === 0) {
    const bell = Atomics.load(words, BELL);
    for (let slot = 0; slot < SLOTS; slot++) {
      const base = slot * SLOT_WORDS;
      if (Atomics.load(words, base + STATE) !== WANTED) continue;
      const count = Atomics.load(words, base + COUNT);
      let state = FULL;
      try {
        const { dense, codes } = slotViews(mail, slot, count);
        read(Atomics.load(words, base + FIRST), count, dense, codes);
      } catch (error) {
        writeFailure(mail, slot, error);
        state = FAILED;
      }
      announceWord(words, base + STATE, state);
    }
    awaitChange(words, BELL, bell);
  }
}

/** Sends the thread that serves home, or says that it is no more: whoever still waits for rows gets an error. */
export function endMail({ control }: RowMail): void {
  const words = new Int32Array(control);
  Atomics.store(words, OVER, 1);
  Atomics.add(words, BELL, 1);
  Atomics.notify(words, BELL);
}

const slotBytes = ({ slots }: RowMail): number => slots.byteLength / SLOTS;

const rowsOfSlot = (mail: RowMail): number =>
  Math.floor((slotBytes(mail) - 8) / Math.max(1, rowBytes(mail)));

/** The floats of `count` rows, then, from the next multiple of 8 bytes on, their codes. */
function slotViews(
  mail: RowMail,
  slot: number,
  count: number,
): { readonly dense: Floats | null; readonly codes: Int32Array | null } {
  const { dense, codes, slots } = mail;
  const start = slot * slotBytes(mail);
  const numbers = count * (dense?.width ?? 0);
  const after = start + 8 * Math.ceil((numbers * ((dense?.bits ?? 0) / 8)) / 8);
  return {
    dense:
      dense === null
        ? null
        : dense.bits === 32
          ? new Float32Array(slots, start, numbers)
          : new Float64Array(slots, start, numbers),
    codes: codes && new Int32Array(slots, after, count * codes.perRow),
  };
}

const slotUnits = (mail: RowMail, slot: number): Uint16Array =>
  new Uint16Array(mail.slots, slot * slotBytes(mail), Math.floor(slotBytes(mail) / 2));

/** The message of an error, as 16-bit units behind their number. */
function writeFailure(mail: RowMail, slot: number, error: unknown): void {
  const units = slotUnits(mail, slot);
  const text = String((error as { message?: unknown }).message ?? error).slice(0, units.length - 1);
  units[0] = text.length;
  for (let at = 0; at < text.length; at++) units[at + 1] = text.charCodeAt(at);
}

function failureOf(mail: RowMail, slot: number): Error {
  const units = slotUnits(mail, slot);
  if (units[0] >= units.length) return internalError("rows could not be read");
  return dataError(String.fromCharCode(...units.subarray(1, units[0] + 1)));
}
