/** One token of TypeScript source, with the line it starts on. Comments and white space are no tokens. */
export interface Token {
  readonly kind: "word" | "sign" | "number" | "string" | "template" | "regex";
  /** As written; of a string, what is between the quotes, escapes untouched. */
  readonly text: string;
  readonly line: number;
}

const SKIPPED = /(?:\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/|^#![^\n]*)+/y;
const WORD = /#?[\p{ID_Start}$_][\p{ID_Continue}$]*/uy;
const NUMBER = /\.?\d(?:[eE][+-]?\d|[\w.])*/y;
const STRING = /"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*'/y;
const REGEX = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y;
const SIGN = /\*\*=?|=>|[?!]?\.(?!\d)|[^\s\w]/uy;
/** Literal text of a template, up to its end or the next hole. */
const TEXT = /(?:[^`\\$]|\\[\s\S]|\$(?!\{))*/y;

/** Words after which a slash starts a regular expression. */
const OPERATORS = new Set(
  "return typeof case in of do else void delete throw new await yield".split(" "),
);

/** Splits TypeScript into tokens: enough to see imports and names, whatever strings and comments hold. */
export function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  /** Open braces inside each template hole that we are in, innermost last. */
  const holes: number[] = [];
  let at = 0;
  let line = 1;

  const take = (pattern: RegExp): string | null => {
    pattern.lastIndex = at;
    const text = pattern.exec(source)?.[0];
    if (!text) return null;
    at += text.length;
    return text;
  };
  const push = (kind: Token["kind"], written: string, text = written): void => {
    tokens.push({ kind, text, line });
    line += countLines(written);
  };
  const template = (): void => {
    const text = take(TEXT) ?? "";
    push("template", text);
    if (source[at] === "`") at += 1;
    else {
      at += 2;
      holes.push(0);
    }
  };

  for (;;) {
    line += countLines(take(SKIPPED) ?? "");
    if (at >= source.length) return tokens;
    let text: string | null;
    if (source[at] === "`") {
      at++;
      template();
    } else if (source[at] === "}" && holes.at(-1) === 0) {
      at++;
      holes.pop();
      template();
    } else if ((text = take(WORD))) push("word", text);
    else if ((text = take(NUMBER))) push("number", text);
    else if ((text = take(STRING))) push("string", text, text.slice(1, -1));
    else if (startsRegex(tokens.at(-1)) && (text = take(REGEX))) push("regex", text);
    else {
      text = take(SIGN) ?? source[at++] ?? "";
      if (holes.length > 0 && text === "{") holes[holes.length - 1]!++;
      if (holes.length > 0 && text === "}") holes[holes.length - 1]!--;
      push("sign", text);
    }
  }
}

function startsRegex(before: Token | undefined): boolean {
  if (before === undefined) return true;
  if (before.kind === "word") return OPERATORS.has(before.text);
  return before.kind === "sign" && before.text !== ")" && before.text !== "]";
}

const countLines = (text: string): number => text.split("\n").length - 1;
