/**
 * Seeded random numbers, the same in every engine: xoshiro128** (Blackman & Vigna 2021, "Scrambled Linear
 * Pseudorandom Number Generators", §5), its state filled by SplitMix32.
 */
export interface Random {
  /** Uniform 32-bit integer, 0…2^32−1. */
  uint32(): number;
  /** Uniform in [0, 1), 53 bits. */
  uniform(): number;
  /** Uniform integer in 0…bound−1, without bias. */
  below(bound: number): number;
}

export function createRandom(seed: number): Random {
  let state = (Math.floor(seed / 0x100000000) ^ seed) >>> 0;
  const next = (): number => {
    state = (state + 0x9e3779b9) >>> 0;
    return mix(state);
  };
  const s = [next(), next(), next(), next()];
  const rotl = (x: number, by: number): number => (x << by) | (x >>> (32 - by));

  const uint32 = (): number => {
    const result = Math.imul(rotl(Math.imul(s[1], 5), 7), 9) >>> 0;
    const t = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotl(s[3], 11);
    return result;
  };
  const uniform = (): number =>
    ((uint32() >>> 5) * 0x4000000 + (uint32() >>> 6)) / 0x20000000000000;
  const below = (bound: number): number => {
    const limit = 0x100000000 - (0x100000000 % bound);
    for (;;) {
      const draw = uint32();
      if (draw < limit) return draw % bound;
    }
  };
  return { uint32, uniform, below };
}

/** The finaliser of SplitMix32: 32 bits that look random, of any 32 bits. */
export function mix(x: number): number {
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return (x ^ (x >>> 15)) >>> 0;
}

/** Shuffles `items` in place (Fisher–Yates). */
export function shuffle<T extends { length: number; [index: number]: number }>(
  items: T,
  random: Random,
): T {
  for (let i = items.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    const kept = items[i];
    items[i] = items[j];
    items[j] = kept;
  }
  return items;
}
