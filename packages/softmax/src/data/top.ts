/** Lines above the table: comments, and what the user asked to leave out. */
export interface SkippedTop {
  /** The first character of the table. */
  readonly end: number;
  readonly lines: number;
  /** What Excel's line `sep=;` names, which is passed over too. */
  readonly delimiter: string | null;
}

const LINE_END = /\r\n|\n|\r/g;

/**
 * Passes `skipLines` lines, then lines that start with "#" as long as they last. A line such as `#id,name` that has no space
 * after the "#" and as many delimiters as the next line belongs to the table.
 */
export function skipTop(text: string, skipLines: number): SkippedTop {
  const excel = /^"?sep=([^\r\n])"?(\r\n|\n|\r)/i.exec(text);
  let at = excel === null ? 0 : excel[0].length;
  let lines = excel === null ? 0 : 1;
  while (at < text.length) {
    const next = lineAfter(text, at);
    const isComment = text[at] === "#" && !isTableLine(text, at, next);
    if (lines >= skipLines && !isComment) break;
    at = next;
    lines++;
  }
  return { end: at, lines, delimiter: excel?.[1] ?? null };
}

function lineAfter(text: string, at: number): number {
  LINE_END.lastIndex = at;
  return LINE_END.test(text) ? LINE_END.lastIndex : text.length;
}

function isTableLine(text: string, at: number, next: number): boolean {
  const line = text.slice(at, next);
  if (!/^#\S/.test(line)) return false;
  const below = text.slice(next, lineAfter(text, next));
  return ["\t", ",", ";", "|"].some((delimiter) => {
    const fields = line.split(delimiter).length;
    return fields > 1 && fields === below.split(delimiter).length;
  });
}
