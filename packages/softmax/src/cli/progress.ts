import { SingleBar } from "cli-progress";

/** Shows how far a long piece of work is: a bar with the time left on a terminal, plain lines elsewhere. */
export interface Progress {
  /** `fraction` of the work done, 0…1, and what is being done. Where it falls, a new piece of work begins. */
  update(fraction: number, doing: string): void;
  /** Takes the bar away; further updates do nothing. */
  stop(): void;
}

/** Work shorter than this shows nothing. */
const SILENT_MS = 1000;
/** Plain lines come this far apart. */
const LINE_MS = 5000;

export const silent: Progress = { update() {}, stop() {} };

export function createProgress(stream: NodeJS.WriteStream = process.stderr): Progress {
  const started = performance.now();
  const show = stream.isTTY ? barOn(stream) : linesOn(stream);
  let stopped = false;
  let phaseStarted = started;
  let last = 0;
  return {
    update(given, doing) {
      if (stopped) return;
      const now = performance.now();
      const fraction = Math.min(1, Math.max(0, given));
      if (fraction < last) phaseStarted = now;
      last = fraction;
      if (now - started < SILENT_MS) return;
      const left = timeLeft(fraction, now - phaseStarted);
      show.draw({ fraction, doing, left, elapsedMs: now - started });
    },
    stop() {
      if (!stopped) show.clear();
      stopped = true;
    },
  };
}

interface State {
  readonly fraction: number;
  readonly doing: string;
  /** "about 12 s left", or nothing. */
  readonly left: string;
  readonly elapsedMs: number;
}

interface Display {
  draw(state: State): void;
  clear(): void;
}

function barOn(stream: NodeJS.WriteStream): Display {
  let bar: SingleBar | null = null;
  return {
    draw({ fraction, doing, left }) {
      const percent = String(Math.floor(100 * fraction)).padStart(3);
      const shown = { percent, left: left.padEnd(18), doing };
      if (bar === null) {
        bar = new SingleBar({
          stream,
          format: "{bar} {percent} %  {left} {doing}",
          barsize: 24,
          hideCursor: true,
          clearOnComplete: true,
          forceRedraw: true,
          // Ctrl-C is the command's own affair.
          gracefulExit: false,
        });
        bar.start(1, fraction, shown);
      }
      bar.update(fraction, shown);
    },
    clear() {
      bar?.stop();
      bar = null;
    },
  };
}

function linesOn(stream: NodeJS.WriteStream): Display {
  let next = 0;
  return {
    draw({ fraction, doing, left, elapsedMs }) {
      if (elapsedMs < next) return;
      next = elapsedMs + LINE_MS;
      stream.write(`${doing}: ${Math.floor(100 * fraction)} %${left === "" ? "" : `, ${left}`}\n`);
    },
    clear() {},
  };
}

/** "about 12 s left", from the pace so far; empty until there is a pace. */
function timeLeft(fraction: number, elapsedMs: number): string {
  if (fraction < 0.02) return "";
  const seconds = Math.ceil(((elapsedMs / fraction) * (1 - fraction)) / 1000);
  return seconds < 100 ? `about ${seconds} s left` : `about ${Math.ceil(seconds / 60)} min left`;
}
