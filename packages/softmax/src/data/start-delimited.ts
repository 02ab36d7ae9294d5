import type { TextColumn } from "@softmax/core";
import { textBuilder } from "./columns.ts";
import { shownDecimal } from "./decimal.ts";
import {
  isLabelled,
  lineEndOf,
  namesOf,
  QUOTES_AS_TEXT,
  quotesMayBeText,
  understood,
} from "./delimited.ts";
import type { Sniffed } from "./dialect.ts";
import { pieceCutter, type TextBlock } from "./pieces.ts";
import { isDoublyQuoted } from "./prose.ts";
import { ledgerBook } from "./rejects.ts";
import { rowTaker } from "./row-taker.ts";
import type { ReadOptions } from "./source.ts";
import type { Again, Start } from "./start.ts";

/**
 * What the first block of delimited text says of all of it. Null where it leaves open what the rest of a file, which is looked
 * through for that, might decide: whether quotes are text, and what separates decimals.
 */
export async function delimitedStart(
  name: string,
  block: TextBlock,
  options: ReadOptions,
  again: Again | null,
): Promise<Start | null> {
  const { top, sniffed: found } = understood(name, block.text, false, options);
  const { quote } = found.syntax;
  const quotesAreOpen = quotesMayBeText({ options, sniffed: found });
  if (quotesAreOpen && again !== null && (await occurs(quote as string, again))) return null;
  const text = { ...block, text: block.text.slice(top.end) };
  const [sniffed, cut, said] = settled(name, text, found, quotesAreOpen, options);
  if (sniffed.header && cut.header === null) return null;
  const remarks = [...said];
  const names = namesOf({ sniffed, options }, cut, remarks);
  const columns = cut.columns.map((builder, j): TextColumn => builder.finish(names[j]));
  const isPoint = (options.decimal ?? "auto") === "auto" && sniffed.syntax.delimiter === ",";
  const stated = isPoint ? "." : options.decimal === "auto" ? undefined : options.decimal;
  const shown = stated ?? shownDecimal(columns);
  if (shown === null && again !== null && (await occurs(",", again))) return null;
  const decimal = shown ?? ".";
  const { syntax, header } = sniffed;
  const rows = columns[0].codes.length;
  return {
    plan: {
      format: "delimited",
      name,
      skipBadRows: options.skipBadRows === true,
      sniffed,
      header: cut.header,
      names,
      decimal,
    },
    dialect: {
      format: "delimited",
      ...syntax,
      header,
      lineEnd: lineEndOf(cut.lineEnds),
      decimal,
      skippedLines: top.lines,
    },
    head: { rows, columns, decimal },
    syntax,
    skip: top.end,
    linesAbove: top.lines,
    remarks,
  };
}

async function occurs(sign: string, again: Again): Promise<boolean> {
  for await (const { text } of again()) if (text.includes(sign)) return true;
  return false;
}

/** The rows of the first block; bad ones are only counted. */
function headCut(name: string, block: TextBlock, sniffed: Sniffed, options: ReadOptions) {
  const columns = Array.from({ length: sniffed.width }, textBuilder);
  const book = ledgerBook(name, { ...options, skipBadRows: true });
  const taker = rowTaker({ name, sniffed, header: null, columns, book }, 0);
  const piece = pieceCutter(sniffed.syntax).push(block, false);
  if (piece !== null) taker.take(piece);
  const { header, hasQuoted, lineEnds } = taker;
  return { columns, book, header, hasQuoted, lineEnds };
}

type HeadCut = ReturnType<typeof headCut>;

/** As `readDelimited` decides of quotes that may be text, from the first block alone. */
function settled(
  name: string,
  block: TextBlock,
  sniffed: Sniffed,
  quotesAreOpen: boolean,
  options: ReadOptions,
): [Sniffed, HeadCut, string[]] {
  const cut = headCut(name, block, sniffed, options);
  const fits = cut.book.ledger().rejected === 0;
  const mayBeSpeech = fits && cut.hasQuoted && isLabelled({ sniffed, options }, cut);
  if (!quotesAreOpen || (fits && !mayBeSpeech)) return [sniffed, cut, []];
  const plain = { ...sniffed, syntax: { ...sniffed.syntax, quote: null } };
  const second = headCut(name, block, plain, options);
  if (second.book.ledger().rejected > 0) return [sniffed, cut, []];
  if (!fits) return [plain, second, [QUOTES_AS_TEXT]];
  const isSpeech = !second.columns[1].texts().some(isDoublyQuoted);
  return isSpeech ? [plain, second, []] : [sniffed, cut, []];
}
