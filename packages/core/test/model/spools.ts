import type { Floats, StoredRows } from "../../src/base/matrix.ts";
import type { RowStorage, SpoolShape } from "../../src/model/row-storage.ts";

/** Spools that are arrays, and how many are open. */
export function arrayStorage(chunkBytes: number): RowStorage & { open: number; made: number } {
  const storage = {
    bytes: 0,
    open: 0,
    made: 0,
    create({ dense, codes }: SpoolShape) {
      storage.open++;
      storage.made++;
      const numbers: number[] = [];
      const entries: number[] = [];
      let rows = 0;
      return {
        write(count: number, floats: Floats | null, integers: Int32Array | null) {
          rows += count;
          for (let at = 0; at < count * (dense?.width ?? 0); at++) numbers.push(floats![at]);
          for (let at = 0; at < count * (codes?.perRow ?? 0); at++) entries.push(integers![at]);
        },
        finish: (): StoredRows => ({
          ...{ rows, dense, codes, chunkBytes },
          read(first, count, floats, integers) {
            const part = (width: number) => [first * width, (first + count) * width];
            floats?.set(numbers.slice(...part(dense!.width)));
            integers?.set(entries.slice(...part(codes!.perRow)));
          },
        }),
        close() {
          storage.open--;
        },
      };
    },
  };
  return storage;
}
