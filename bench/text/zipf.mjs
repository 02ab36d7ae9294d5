// Generated documents of 4 classes, as a CSV with the columns label and text: words in Zipf's frequencies, each often followed
// by one of a few words of its own, and now and then a word from its class's own order of frequencies.
import { appendFileSync, writeFileSync } from "node:fs";
import { createRandom } from "../../packages/core/dist/index.js";

const WORDS = 20_000;
const CLASSES = ["arts", "law", "science", "sport"];
const FOLLOWERS = 8;
const FOLLOW_SHARE = 0.5;
const CLASS_SHARE = 0.06;
const CHUNK = 10_000;
const SYLLABLES = [..."bdfgklmnprstvz"].flatMap((c) => [..."aeiou"].map((v) => c + v));

/** Frequent words are short: as many syllables as their rank has digits in base 70. */
function word(rank) {
  let text = "";
  for (let rest = rank; rest >= 0; rest = Math.floor(rest / SYLLABLES.length) - 1) {
    text += SYLLABLES[rest % SYLLABLES.length];
  }
  return text;
}

/** Draws ranks 0…n − 1 with probabilities in proportion to 1/(rank + 2.7) (Mandelbrot 1953). */
function zipf(n, random) {
  const sums = new Float64Array(n);
  let sum = 0;
  for (let rank = 0; rank < n; rank++) sums[rank] = sum += 1 / (rank + 2.7);
  return () => {
    const at = random.uniform() * sum;
    let [low, high] = [0, n - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sums[middle] > at) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}

/** Writes `documents` rows of `length` words to `path`. */
export function writeZipf(path, documents, length = 100, seed = 1) {
  const random = createRandom(seed);
  const words = Array.from({ length: WORDS }, (_, rank) => word(rank));
  const draw = zipf(WORDS, random);
  const follow = zipf(FOLLOWERS, random);
  const text = (own) => {
    const tokens = [];
    let before = -1;
    for (let at = 0; at < length; at++) {
      const kind = random.uniform();
      if (kind < CLASS_SHARE) before = (7919 * draw() + 4999 * own) % WORDS;
      else if (before < 0 || kind < 1 - FOLLOW_SHARE) before = draw();
      else before = (31 * before + 977 * follow()) % WORDS;
      tokens.push(words[before]);
    }
    return tokens.join(" ");
  };
  writeFileSync(path, "label,text\n");
  for (let first = 0; first < documents; first += CHUNK) {
    const lines = Array.from({ length: Math.min(CHUNK, documents - first) }, () => {
      const own = random.below(CLASSES.length);
      return `${CLASSES[own]},${text(own)}\n`;
    });
    appendFileSync(path, lines.join(""));
  }
}
