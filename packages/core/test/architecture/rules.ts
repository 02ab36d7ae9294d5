import { posix } from "node:path";
import { type Token, tokenize } from "./tokens.ts";

/** Each rule takes sources and returns one sentence a violation: none means that the rule is kept. */
export interface Source {
  /** From the repository's root, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** One import or re-export, of types too. */
interface Import {
  readonly specifier: string;
  readonly line: number;
}

/** The imports in `tokens`: static, re-exported and dynamic; a dynamic one that is no plain string reads "?". */
export function importsOf(tokens: readonly Token[]): Import[] {
  const found: Import[] = [];
  tokens.forEach((token, i) => {
    if (token.kind !== "word" || isMember(tokens, i)) return;
    const next = tokens[i + 1];
    if (token.text === "import" && next?.text === "(" && next.kind === "sign") {
      const name = tokens[i + 2];
      const specifier = name?.kind === "string" ? name.text : "?";
      found.push({ specifier, line: token.line });
    } else if ((token.text === "import" || token.text === "from") && next?.kind === "string") {
      found.push({ specifier: next.text, line: token.line });
    }
  });
  return found;
}

/** Whether token i is the name after a dot. */
function isMember(tokens: readonly Token[], i: number): boolean {
  return tokens[i - 1]?.kind === "sign" && tokens[i - 1]!.text.endsWith(".");
}

/** A station: where its files lie below `src`, and its height; it may import what is lower. */
export type Layers = ReadonlyMap<string, number>;

const layers = (...rows: string[]): Layers =>
  new Map(rows.flatMap((row, height) => row.split(" ").map((name) => [name, height])));

export const CORE_LAYERS = layers(
  "base",
  "file kernels",
  "softmax",
  "encode optim",
  "model calibrate decide measure",
  "explain infer",
  "classifier",
  "language policy",
  "index.ts",
);

/** In the tool, `*.ts` stands for the library's faces, which lie in `src` itself. */
export const TOOL_LAYERS = layers(
  "errors.ts",
  "data engine report export",
  "*.ts",
  "predict",
  "index.ts",
  "cli server",
);

/** Files import lower stations and their own only; every file belongs to a station. */
export function checkLayers(files: readonly Source[], src: string, heights: Layers): string[] {
  const stationOf = (path: string): string => {
    const name = posix.relative(src, path).split("/")[0]!;
    return !heights.has(name) && name.endsWith(".ts") && heights.has("*.ts") ? "*.ts" : name;
  };
  return files.flatMap(({ path, text }) => {
    const from = stationOf(path);
    const height = heights.get(from);
    if (height === undefined) return [`${path}: "${from}" is no station`];
    return importsOf(tokenize(text)).flatMap(({ specifier, line }) => {
      if (!specifier.startsWith(".")) return [];
      const to = stationOf(posix.join(posix.dirname(path), specifier));
      const below = heights.get(to);
      if (to === from || (below !== undefined && below < height)) return [];
      return [`${path}:${line}: ${from} may not import ${to}`];
    });
  });
}

/** No chain of relative imports comes back to where it started. */
export function checkCycles(files: readonly Source[]): string[] {
  const edges = new Map(
    files.map(({ path, text }) => [
      path,
      importsOf(tokenize(text))
        .filter(({ specifier }) => specifier.startsWith("."))
        .map(({ specifier }) => posix.join(posix.dirname(path), specifier)),
    ]),
  );
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const seen = trail.indexOf(path);
    if (seen >= 0) {
      cycles.push([...trail.slice(seen), path].join(" → "));
      return;
    }
    if (done.has(path)) return;
    for (const next of edges.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const { path } of files) visit(path, []);
  return cycles;
}

/** Packages and Node's own modules are imported only where `allowed` says so. */
export function checkPackages(
  files: readonly Source[],
  allowed: (path: string, specifier: string) => boolean,
): string[] {
  return files.flatMap(({ path, text }) =>
    importsOf(tokenize(text))
      .filter(({ specifier }) => !specifier.startsWith(".") && !allowed(path, specifier))
      .map(({ specifier, line }) => `${path}:${line}: may not import "${specifier}"`),
  );
}

/** What of Math is exact, or correctly rounded, in every engine; the rest is in base/math.ts. */
const EXACT_MATH = new Set(
  "abs ceil clz32 floor fround imul max min round sign sqrt trunc E LN2 LN10 LOG2E LOG10E PI SQRT1_2 SQRT2".split(
    " ",
  ),
);

/** Methods that depend on the locale or the time zone. */
const LOCAL =
  /^(localeCompare|toLocale\w+|(get|set)(FullYear|Month|Date|Day|Hours|Minutes|Seconds|Milliseconds)|getTimezoneOffset)$/;

/**
 * Nothing in the core may differ between engines, machines, places or moments. `allowed` names for some files what they
 * alone may use.
 */
export function checkDeterminism(
  { path, text }: Source,
  allowed: ReadonlyMap<string, string> = new Map(),
): string[] {
  const tokens = tokenize(text);
  return tokens.flatMap((token, i) => {
    if (token.text === allowed.get(path)) return [];
    const reason = indeterminate(tokens, i);
    return reason === null ? [] : [`${path}:${token.line}: ${reason}`];
  });
}

function indeterminate(tokens: readonly Token[], i: number): string | null {
  const { kind, text } = tokens[i]!;
  if (kind === "sign") {
    const inexact = text.startsWith("**") && !isPowerOfTwo(tokens, i);
    return inexact ? `"${text}" differs between engines` : null;
  }
  if (kind !== "word") return null;
  const dot = tokens[i + 1]?.text === ".";
  const member = dot ? tokens[i + 2]!.text : null;
  if (text === "Math" && (member === null || !EXACT_MATH.has(member))) {
    return `Math${member === null ? "" : `.${member}`} is not the same in every engine`;
  }
  if (text === "Intl") return "Intl depends on the locale and the engine";
  if (LOCAL.test(text) && isMember(tokens, i)) return `${text} depends on the place`;
  if (text === "performance") return "performance depends on the moment";
  if (text === "Date")
    return momentary(tokens, i) ? "Date depends on the moment or the place" : null;
  return null;
}

/** Whether the `**` at token i is in a written constant such as 2 ** -52, which every engine gets right. */
function isPowerOfTwo(tokens: readonly Token[], i: number): boolean {
  const exponent = tokens[i + 1]?.text === "-" ? tokens[i + 2] : tokens[i + 1];
  return (
    tokens[i]!.text === "**" && tokens[i - 1]?.text === "2" && /^\d+$/.test(exponent?.text ?? "")
  );
}

/** Whether the Date at token i is asked for now or for local time, rather than named as a type or given its value. */
function momentary(tokens: readonly Token[], i: number): boolean {
  const next = tokens[i + 1]?.text;
  if (next === ".") return tokens[i + 2]!.text !== "UTC";
  const empty = next !== "(" || tokens[i + 2]!.text === ")";
  return tokens[i - 1]?.text === "new" ? empty : next === "(";
}

const NODE_GLOBALS = /^(process|Buffer|require|__dirname|__filename|setImmediate)$/;

/** Node's globals are named nowhere in `source`. */
export function checkNodeGlobals({ path, text }: Source): string[] {
  const tokens = tokenize(text);
  return tokens.flatMap((token, i) => {
    if (token.kind !== "word" || !NODE_GLOBALS.test(token.text)) return [];
    const owner = tokens[i - 2]?.text;
    if (isMember(tokens, i) && owner !== "globalThis" && owner !== "global") return [];
    return [`${path}:${token.line}: ${token.text} is Node's`];
  });
}

/** No file is longer than `most` lines. */
export function checkLengths(files: readonly Source[], most: number): string[] {
  return files.flatMap(({ path, text }) => {
    const lines = text.split("\n").length - 1;
    return lines > most ? [`${path}: ${lines} lines are more than ${most}`] : [];
  });
}

/** Folders that exist on somebody's machine only. */
const MACHINE_PATH =
  /(?<![\w.~*-])(\/(work|root)\/\w|\/tmp\/venv|\/home\/(?!user\b|you\b)\w+\/|\/Users\/\w+\/|[A-Z]:\\Users\\)/;

/** No file names a folder of the machine it was written on. */
export function checkMachinePaths(files: readonly Source[]): string[] {
  return files.flatMap(({ path, text }) =>
    text.split("\n").flatMap((line, i) => {
      const found = MACHINE_PATH.exec(line)?.[0];
      return found === undefined ? [] : [`${path}:${i + 1}: ${found} is a path of one machine`];
    }),
  );
}
