// Texts of eight languages, a file a language and a line a text: frequent words, drawn from the stop lists that come with softmax.
//   node examples/texts.mjs [FOLDER]     writes FOLDER/english.txt, …; without FOLDER into languages/
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createRandom, stopWords, train } from "softmax";

const folder = process.argv[2] ?? "languages";
const random = createRandom(1);
mkdirSync(folder, { recursive: true });
for (const language of "danish dutch english finnish french german italian spanish".split(" ")) {
  const words = await stopWords(language);
  const text = () => Array.from({ length: 4 }, () => words[random.below(words.length)]).join(" ");
  writeFileSync(join(folder, `${language}.txt`), Array.from({ length: 100 }, text).join("\n"));
}

// What is left out here is chosen by log loss, which takes longer: words, n-grams, weights, the penalty.
const texts = { characters: [1, 3], weights: "tf-idf" };
const { classifier, report } = await train(folder, { texts, l2: 0.001 });
const { accuracy } = report.evaluation.metrics;
console.log(`${report.rows.used} texts, ${(100 * accuracy.value).toFixed(1)} % right`);

for (const text of [
  "Where are they?",
  "Wo sind sie?",
  "Hvor er de?",
  "¿Dónde están?",
  "Où sont-ils ?",
]) {
  const { label, confidence } = classifier.predict({ text });
  console.log(`${text.padEnd(15)} ${label.padEnd(7)} ${confidence.toFixed(2)}`);
}
