/** Different labels at most, and characters of one. */
const MOST_LABELS = 1000;
const LONGEST_LABEL = 64;

/**
 * Whether the distinct cells of two columns without names are labels and texts: labels are short and come twice each on
 * average; half of the texts are prose.
 */
export function looksLabelled(
  rows: number,
  labels: readonly string[],
  texts: readonly string[],
): boolean {
  const areLabels =
    labels.length <= MOST_LABELS &&
    labels.length * 2 <= rows &&
    labels.every((label) => label.trim() !== "" && label.length <= LONGEST_LABEL);
  return areLabels && texts.filter(isProse).length * 2 >= texts.length;
}

/** Three words, or twelve signs with letters among them, as scripts without blanks have it. */
const isProse = (text: string): boolean =>
  /\p{L}/u.test(text) && (text.trim().length >= 12 || /\S\s+\S+\s+\S/.test(text));

/** Quoted as programs write CSV: a quote is doubled inside. */
export const isDoublyQuoted = (text: string): boolean => /^".*"".*"$/s.test(text) && text !== '""';
