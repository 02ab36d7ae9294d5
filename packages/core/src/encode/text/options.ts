export interface CutOptions {
  /** Lower-case by full default case folding of the frozen Unicode version. Default true at the caller. */
  readonly foldCase: boolean;
  /** Base letters for accented ones (é → e, ł → l). ß is no accented letter: case folding makes it ss. */
  readonly foldAccents: boolean;
}
