import { checkChoice } from "./errors.ts";

/** Codes under which the package "stopword" knows its lists. */
const CODES: ReadonlyMap<string, string> = new Map([
  ["arabic", "ara"],
  ["bulgarian", "bul"],
  ["chinese", "zho"],
  ["czech", "ces"],
  ["danish", "dan"],
  ["dutch", "nld"],
  ["english", "eng"],
  ["finnish", "fin"],
  ["french", "fra"],
  ["german", "deu"],
  ["greek", "ell"],
  ["hebrew", "heb"],
  ["hindi", "hin"],
  ["hungarian", "hun"],
  ["indonesian", "ind"],
  ["italian", "ita"],
  ["japanese", "jpn"],
  ["korean", "kor"],
  ["norwegian", "nob"],
  ["persian", "fas"],
  ["polish", "pol"],
  ["portuguese", "por"],
  ["romanian", "ron"],
  ["russian", "rus"],
  ["spanish", "spa"],
  ["swedish", "swe"],
  ["turkish", "tur"],
  ["ukrainian", "ukr"],
  ["vietnamese", "vie"],
]);

export const STOP_WORD_LANGUAGES: readonly string[] = [...CODES.keys()];

/**
 * The frequent words of a language that say little of what a text is about, for the option `texts.stopWords`: `await
 * stopWords("english")`. Throws a RangeError for a language that has no list.
 */
export async function stopWords(language: string): Promise<readonly string[]> {
  checkChoice("language", language, STOP_WORD_LANGUAGES);
  const { default: lists } = await import("stopword");
  return lists[CODES.get(language) as string];
}
