import { type Report, type Row, type TrainOptions, train } from "@softmax/core";

/** Names and labels that would break a page which trusts them. */
export const HOSTILE = {
  script: "<script>alert(1)</script>",
  quotes: `"quoted" & 'x'`,
  hebrew: "שלום עולם",
  override: "\u202egnp.exe",
  emoji: "🦊🦊",
  long: "a".repeat(300),
  closing: "</style></title><img src=x onerror=alert(1)>",
  date: "when",
} as const;

export const LABELS = [
  "<b>yes</b>",
  "לא",
  `"'&`,
  "x".repeat(300),
  "https://example.com/a.png",
] as const;

/** A report on made-up rows in which every column tells something of the label. */
export async function hostileReport(
  labels: readonly string[] = LABELS,
  options: Partial<TrainOptions> = {},
): Promise<Report> {
  let state = 5;
  const random = (): number => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  const rows = Array.from({ length: 300 }, (): Row => {
    const c = Math.floor(random() * labels.length);
    const near = (spread: number): number => c + spread * (random() - 0.5);
    return {
      [HOSTILE.script]: Math.abs(near(3) - 1.5),
      [HOSTILE.quotes]: random() < 0.1 ? null : near(6),
      [HOSTILE.hebrew]: random() < 0.3 ? 0 : near(8) * 1e5,
      [HOSTILE.override]: `<i>${Math.round(near(2))}</i>`,
      [HOSTILE.emoji]: random() < 0.5 + c / 20 ? "yes" : "no",
      [HOSTILE.long]: random() < 0.1 ? null : `${"L".repeat(200)}${Math.round(near(3))}`,
      [HOSTILE.closing]: near(9),
      [HOSTILE.date]: `20${10 + Math.floor(4 + near(4))}-0${1 + Math.floor(random() * 9)}-11`,
      target: labels[c],
    };
  });
  const { report } = await train(rows, { target: "target", l2: 1e-4, worker: false, ...options });
  return report;
}
