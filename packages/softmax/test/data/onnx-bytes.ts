/** ONNX files for tests, written field by field in protobuf's wire format (onnx.proto3 of ONNX 1.14, opset 13). */

type Bytes = readonly number[];

function varint(value: number): Bytes {
  const out: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...out, rest];
    out.push((rest % 128) | 128);
  }
}

const int = (field: number, value: number): Bytes => [...varint(field * 8), ...varint(value)];
const bytes = (field: number, content: Bytes): Bytes => [
  ...varint(field * 8 + 2),
  ...varint(content.length),
  ...content,
];
const text = (field: number, content: string): Bytes => bytes(field, [...Buffer.from(content)]);

/** A size, or the name of one that is left open. */
type Size = number | string;

/** ValueInfoProto of a tensor. `kind`: 1 float32, 2 uint8, 7 int64. */
export function value(name: string, sizes: readonly Size[], kind = 1): Bytes {
  const shape = sizes.flatMap((size) =>
    bytes(1, typeof size === "number" ? int(1, size) : text(2, size)),
  );
  return [...text(1, name), ...bytes(2, bytes(1, [...int(1, kind), ...bytes(2, shape)]))];
}

/** TensorProto of float32. */
export function weights(name: string, sizes: readonly number[], numbers: readonly number[]): Bytes {
  const raw = new Uint8Array(Float32Array.from(numbers).buffer);
  return [
    ...sizes.flatMap((size) => int(1, size)),
    ...int(2, 1),
    ...text(8, name),
    ...bytes(9, [...raw]),
  ];
}

/** NodeProto, with attributes that are lists of integers, or one. */
export function node(
  type: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Readonly<Record<string, readonly number[] | number>> = {},
): Bytes {
  return [
    ...inputs.flatMap((name) => text(1, name)),
    ...outputs.flatMap((name) => text(2, name)),
    ...text(4, type),
    ...Object.entries(attributes).flatMap(([name, given]) =>
      bytes(
        5,
        typeof given === "number"
          ? [...text(1, name), ...int(3, given), ...int(20, 2)]
          : [...text(1, name), ...given.flatMap((one) => int(8, one)), ...int(20, 7)],
      ),
    ),
  ];
}

export interface Graph {
  readonly nodes: readonly Bytes[];
  readonly inputs: readonly Bytes[];
  readonly outputs: readonly Bytes[];
  readonly weights?: readonly Bytes[];
}

/** ModelProto. */
export function onnx({ nodes, inputs, outputs, weights: tensors = [] }: Graph): Uint8Array {
  const graph = [
    ...nodes.flatMap((one) => bytes(1, one)),
    ...text(2, "test"),
    ...tensors.flatMap((one) => bytes(5, one)),
    ...inputs.flatMap((one) => bytes(11, one)),
    ...outputs.flatMap((one) => bytes(12, one)),
  ];
  return Uint8Array.from([...int(1, 8), ...bytes(7, graph), ...bytes(8, int(2, 13))]);
}

/** Two convolutions of 3 × 3 that see edges that stand and that lie, cut off below 0, and their means: 2 features of an image. */
export function edges(size: Size = 12, channels = 1, batch: Size = "n"): Uint8Array {
  const standing = [-1, 0, 1, -1, 0, 1, -1, 0, 1];
  const lying = [-1, -1, -1, 0, 0, 0, 1, 1, 1];
  const kernels = [standing, lying].flatMap((kernel) =>
    Array.from({ length: channels }, () => kernel).flat(),
  );
  return onnx({
    nodes: [
      node("Conv", ["image", "kernels"], ["seen"], { kernel_shape: [3, 3] }),
      node("Relu", ["seen"], ["bright"]),
      node("GlobalAveragePool", ["bright"], ["means"]),
    ],
    weights: [weights("kernels", [2, channels, 3, 3], kernels)],
    inputs: [value("image", [batch, channels, size, size])],
    outputs: [value("means", [batch, 2, 1, 1])],
  });
}
