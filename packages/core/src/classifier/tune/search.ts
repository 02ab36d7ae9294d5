import { SoftmaxError } from "../../base/checks.ts";
import { pickTable, type Table } from "../../base/table.ts";
import type { TrainOptions } from "../options.ts";
import { Budget } from "./budget.ts";
import { type Judgement, judgeWay } from "./judging.ts";
import type { Kept } from "./kept.ts";
import type { TuneLimits } from "./options.ts";
import type { TunedOptions, TuneReport } from "./report.ts";
import { keyOf, type Space, withTuned } from "./space.ts";
import { ETA, type Round } from "./split.ts";
import type { SearchTime } from "./time.ts";
import {
  type Contest,
  contestOf,
  excess,
  lossIn,
  newWay,
  ranked,
  topOf,
  type Way,
} from "./ways.ts";

export interface Searching {
  readonly table: Table;
  readonly rounds: readonly Round[];
  /** Of the default. */
  readonly options: TrainOptions;
  readonly space: Space;
  readonly limits: TuneLimits;
  readonly time: SearchTime;
  readonly kept: Kept;
  /** Hears of the progress. */
  readonly onProgress: (doing: string) => void;
}

export interface Found {
  readonly ended: TuneReport["ended"];
  /** The default first. */
  readonly ways: readonly Way[];
  /** Null where nothing stands beside the default. */
  readonly contest: Contest | null;
  /** Rows of a round. */
  tableOf(round: number): Table;
}

/** Ways in the first round of a bracket, at most: a third goes on to the next one. */
const BRACKET = 9;
/** So many ways in a row for which the time does not suffice end a search. */
const MOST_UNFINISHED = 5;

/**
 * Looks for a way of training with a lower out-of-fold log loss than the default, by successive halving (Jamieson & Talwalkar 2016)
 * in brackets one after another (Li et al. 2018): of nine ways on a part of the rows the best third goes on to three times as many,
 * until one is judged on all, by one fold and then by all. The default passes all rounds first, as far as the time allows.
 */
export const search = (searching: Searching): Promise<Found> => new Search(searching).run();

class Search {
  readonly #given: Searching;
  readonly #budget: Budget;
  readonly #tables: (Table | undefined)[] = [];
  readonly #ways: Way[] = [];
  readonly #first: Way;
  #unfinished = 0;
  #isExhausted = false;

  constructor(given: Searching) {
    this.#given = given;
    this.#budget = new Budget(given.rounds, given.time);
    this.#first = this.#add({});
  }

  async run(): Promise<Found> {
    await this.#passDefault();
    while (this.#goesOn()) await this.#bracket();
    return {
      ended: this.#ended(),
      ways: this.#ways,
      contest: this.#contest(),
      tableOf: (round) => this.#table(round),
    };
  }

  get #last(): number {
    return this.#given.rounds.length - 1;
  }

  /** The best so far: of those that came furthest, the default among them. */
  #best(): Way {
    const contest = this.#contest();
    if (contest === null) return this.#first;
    const { best, round } = contest;
    return lossIn(best, round) < lossIn(this.#first, round) ? best : this.#first;
  }

  #contest(): Contest | null {
    const { rounds, table } = this.#given;
    const whole = rounds.findIndex(({ rows }) => rows.length === table.rows);
    return contestOf(this.#first, this.#ways.slice(1), whole);
  }

