import type { Found } from "./finder.ts";
import { grown } from "./words.ts";

/** How often each of many texts has the features of one kind of n-grams, in order of first occurrence. */
export interface CountedTexts {
  /** The entries of text t stand from starts[t] to starts[t + 1]. */
  readonly starts: Int32Array;
  readonly features: Int32Array;
  readonly counts: Int32Array | Uint8Array;
  /** As in Found; null where all are 1. */
  readonly signs: Float64Array | null;
}

/** Collects texts one by one. */
export function createCounted() {
  let starts: Int32Array = new Int32Array(1 << 8);
  let features: Int32Array = new Int32Array(1 << 12);
  let counts: Int32Array = new Int32Array(1 << 12);
  let signs: Float64Array | null = null;
  let texts = 0;
  let size = 0;
  const reserve = (length: number): void => {
    if (length <= features.length) return;
    features = grown(features, length);
    counts = grown(counts, length);
  };
  return {
    /** A feature that the text had not; returns its entry. */
    add(feature: number): number {
      reserve(size + 1);
      features[size] = feature;
      counts[size] = 1;
      return size++;
    },
    again(entry: number): void {
      counts[entry]++;
    },
    /** All that was found in a text. */
    addFound(found: Found): void {
      reserve(size + found.size);
      if (signs === null || signs.length < features.length) {
        const longer: Float64Array = new Float64Array(features.length);
        if (signs !== null) longer.set(signs);
        signs = longer;
      }
      for (let at = 0; at < found.size; at++, size++) {
        features[size] = found.features[at];
        counts[size] = found.counts[at];
        signs[size] = found.signs[at];
      }
    },
    endText(): void {
      texts++;
      if (texts === starts.length) starts = grown(starts, texts + 1);
      starts[texts] = size;
    },
    finish(): CountedTexts {
      const own = counts.subarray(0, size);
      const small = own.every((count) => count < 256);
      return {
        starts: starts.slice(0, texts + 1),
        features: features.slice(0, size),
        counts: small ? Uint8Array.from(own) : own.slice(),
        signs: signs === null ? null : signs.slice(0, size),
      };
    },
  };
}
