import type { Report, ReportProvenance } from "@softmax/core";
import { shellWord } from "./text.ts";

/** What a report says of the run that made it: the command line as it was typed, and what it ran on. */
export const madeBy = (args: readonly string[]): Pick<ReportProvenance, "command" | "runtime"> => ({
  command: ["softmax", ...args].map(shellWord).join(" "),
  runtime: `Node.js ${process.versions.node}`,
});

/** The report of this process. */
export const withMaking = (report: Report): Report => ({
  ...report,
  provenance: { ...report.provenance, ...madeBy(process.argv.slice(2)) },
});
