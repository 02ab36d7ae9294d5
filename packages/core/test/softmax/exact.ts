/**
 * Softmax in integer arithmetic, to about 190 bits: a second route to the same numbers, for as many cases as wanted.
 * Numbers are integers times 2^-BITS.
 */
const BITS = 192n;
const ONE = 1n << BITS;

/** A finite float64 as m·2^e. */
export function parts(x: number): [m: bigint, e: number] {
  let m = x;
  let e = 0;
  while (!Number.isInteger(m)) {
    m *= 2;
    e--;
  }
  return [BigInt(m), e];
}

const shift = (a: bigint, by: number): bigint => (by >= 0 ? a << BigInt(by) : a >> BigInt(-by));
const fixed = (x: number): bigint => shift(parts(x)[0], parts(x)[1] + Number(BITS));

/** ln 2 = Σ 1/(j 2^j) */
const LN2 = ((): bigint => {
  let sum = 0n;
  for (let j = 1n; j <= 200n; j++) sum += ONE / (j << j);
  return sum;
})();

/** e^x = m·2^(n − BITS), by Taylor's series on x − n ln 2, divided by 2^8 and squared 8 times. */
function power(x: bigint): [m: bigint, n: number] {
  const n = x / LN2;
  const r = (x - n * LN2) >> 8n;
  let term = ONE;
  let sum = ONE;
  for (let j = 1n; term !== 0n && term !== -1n; j++) {
    term = ((term * r) >> BITS) / j;
    sum += term;
  }
  for (let j = 0; j < 8; j++) sum = (sum * sum) >> BITS;
  return [sum, Number(n)];
}

/** The errors of `p` as softmax(z/T), relative, in units of (4 + 2|x|)u; 0 for p too near the end of the range. */
export function relativeErrors(z: readonly number[], T: number, p: ArrayLike<number>, u: number) {
  const m = fixed(Math.max(...z));
  const t = fixed(T);
  const x = z.map((value) => ((fixed(value) - m) << BITS) / t);
  const powers = x.map(power);
  const total = powers.reduce((sum, [a, n]) => sum + shift(a, n), 0n);
  return powers.map(([a, n], c) => {
    if (n < -1000) return 0;
    const exact = (a << BITS) / total;
    const [g, e] = parts(p[c]);
    const got = shift(g, e - n + Number(BITS));
    const error = Number(((got - exact) << 80n) / exact) / 2 ** 80;
    return Math.abs(error) / ((4 + 2 * Math.abs(Number(x[c] >> (BITS - 20n)) / 2 ** 20)) * u);
  });
}
