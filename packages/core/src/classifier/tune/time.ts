import { SoftmaxError } from "../../base/checks.ts";
import type { TuneLimits } from "./options.ts";

/** The time that a search has, and what ends its pieces of work early. */
export class SearchTime {
  readonly #limits: TuneLimits;
  readonly #signal: AbortSignal | undefined;
  readonly #started: number;
  /** Of work that an earlier run has done. */
  #before = 0;

  constructor(limits: TuneLimits, signal: AbortSignal | undefined) {
    this.#limits = limits;
    this.#signal = signal;
    this.#started = limits.clock?.now() ?? 0;
  }

  /** Seconds since the beginning, with those of an earlier run; 0 without a clock. */
  elapsed(): number {
    const { clock } = this.#limits;
    return clock === undefined ? 0 : clock.now() - this.#started + this.#before;
  }

  /** Seconds until all is to be done. */
  left(): number {
    return (this.#limits.seconds ?? Number.POSITIVE_INFINITY) - this.elapsed();
  }

  /** Share of the time that is over; 0 without one. */
  share(): number {
    const { seconds } = this.#limits;
    return seconds === undefined ? 0 : Math.min(1, this.elapsed() / seconds);
  }

  /** Counts work of an earlier run. */
  skip(seconds: number): void {
    this.#before += seconds;
  }

  get isStopped(): boolean {
    return this.#limits.stop?.aborted === true;
  }

  /**
   * The result of work that takes `most` seconds at most, and the seconds that it took; null where they were over, or the search was
   * stopped. Throws "aborted" where all is to end.
   */
  async run<Result>(
    most: number,
    work: (signal: AbortSignal) => Promise<Result>,
  ): Promise<{ readonly result: Result; readonly seconds: number } | null> {
    const begun = this.elapsed();
    const controller = new AbortController();
    const end = (): void => controller.abort();
    const { clock, stop } = this.#limits;
    const signals = [this.#signal, stop].filter((signal) => signal !== undefined);
    for (const signal of signals) {
      if (signal.aborted) end();
      signal.addEventListener("abort", end);
    }
    const quiet =
      clock === undefined || most === Number.POSITIVE_INFINITY
        ? null
        : clock.alarm(clock.now() + most, end);
    try {
      const result = await work(controller.signal);
      return { result, seconds: this.elapsed() - begun };
    } catch (cause) {
      const ended = cause instanceof SoftmaxError && cause.code === "aborted";
      if (!ended || !controller.signal.aborted || this.#signal?.aborted === true) throw cause;
      return null;
    } finally {
      quiet?.();
      for (const signal of signals) signal.removeEventListener("abort", end);
    }
  }
}
