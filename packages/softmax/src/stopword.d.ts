/** Lists of words by the language's code in ISO 639-3. */
declare module "stopword" {
  const lists: Readonly<Record<string, readonly string[]>>;
  export default lists;
}
