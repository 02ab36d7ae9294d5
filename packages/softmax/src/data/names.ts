/** `name`, or where it is taken the first free of `name_1`, `name_2`, … Adds nothing to `taken`. */
export function freeName(name: string, taken: ReadonlySet<string> | readonly string[]): string {
  const used = new Set(taken);
  if (!used.has(name)) return name;
  let i = 1;
  while (used.has(`${name}_${i}`)) i++;
  return `${name}_${i}`;
}

/**
 * The names of a table's columns from its header: an empty one becomes `column3`, a repeated one `name_1`.
 * What was changed is told in `remarks`.
 */
export function columnNames(header: readonly string[], remarks: string[]): string[] {
  const taken = new Set(header);
  const seen = new Set<string>();
  return header.map((given, j) => {
    const wanted = given.trim() === "" ? `column${j + 1}` : given;
    if (wanted === given && !seen.has(given)) {
      seen.add(given);
      return given;
    }
    const name = freeName(wanted, taken);
    taken.add(name);
    remarks.push(
      given.trim() === ""
        ? `column ${j + 1} has no name; it is called "${name}"`
        : `column ${j + 1} repeats the name "${given}"; it is called "${name}"`,
    );
    return name;
  });
}

/** `column1` … `columnN`. */
export const numberedNames = (columns: number): string[] =>
  Array.from({ length: columns }, (_, j) => `column${j + 1}`);
