import { styleText } from "node:util";
import type { Excerpt } from "@softmax/core";
import { signed } from "../report/numbers.ts";
import { columns, visible, WIDTH } from "./text.ts";

/** Without colours only parts of at least this share of the strongest are marked, so that the text can be read. */
const STRONG = 0.2;
const INDENT = "  ";

type Format = Parameters<typeof styleText>[0];

/** By share of the strongest part, the strongest first: for the label, and against it. */
const COLOURS: readonly (readonly [least: number, more: Format, less: Format])[] = [
  [0.5, ["black", "bgGreenBright"], ["black", "bgRedBright"]],
  [0.2, ["black", "bgGreen"], ["black", "bgRed"]],
  [0.05, "green", "red"],
];

/** Whether standard output takes colours (a terminal, NO_COLOR, FORCE_COLOR). */
export const takesColours = (): boolean =>
  styleText("red", "x", { stream: process.stdout }) !== "x";

/** A word, or a part of one, as it is shown. */
interface Piece {
  readonly shown: string;
  readonly width: number;
  /** Whether white space stands before it. */
  readonly spaced: boolean;
}

/**
 * An excerpt with the words that push marked, in indented lines of at most 80 columns: green for the label and red against
 * it, or, without colours, "[excellent +1.2]".
 */
export function markedLines({ before, after, parts }: Excerpt, coloured: boolean): string[] {
  const largest = Math.max(...parts.map(({ weight }) => Math.abs(weight)), 0);
  const pieces = [
    ...(before ? plainPieces("… ") : []),
    ...parts.flatMap(({ text, weight }) => {
      const mark = coloured ? colourOf(weight, largest) : noteOf(weight, largest);
      return mark === null || text.trim() === "" ? plainPieces(text) : [mark(visible(text))];
    }),
    ...(after ? plainPieces(" …") : []),
  ];
  return fill(pieces);
}

type Mark = (text: string) => Piece;

function colourOf(weight: number, largest: number): Mark | null {
  const colour = COLOURS.find(([least]) => weight !== 0 && Math.abs(weight) >= least * largest);
  if (colour === undefined) return null;
  const format = colour[weight > 0 ? 1 : 2];
  return (text) => ({
    shown: styleText(format, text, { validateStream: false }),
    width: columns(text),
    spaced: false,
  });
}

function noteOf(weight: number, largest: number): Mark | null {
  if (weight === 0 || Math.abs(weight) < STRONG * largest) return null;
  return (text) => {
    const shown = `[${text.trim()} ${signed(weight, 1)}]`;
    return { shown, width: columns(shown), spaced: false };
  };
}

/** The words of a text and, between two spaces, an empty piece; words without end are cut. */
function plainPieces(text: string): Piece[] {
  const pieces: Piece[] = [];
  for (const [at, word] of visible(text).split(/\s+/).entries()) {
    const chunks = word.match(/.{1,30}/gsu) ?? [""];
    for (const [i, shown] of chunks.entries()) {
      pieces.push({ shown, width: columns(shown), spaced: at > 0 && i === 0 });
    }
  }
  return pieces;
}

/** Lines of pieces. What is not spaced stays with what is before it, unless both are wider than a line. */
function fill(pieces: readonly Piece[]): string[] {
  const lines: string[] = [];
  let line = "";
  let used = 0;
  for (const { shown, width, spaced } of words(pieces)) {
    const gap = spaced && used > 0 ? 1 : 0;
    if (used > 0 && INDENT.length + used + gap + width > WIDTH) {
      lines.push(INDENT + line.trimEnd());
      [line, used] = [shown, width];
    } else {
      line += (gap > 0 ? " " : "") + shown;
      used += gap + width;
    }
  }
  return used > 0 ? [...lines, INDENT + line.trimEnd()] : lines;
}

/** Pieces that no white space parts, joined up to half a line. */
function words(pieces: readonly Piece[]): Piece[] {
  const joined: Piece[] = [];
  for (const piece of pieces) {
    const last = joined.at(-1);
    if (last === undefined || piece.spaced || last.width + piece.width > WIDTH / 2) {
      joined.push(piece);
    } else {
      const { shown, width, spaced } = last;
      joined[joined.length - 1] = {
        shown: shown + piece.shown,
        width: width + piece.width,
        spaced,
      };
    }
  }
  return joined;
}
