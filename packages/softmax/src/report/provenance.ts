import type { Report } from "@softmax/core";
import { broken, html, type Markup, name } from "./html.ts";
import { clip, count } from "./numbers.ts";

/** Characters of a command line that are shown. */
const COMMAND = 8000;

/** How the report was made: command, versions, seed, hashes, options. */
export function provenanceSection({ provenance }: Pick<Report, "provenance">): Markup {
  const { version, kernels, runtime, seed, rows, dataHash, testHash, options } = provenance;
  const facts: readonly (readonly [string, string])[] = [
    ["Softmax", version],
    ["kernels", kernels],
    ...(runtime === undefined ? [] : [["run by", runtime] as const]),
    ["seed", String(seed)],
    ["rows", count(rows)],
    ["SHA-256 of the data", dataHash === "" ? "not given" : dataHash],
    ...(testHash === undefined ? [] : [["SHA-256 of the test table", testHash] as const]),
    ...options,
  ];
  const lines = facts.map(
    ([label, value]) =>
      html`<tr><th scope="row">${label}</th><td class="code">${name(value, 2000)}</td></tr>`,
  );
  return html`<section><h2>How it was made</h2>${commandPart(provenance.command)}<table class="facts">${lines}</table></section>`;
}

/** The command as it can be typed again; null where there was none. */
export function commandPart(command: string | undefined): Markup | null {
  if (command === undefined) return null;
  const cut = command.length > COMMAND ? html`<p>It is cut here: see the JSON report.</p>` : null;
  return html`<p class="code command"><bdi>${broken(clip(command, COMMAND))}</bdi></p>${cut}`;
}
