/** What this process has not finished, and must not leave on the disk when it ends: how each is removed, by its path. */
const unfinished = new Map<string, () => void>();

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
let isWatching = false;

/** Has `remove` called should the process exit, or be stopped by a signal that nobody else hears. */
export function keepUnfinished(path: string, remove: () => void): void {
  unfinished.set(path, remove);
  if (isWatching) return;
  isWatching = true;
  process.on("exit", removeAll);
  for (const signal of SIGNALS) process.on(signal, endBy);
}

/** It is in its place, or gone. With the last one, signals are what they were. */
export function forgetUnfinished(path: string): void {
  unfinished.delete(path);
  if (unfinished.size > 0 || !isWatching) return;
  isWatching = false;
  process.off("exit", removeAll);
  for (const signal of SIGNALS) process.off(signal, endBy);
}

function removeAll(): void {
  for (const remove of unfinished.values()) {
    try {
      remove();
    } catch {
      // It is gone already.
    }
  }
}

/** Ends as the signal would have without us. Whoever else listens for it decides whether the process ends. */
function endBy(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  removeAll();
  process.off(signal, endBy);
  process.kill(process.pid, signal);
}
