/** Small ONNX models for ONNX Runtime, written out field by field (onnx.proto3, IR version 8, operator set 13); all tensors are float32, but for constants of integers. */

export interface OnnxNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly output: string;
  /** Attributes of one integer, and of several. */
  readonly int?: Readonly<Record<string, number>>;
  readonly ints?: Readonly<Record<string, readonly number[]>>;
}

export interface OnnxGraph {
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  readonly outputs: Readonly<Record<string, readonly number[]>>;
  readonly constants?: Readonly<Record<string, { readonly shape: readonly number[]; readonly values: Float32Array }>>;
  /** Constant vectors of int64. */
  readonly integers?: Readonly<Record<string, readonly number[]>>;
  readonly nodes: readonly OnnxNode[];
}

const float = 1;
const int64 = 7;
/** AttributeProto.type. */
const intAttribute = 2;
const intsAttribute = 7;

export function onnxModel(graph: OnnxGraph): Uint8Array {
  const valueInfo = ([name, shape]: [string, readonly number[]]): Field[] => [
    [1, name],
    [2, message([[1, message([[1, float], [2, message(shape.map((dim): Field => [1, message([[1, dim]])]))]])]])],
  ];
  const tensors = Object.entries(graph.constants ?? {}).map(([name, { shape, values }]): Field => {
    const raw = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    return [5, message([...shape.map((dim): Field => [1, dim]), [2, float], [8, name], [9, raw]])];
  });
  for (const [name, values] of Object.entries(graph.integers ?? {})) {
    const raw = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
    tensors.push([5, message([[1, values.length], [2, int64], [8, name], [9, raw]])]);
  }
  const nodes = graph.nodes.map(({ op, inputs, output, int = {}, ints = {} }, i): Field => [1, message([
    ...inputs.map((name): Field => [1, name]), [2, output], [3, `${op}_${i}`], [4, op],
    ...Object.entries(int).map(([name, value]): Field => [5, message([[1, name], [3, value], [20, intAttribute]])]),
    ...Object.entries(ints).map(([name, values]): Field => [5, message([[1, name], ...values.map((value): Field => [8, value]), [20, intsAttribute]])]),
  ])]);
  const body = message([
    ...nodes, [2, 'bench'], ...tensors,
    ...Object.entries(graph.inputs).map((entry): Field => [11, message(valueInfo(entry))]),
    ...Object.entries(graph.outputs).map((entry): Field => [12, message(valueInfo(entry))]),
  ]);
  return message([[1, 8], [7, body], [8, message([[1, ''], [2, 13]])]]);
}

/** A field of a protobuf message: numbers are varints, the rest length-delimited. */
type Field = readonly [number: number, value: number | string | Uint8Array];

function message(fields: readonly Field[]): Uint8Array {
  const parts = fields.flatMap(([number, value]): Uint8Array[] => {
    if (typeof value === 'number') return [varint(number << 3), varint(value)];
    const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value;
    return [varint((number << 3) | 2), varint(bytes.length), bytes];
  });
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.reduce((at, part) => {
    whole.set(part, at);
    return at + part.length;
  }, 0);
  return whole;
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  for (; value > 0x7f; value = Math.floor(value / 128)) bytes.push((value % 128) | 0x80);
  return Uint8Array.from([...bytes, value]);
}
