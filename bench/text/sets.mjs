// Labelled texts of ../shared/data as tokens, and rows of their words and hashed bigrams: what bag.mjs trains on.
import { existsSync, readFileSync } from "node:fs";
import { createRandom, shuffle } from "../../packages/core/dist/index.js";
import { dataFolder } from "../tables/sources.mjs";

const TEST_SHARE = 0.2;
/** Of hashed bigrams, behind the words. */
export const BUCKETS = 2 ** 18;

/** Lower-case words and numbers; "</s>" ends a text, as in fastText. */
export const tokens = (text) => [
  ...(text.toLowerCase().match(/[\p{L}\p{N}]+|[!?]/gu) ?? []),
  "</s>",
];

const sources = {
  "ag-news": {
    file: "ag-news/test.csv",
    read: () =>
      lines("ag-news/test.csv", "utf8").map((line) => {
        const [label, ...rest] = line.slice(1, -1).split('","');
        return { label, tokens: tokens(rest.join(" ")) };
      }),
  },
  "rt-polarity": {
    file: "rt-polarity/rt-polarity.pos",
    read: () =>
      ["neg", "pos"].flatMap((label) =>
        lines(`rt-polarity/rt-polarity.${label}`, "latin1").map((line) => ({
          label,
          tokens: tokens(line),
        })),
      ),
  },
};

const lines = (file, encoding) =>
  readFileSync(dataFolder + file, encoding)
    .split("\n")
    .filter((line) => line !== "");

/** Names of the sets that are there. */
export const setNames = () =>
  Object.keys(sources).filter((name) => existsSync(dataFolder + sources[name].file));

/** A set cut into texts to learn from and to judge on, in an order drawn from the seed. */
export function loadSet(name, seed = 1) {
  const texts = sources[name].read();
  const labels = [...new Set(texts.map(({ label }) => label))].sort((a, b) => (a < b ? -1 : 1));
  shuffle(texts, createRandom(seed));
  const cut = Math.round(texts.length * (1 - TEST_SHARE));
  return { name, labels, train: texts.slice(0, cut), test: texts.slice(cut) };
}

/** Position of each word of the texts. */
export function vocabularyOf(texts) {
  const words = new Map();
  for (const { tokens } of texts) {
    for (const token of tokens) if (!words.has(token)) words.set(token, words.size);
  }
  return words;
}

/** Rows of 1/count for each word of the vocabulary and each bigram of a text, and the labels' positions. */
export function rowsOf(texts, labels, words) {
  const starts = new Int32Array(texts.length + 1);
  const most = texts.reduce((sum, { tokens }) => sum + 2 * tokens.length, 0);
  const columns = new Int32Array(most);
  const values = new Float32Array(most);
  let at = 0;
  texts.forEach(({ tokens }, i) => {
    let before = 0;
    for (const [position, token] of tokens.entries()) {
      const word = words.get(token);
      if (word !== undefined) columns[at++] = word;
      const hash = hashOf(token);
      if (position > 0) {
        const pair = (Math.imul(before, 116049371) + hash) >>> 0;
        columns[at++] = words.size + (pair % BUCKETS);
      }
      before = hash;
    }
    values.fill(1 / (at - starts[i]), starts[i], at);
    starts[i + 1] = at;
  });
  const csr = {
    width: words.size + BUCKETS,
    starts,
    columns: columns.slice(0, at),
    values: values.slice(0, at),
  };
  const y = Int32Array.from(texts, ({ label }) => labels.indexOf(label));
  return { X: { rows: texts.length, dense: null, codes: null, csr }, y };
}

/** FNV-1a over UTF-16 units. */
function hashOf(token) {
  let hash = 0x811c9dc5;
  for (let i = 0; i < token.length; i++) hash = Math.imul(hash ^ token.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
