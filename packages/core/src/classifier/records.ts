import { createInterval } from "../base/breathe.ts";
import { damagedPart, SoftmaxError } from "../base/checks.ts";
import { type Plain, readPlain, writePlain } from "../file/plain.ts";
import type { FitState } from "../model/state.ts";
import type { FitRequest, FittedWeights, Trainer } from "../model/trainer.ts";
import { everyMsOf, type Journal, wholeKey } from "./journal.ts";

/** Of the fits of one split, in their order: where each was, the judged logits that it gave, and how the next one begins. */
interface Path {
  readonly points: readonly number[];
  readonly logits: readonly Float64Array[];
  readonly weights: Float64Array | null;
  readonly state: FitState | null;
}

interface LastFit {
  readonly point: number;
  readonly fitted: FittedWeights | null;
  readonly state: FitState | null;
}

const NOTHING: Path = { points: [], logits: [], weights: null, state: null };

/** The record of a split's path in a journal: what it holds need not be fitted again. */
export class PathRecord {
  readonly #part: Part<Path>;
  #path: Path;
  /** Fits that this run has asked for. */
  #asked = 0;

  private constructor(part: Part<Path>, path: Path) {
    this.#part = part;
    this.#path = path;
  }

  /** Throws SoftmaxError "data" where what was kept is damaged. `sizes`: judged logits a fit, and its weights. */
  static async open(
    journal: Journal,
    key: string,
    sizes: { readonly logits: number; readonly weights: number },
  ): Promise<PathRecord> {
    const part = new Part<Path>(journal, key);
    const path = (await part.load()) ?? NOTHING;
    const { points, logits } = path;
    const whole =
      Array.isArray(points) &&
      Array.isArray(logits) &&
      points.length === logits.length &&
      logits.every((Z) => isFloats(Z, sizes.logits)) &&
      (points.length === 0 || isFloats(path.weights, sizes.weights));
    if (!whole) throw damagedPart(part.name, "its logits are not those of its fits");
    return new PathRecord(part, path);
  }

  /** The points whose fits are known. */
  get points(): readonly number[] {
    return this.#path.points;
  }

  /** The weights of the last fit that is known, from which the next one starts. */
  get weights(): Float64Array | null {
    return this.#path.weights;
  }

  /** What the fit that is now to be made is asked beside; `behind`: from what is known, in a trainer that has made no fit before. */
  request(behind: boolean): Pick<FitRequest, "resume" | "keepMs" | "onKept"> {
    return {
      resume: behind ? this.#path.state : null,
      keepMs: this.#part.everyMs,
      onKept: (state) => {
        this.#path = { ...this.#path, state };
        this.#part.put(this.#path);
      },
    };
  }

  /** The judged logits of the next fit where they are known, else null. */
  next(point: number): Float64Array | null {
    const at = this.#asked++;
    const { points, logits } = this.#path;
    if (at >= points.length) return null;
    if (points[at] !== point) {
      throw damagedPart(this.#part.name, "its fits are not those of this training");
    }
    return logits[at];
  }

  /** Takes down a fit and, where it is time, saves. `state`: null where the next fit builds on nothing but the weights. */
  async add(point: number, Z: Float64Array, weights: Float64Array, state: FitState | null) {
    const { points, logits } = this.#path;
    this.#path = { points: [...points, point], logits: [...logits, Z.slice()], weights, state };
    await this.#part.putWhenDue(this.#path);
  }

  /** Saves what is not saved yet. */
  flush(): Promise<void> {
    return this.#part.flush();
  }
}

const isFloats = (array: unknown, length: number): boolean =>
  array instanceof Float64Array && array.length === length;

/** The fit at `point` from a journal or, as far as it is not there, by the trainer; `weights`: how many it has. */
export async function fitRecorded(
  journal: Journal | undefined,
  key: string,
  point: number,
  trainer: Trainer,
  request: FitRequest,
  weights: number,
): Promise<FittedWeights> {
  if (journal === undefined) return trainer.fit(request);
  const part = new Part<LastFit>(journal, key);
  const known = await part.load();
  const same = known?.point === point ? known : null;
  if (same?.fitted != null) {
    if (isFloats(same.fitted.weights, weights)) return same.fitted;
    throw damagedPart(part.name, "its weights do not fit the columns");
  }
  const { after: _, ...fitted } = await trainer.fit({
    ...request,
    resume: same?.state ?? null,
    keepMs: part.everyMs,
    onKept: (state) => part.put({ point, fitted: null, state }),
  });
  part.put({ point, fitted, state: null });
  await part.flush();
  return fitted;
}

/** One key of a journal. Saves follow each other; of several that wait the last one is made. */
export class Part<Content> {
  /** As the whole journal knows it, and as the part itself says. */
  readonly name: string;
  readonly #key: string;
  readonly everyMs: number;
  readonly #journal: Journal;
  readonly #interval: { isOver(): boolean; begin(): void };
  #waiting: Content | null = null;
  #saving: Promise<void> | null = null;

  constructor(journal: Journal, key: string) {
    this.name = wholeKey(journal, key);
    this.#key = key;
    this.everyMs = everyMsOf(journal);
    this.#journal = journal;
    this.#interval = createInterval(this.everyMs);
  }

  async load(): Promise<Content | null> {
    const bytes = await this.#journal.load(this.#key);
    if (bytes === null) return null;
    try {
      const kept = readPlain(bytes) as unknown as { name: string; content: Content } | null;
      if (kept?.name === this.name && kept.content instanceof Object) return kept.content;
    } catch (cause) {
      if (!(cause instanceof SoftmaxError)) throw cause;
      throw damagedPart(this.name, "its bytes are not what was written");
    }
    throw damagedPart(this.name, "it is another part");
  }

  /** Saves soon; whoever flushes hears of a failure. */
  put(content: Content): void {
    this.#waiting = content;
    this.#saving ??= this.#saveAll();
    this.#saving.catch(() => {});
  }

  async putWhenDue(content: Content): Promise<void> {
    this.#waiting = content;
    if (this.#interval.isOver()) await this.flush();
  }

  async flush(): Promise<void> {
    if (this.#waiting !== null) this.put(this.#waiting);
    await this.#saving;
  }

  async #saveAll(): Promise<void> {
    while (this.#waiting !== null) {
      const content = this.#waiting as unknown as Plain;
      this.#waiting = null;
      this.#interval.begin();
      await this.#journal.save(this.#key, writePlain({ name: this.name, content }));
    }
    this.#saving = null;
  }
}
