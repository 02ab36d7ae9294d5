import { SingleBar } from "cli-progress";

/** Shows how far a long piece of work is: a bar with the time left on a terminal, plain lines elsewhere. */
export interface Progress {
  /** `fraction` of the work done, 0…1, and what is being done. */
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
  return {
    update(fraction, doing) {
      const elapsedMs = performance.now() - started;
      if (stopped || elapsedMs < SILENT_MS) return;
      show.draw(Math.min(1, Math.max(0, fraction)), doing, elapsedMs);
    },
    stop() {
      if (!stopped) show.clear();
      stopped = true;
    },
  };
}

interface Display {
  draw(fraction: number, doing: string, elapsedMs: number): void;
  clear(): void;
}

function barOn(stream: NodeJS.WriteStream): Display {
  let bar: SingleBar | null = null;
  return {
    draw(fraction, doing, elapsedMs) {
      if (bar === null) {
        bar = new SingleBar({
          stream,
          format: "{bar} {percent} %  {left}  {doing}",
          barsize: 24,
          hideCursor: true,
          clearOnComplete: true,
          forceRedraw: true,
          // Ctrl-C is the command's own affair.
          gracefulExit: false,
        });
        bar.start(1, fraction, { percent: 0, left: "", doing });
      }
      const percent = String(Math.floor(100 * fraction));
      bar.update(fraction, { percent, left: timeLeft(fraction, elapsedMs), doing });
    },
    clear() {
      bar?.stop();
    },
  };
}

function linesOn(stream: NodeJS.WriteStream): Display {
  let next = 0;
  return {
    draw(fraction, doing, elapsedMs) {
      if (elapsedMs < next) return;
      next = elapsedMs + LINE_MS;
      const left = timeLeft(fraction, elapsedMs);
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
