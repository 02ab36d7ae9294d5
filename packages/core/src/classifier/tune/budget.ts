import type { Round } from "./split.ts";
import type { SearchTime } from "./time.ts";
import type { Way } from "./ways.ts";

/**
 * The last training takes so many times as long as a judgement by all folds: it has a quarter more rows and one more fit, and is measured with intervals
 * (measured: 2.0 of german-credit by default, 1.4 with a hidden layer, of processor time).
 */
const LAST_TRAINING = 2;
/** A fit that scores the rows held out takes so many times as long as that of a fold. */
const LAST_FIT = 1.25;
/** Seconds for what comes after. */
const AFTER = 1;
/** Share of the time left that the default may take in a round. */
const OF_DEFAULT = 0.3;

/** What judgements may take: times are guessed from those before, in proportion to rows and folds. */
export class Budget {
  readonly #rounds: readonly Round[];
  readonly #time: SearchTime;

  constructor(rounds: readonly Round[], time: SearchTime) {
    this.#rounds = rounds;
    this.#time = time;
  }

  /** Seconds that a judgement of the default may take in a round; 0 where it would take longer. */
  forDefault(first: Way, round: number): number {
    const most = OF_DEFAULT * this.#time.left();
    return this.#expected(first, round) > most ? 0 : most;
  }

  /** The same of another way, so that time is left for all that must follow if it is the best. `best`: so far. */
  forWay(way: Way, round: number, best: Way, first: Way): number {
    const room = this.#time.left() - this.#fitOf(first) - AFTER;
    const most = Math.min(this.spare(best, first), room / (1 + this.#rest(round)));
    return this.#expected(way, round) > most ? 0 : most;
  }

  /** Seconds to spare beside what must follow for the best so far. A default that cannot be trained in time leaves all to others. */
  spare(best: Way, first: Way): number {
    const room = this.#time.left() - this.#fitOf(first) - AFTER;
    const rest = LAST_TRAINING * this.#whole(best) + (best === first ? 0 : this.#fitOf(best));
    return best === first && rest > room ? room : room - rest;
  }

  /** Whether there is time for one more judgement in a round, and then for the slowest to go all the way. */
  leavesTime(judged: readonly Way[], round: number): boolean {
    const slowest = Math.max(0, ...judged.map(({ seconds }) => seconds));
    return slowest * (2 + this.#rest(round)) < this.#time.left();
  }

  /** Of a way that was judged before. */
  #expected({ seconds, round: before, verdicts }: Way, round: number): number {
    if (verdicts.length === 0) return 0;
    return (seconds * this.#rounds[round].cost) / this.#rounds[before].cost;
  }

  #fitOf({ seconds, round }: Way): number {
    const { rows, cost } = this.#rounds[round];
    return (LAST_FIT * seconds * rows.length) / cost;
  }

  /** Seconds of a judgement by all folds. */
  #whole({ seconds, round }: Way): number {
    return (seconds * this.#last.cost) / this.#rounds[round].cost;
  }

  get #last(): Round {
    return this.#rounds[this.#rounds.length - 1];
  }

  /** What must follow a judgement of a second, if it is the best: other rounds, but the last one, a fit and the last training. */
  #rest(round: number): number {
    const between = this.#rounds.slice(round + 1, -1).reduce((sum, next) => sum + next.cost, 0);
    const { cost, rows } = this.#last;
    return (between + LAST_FIT * rows.length + LAST_TRAINING * cost) / this.#rounds[round].cost;
  }
}