  get #isCounted(): boolean {
    const { candidates = Number.POSITIVE_INFINITY } = this.#given.limits;
    return this.#ways.length > candidates;
  }

  #goesOn(): boolean {
    if (this.#given.time.isStopped || this.#isExhausted || this.#isCounted) return false;
    if (this.#first.verdicts.length === 0 || this.#unfinished >= MOST_UNFINISHED) return false;
    return this.#budget.spare(this.#best(), this.#first) > 0;
  }

  #ended(): TuneReport["ended"] {
    if (this.#given.time.isStopped) return "stopped";
    if (this.#isCounted) return "count";
    return this.#isExhausted ? "exhausted" : "time";
  }

  async #passDefault(): Promise<void> {
    const first = this.#first;
    for (let round = 0; round <= this.#last; round++) {
      const most = this.#budget.forDefault(first, round);
      if (!(await this.#judge(first, round, null, most))) break;
    }
    this.#unfinished = 0;
    if (first.reason !== null) throw new SoftmaxError("data", first.reason);
    if (topOf(first) === this.#last) first.outcome = "finished";
  }

  /** Nine ways or fewer, of which the better third goes from round to round. */
  async #bracket(): Promise<void> {
    let size = Math.min(BRACKET, sizeOf(this.#given.rounds));
    let going: readonly Way[] = [];
    for (let round = 0; round <= this.#last; round++) {
      const passing = Math.max(1, Math.floor(size / ETA));
      const judged = await this.#judgeAll(round, round === 0 ? size : going, passing);
      if (round === this.#last || judged.length === 0) return;
      going = this.#passing(judged, round, passing);
      size = going.length;
      if (size === 0) return;
    }
  }

  /** Judges those that came to a round, or so many new ones; returns those that were judged to the end. */
  async #judgeAll(
    round: number,
    going: readonly Way[] | number,
    passing: number,
  ): Promise<readonly Way[]> {
    const judged: Way[] = [];
    const count = typeof going === "number" ? going : going.length;
    for (let i = 0; i < count; i++) {
      if (judged.length > 0 && !this.#budget.leavesTime(judged, round)) break;
      const way = typeof going === "number" ? this.#draw() : going[i];
      if (way === null) break;
      const [best, first] = [this.#best(), this.#first];
      const most = this.#budget.forWay(way, round, best, first);
      const rival = this.#rival(judged, round, passing);
      if (await this.#judge(way, round, rival, most)) judged.push(way);
    }
    return judged;
  }

  /** The better ones of a round; before the last round none that is clearly worse than the best so far. */
  #passing(judged: readonly Way[], round: number, passing: number): readonly Way[] {
    const best = this.#best();
    const isBehind = (way: Way): boolean => {
      if (round + 1 < this.#last || best === way || topOf(best) < round) return false;
      const { mean, standardError } = excess(way, best, round);
      return mean > standardError;
    };
    const going = ranked(judged, round)
      .slice(0, passing)
      .filter((way) => !isBehind(way));
    for (const way of judged) if (!going.includes(way)) way.outcome = "dropped";
    return going;
  }

  /** The losses to come near: those of the last that would go on, or in the last rounds of the best so far. */
  #rival(judged: readonly Way[], round: number, passing: number): Float64Array | null {
    const best = this.#best();
    const rival = round + 1 < this.#last ? ranked(judged, round).at(passing - 1) : best;
    return rival?.verdicts.at(round)?.bare ?? null;
  }

  #add(options: TunedOptions): Way {
    const way = newWay(this.#ways.length, options);
    this.#ways.push(way);
    return way;
  }

  #draw(): Way | null {
    if (!this.#goesOn()) return null;
    const next = this.#given.space.next(this.#best().options);
    this.#isExhausted = next === null;
    return next === null ? null : this.#add(next);
  }

  /** Whether it was judged to the end of a round. */
  async #judge(
    way: Way,
    round: number,
    rival: Float64Array | null,
    most: number,
  ): Promise<boolean> {
    const { kept, time } = this.#given;
    const key = keyOf(way.options);
    const known = await kept.load(key, round);
    const judgement = known ?? (most > 0 ? await this.#judgeAnew(way, round, rival, most) : null);
    if (known !== null) time.skip(known.seconds);
    else if (judgement !== null) await kept.save(key, round, judgement);
    this.#unfinished = judgement === null ? this.#unfinished + 1 : 0;
    way.outcome = "unfinished";
    if (judgement !== null) {
      const { verdict, reason, seconds } = judgement;
      way.round = round;
      way.seconds = seconds;
      way.reason = reason;
      if (verdict !== null) way.verdicts.push(verdict);
      else way.outcome = reason === null ? "killed" : "failed";
      if (verdict !== null && round === this.#last) way.outcome = "finished";
    }
    this.#tell(way);
    return judgement?.verdict != null;
  }

  async #judgeAnew(
    way: Way,
    round: number,
    rival: Float64Array | null,
    most: number,
  ): Promise<Judgement | null> {
    const { options, rounds, time } = this.#given;
    const own = withTuned(options, way.options);
    const onProgress = (): void => this.#given.onProgress(this.#doing(way));
    onProgress();
    const request = { rival, firstSplit: rounds[round].firstSplit };
    const ran = await time.run(most, async (signal) => {
      try {
        const told = { ...own, signal, onProgress };
        return { verdict: await judgeWay(this.#table(round), told, request), reason: null };
      } catch (cause) {
        if (!(cause instanceof SoftmaxError) || cause.code !== "data") throw cause;
        return { verdict: null, reason: cause.message };
      }
    });
    return ran === null ? null : { ...ran.result, seconds: ran.seconds };
  }

  #table(round: number): Table {
    const { table, rounds } = this.#given;
    const { rows } = rounds[round];
    if (rows.length === table.rows) return table;
    this.#tables[round] ??= pickTable(table, rows);
    return this.#tables[round];
  }

  #doing({ number }: Way): string {
    const what = number === 0 ? "the default" : `no. ${number}`;
    const loss = lossIn(this.#best(), topOf(this.#best()));
    return Number.isFinite(loss) ? `${what}, best ${loss.toFixed(4)}` : what;
  }

  #tell(way: Way): void {
    const { limits, rounds } = this.#given;
    const [best, round] = [this.#best(), way.round];
    limits.onEvent?.({
      candidate: way.number,
      ...{ options: way.options, round, rows: rounds[round].rows.length, outcome: way.outcome },
      logLoss: finite(lossIn(way, topOf(way))),
      best: { options: best.options, logLoss: finite(lossIn(best, topOf(best))) },
    });
  }
}

const finite = (loss: number): number | null => (Number.isFinite(loss) ? loss : null);

/** Three times as many a round of parts of the rows, so that one is left in the last. */
function sizeOf(rounds: readonly Round[]): number {
  let size = 1;
  for (let round = 1; round < rounds.length; round++) size *= ETA;
  return size;
}
