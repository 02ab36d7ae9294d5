import type { TuneClock } from "../../../src/classifier/tune/options.ts";

/** A clock that goes on by `step` seconds whenever it is looked at, and rings when it is. */
export function steppingClock(step: number): TuneClock {
  let now = 0;
  const alarms = new Set<{ readonly seconds: number; readonly ring: () => void }>();
  return {
    now() {
      now += step;
      for (const alarm of [...alarms]) {
        if (alarm.seconds > now) continue;
        alarms.delete(alarm);
        alarm.ring();
      }
      return now;
    },
    alarm(seconds, ring) {
      const alarm = { seconds, ring };
      alarms.add(alarm);
      return () => alarms.delete(alarm);
    },
  };
}
