import {
  attachWasmKernels,
  createRandom,
  createTrainer,
  type Floats,
  type Kernels,
  type Matrix,
  type Random,
} from "@softmax/core";

/** A copy that an engine cannot take for the same module: it differs in a custom section, which means nothing. */
export function marked(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const section = [0, 5, 4, 0x63, 0x6f, 0x70, 0x79]; // custom, 5 bytes: a name of 4, "copy"
  const copy = new Uint8Array(bytes.length + section.length);
  copy.set(bytes);
  copy.set(section, bytes.length);
  return copy;
}

/** One result of a kernel, as bits. */
export interface Result {
  readonly name: string;
  readonly bits: Uint8Array;
}

/** Calls before the results that count: by then an engine has optimized what it will, if told to hurry. */
const WARM_UP = 2;

/**
 * Runs every kernel of a compiled copy on given numbers, time and again: both precisions, each kind of column, one
 * logit and several, short rows and long. The results of the last time.
 */
export async function kernelResults(module: WebAssembly.Module): Promise<Result[]> {
  const kernels = kernelsOf(module);
  for (let i = 0; i < WARM_UP; i++) {
    for (const _ of results(kernels));
    await fits(kernelsOf(module));
  }
  return [...results(kernels), ...(await fits(kernelsOf(module)))];
}

/** The name of the first result whose bits differ, or null. */
export function firstDifference(some: readonly Result[], others: readonly Result[]): string | null {
  const differ = ({ bits }: Result, i: number): boolean =>
    Buffer.compare(bits, others[i]?.bits ?? Buffer.of()) !== 0;
  return some.find(differ)?.name ?? null;
}

/** Weights of whole fits: they see the kernels that sums by lanes, columns and curvature have of their own. */
async function fits(kernels: Kernels): Promise<Result[]> {
  const found: Result[] = [];
  for (const precision of [32, 64] as const) {
    for (const [kind, X] of matrices(precision, 4 * ROWS, [37])) {
      for (const outputs of [1, 10]) {
        const random = createRandom(outputs);
        const y = Int32Array.from({ length: X.rows }, () => random.below(Math.max(2, outputs)));
        const problem = { X, y, outputs, rowWeights: null };
        const trainer = await createTrainer({ ...problem, kernels, worker: false });
        const ranges = [{ start: 0, end: X.rows }];
        const task = {
          ranges,
          l2: 0.01,
          start: null,
          tolerance: "fold",
          maxIterations: 8,
        } as const;
        const { weights } = await trainer.fit(task);
        trainer.close();
        const name = `fit (${kind}, float${precision}, ${outputs} logits)`;
        found.push({ name, bits: bitsOf(weights) });
      }
    }
  }
  return found;
}

const PAGES = 2048;

function kernelsOf(module: WebAssembly.Module): Kernels {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: PAGES, shared: true });
  return attachWasmKernels({ module, memory, start: 0, end: PAGES * 65536, clean: 0 });
}

const bitsOf = (array: Float64Array | Float32Array): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength).slice();

function* results(kernels: Kernels): Generator<Result> {
  for (const precision of [32, 64] as const) {
    for (const k of [1, 2, 3, 10, 17]) {
      for (const [kind, X] of matrices(precision)) {
        yield* passes(kernels, X, k, `${kind}, float${precision}, ${k} logits`);
      }
    }
    for (const k of [1, 2, 3, 10, 64, 65, 100, 1003]) yield* rows(kernels, precision, k);
  }
}

const ROWS = 150;

/** Widths of dense columns: as many as an engine may unroll a loop, and more. */
const WIDTHS = [12, 16, 24, 31, 32, 40, 64];

function matrices(
  precision: 32 | 64,
  n = ROWS,
  widths: readonly number[] = WIDTHS,
): [kind: string, X: Matrix][] {
  const random = createRandom(precision);
  const floats = (length: number): Floats =>
    filled(precision === 32 ? new Float32Array(length) : new Float64Array(length), () =>
      normal(random),
    );
  const integers = (length: number, below: number): Int32Array =>
    Int32Array.from({ length }, () => random.below(below));
  const block = (width: number): { width: number; data: Floats } => ({
    width,
    data: floats(width * n),
  });
  const dense = block(37);
  const codes = { width: 9, perRow: 3, data: integers(3 * n, 9) };
  const starts = Int32Array.from({ length: n + 1 }, (_, i) => 5 * i);
  const csr = { width: 50, starts, columns: integers(5 * n, 50), values: floats(5 * n) };
  const none = { rows: n, dense: null, codes: null, csr: null };
  return [
    ...widths.map((width): [string, Matrix] => [
      `dense ${width}`,
      { ...none, dense: block(width) },
    ]),
    ["codes", { ...none, codes }],
    ["sparse", { ...none, csr }],
    ["all", { rows: n, dense, codes, csr }],
  ];
}

function* passes(kernels: Kernels, X: Matrix, k: number, name: string): Generator<Result> {
  const random = createRandom(k);
  const width = (X.dense?.width ?? 0) + (X.codes?.width ?? 0) + (X.csr?.width ?? 0);
  const weights = (): Float64Array =>
    Float64Array.from({ length: (width + 1) * k }, () => normal(random));
  const [W, V, G] = [weights(), weights(), weights()];
  const range = { start: 0, end: ROWS };
  const y = Int32Array.from({ length: ROWS }, () => random.below(Math.max(2, k)));
  const s = Float64Array.from({ length: ROWS }, () => random.uniform());
  const Z = new Float64Array(ROWS * k);
  kernels.logits(X, range, W, k, Z);
  yield { name: `logits (${name})`, bits: bitsOf(Z) };
  const loss = kernels.lossGradient(X, y, s, range, W, k, G);
  yield { name: `loss (${name})`, bits: bitsOf(Float64Array.of(loss)) };
  yield { name: `gradient (${name})`, bits: bitsOf(G) };
  kernels.hessianVector(X, s, range, W, k, V, G);
  yield { name: `Hessian (${name})`, bits: bitsOf(G) };
}

function* rows(kernels: Kernels, precision: 32 | 64, k: number): Generator<Result> {
  const random = createRandom(k);
  const n = Math.ceil(2000 / k);
  const Type = precision === 32 ? Float32Array : Float64Array;
  const Z = filled(new Type(n * k), () => 9 * normal(random));
  const name = `(float${precision}, ${k} classes)`;
  for (const temperature of [1, 0.7]) {
    const out = new Type(n * k);
    kernels.softmax(Z, n, k, temperature, out);
    yield { name: `softmax ${name}`, bits: bitsOf(out) };
    kernels.logSoftmax(Z, n, k, temperature, out);
    yield { name: `log softmax ${name}`, bits: bitsOf(out) };
  }
  const sums = new Type(n);
  kernels.logSumExp(Z, n, k, sums);
  yield { name: `log-sum-exp ${name}`, bits: bitsOf(sums) };
}

function filled<T extends Floats>(array: T, next: () => number): T {
  for (let i = 0; i < array.length; i++) array[i] = next();
  return array;
}

/** Roughly normal, by the sum of twelve uniforms. */
function normal(random: Random): number {
  let sum = -6;
  for (let i = 0; i < 12; i++) sum += random.uniform();
  return sum;
}
