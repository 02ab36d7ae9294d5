import { clip } from "./numbers.ts";

/** Text made safe inside an element or a quoted attribute. */
export const escapeText = (text: string): string =>
  text.replace(
    /[&<>"']/g,
    (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" })[c] as string,
  );

/** Markup that is already safe. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Part = Markup | string | number | null | readonly Part[];

/** A template tag: everything put in is escaped unless it is Markup; lists are joined, null is nothing. */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Markup {
  return new Markup(strings.reduce((text, piece, i) => text + show(parts[i - 1]) + piece));
}

function show(part: Part): string {
  if (part === null) return "";
  if (part instanceof Markup) return part.text;
  if (Array.isArray(part)) return part.map(show).join("");
  return escapeText(String(part));
}

/**
 * A name from the data, of at most `width` characters: isolated, so that its writing direction turns nothing around it,
 * with places where a line may break, and with the whole of it as a tooltip where it was cut.
 */
export function name(text: string, width: number): Markup {
  const shown = clip(text, width);
  const visible = shown.trim() === "" ? JSON.stringify(shown) : shown;
  return shown === text
    ? html`<bdi>${broken(visible)}</bdi>`
    : html`<bdi title="${clip(text, 1000)}">${broken(visible)}</bdi>`;
}

/** A table that scrolls by itself where it is too wide, also by the keyboard. */
export const scrolling = (table: Markup): Markup =>
  html`<div class="scroll" tabindex="0" role="group" aria-label="table">${table}</div>`;

/** The text with places where a line may break. */
export const broken = (text: string): Markup[] =>
  (text.match(PIECE) ?? []).map((piece, i) => (i === 0 ? html`${piece}` : html`<wbr>${piece}`));

/** Up to sixteen characters, or up to a sign after which names may break. */
const PIECE = /[^\s_./\\-]{0,16}[\s_./\\-]|[^\s_./\\-]{1,16}/gu;
