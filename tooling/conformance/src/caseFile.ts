/** What a case file holds: TensorFlow's own results for one op at a time (`cases/<family>.json`), or for whole graphs (`cases/graphs.json`). */
import { allDTypes, HostTensor, type AttrValue, type Attrs, type DType, type PartialShape, type TensorValue } from '@sessionflow/core';
import { fromBase64 } from '@sessionflow/core/proto';

type NumberJson = number | 'NaN' | 'Infinity' | '-Infinity';
/** Text is a string element, a 64-bit integer, or a number that JSON has no form for. */
type ElementJson = number | string | boolean | readonly [NumberJson, NumberJson] | { readonly base64: string };

export interface TensorJson {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly values: readonly ElementJson[];
}

export interface Tolerance {
  readonly rel: number;
  readonly abs: number;
}

interface Failure {
  /** TensorFlow's code name. */
  readonly error: string;
  readonly tensorflowSays: string;
}

interface OpCaseBase {
  readonly name: string;
  readonly op: string;
  readonly attrs: Readonly<Record<string, AttrJson>>;
  readonly inputs: readonly TensorJson[];
}

/** One node; `null` outputs may hold anything. */
export type OpCase = OpCaseBase & (Failure | { readonly error?: undefined; readonly outputs: readonly (TensorJson | null)[]; readonly tolerance?: Tolerance });

interface GraphRunBase {
  readonly feeds: Readonly<Record<string, TensorJson>>;
  readonly fetches: readonly string[];
  readonly targets: readonly string[];
}

export type GraphRun = GraphRunBase &
  (Failure | { readonly error?: undefined; readonly outputs: Readonly<Record<string, TensorJson & { readonly tolerance?: Tolerance }>> });

/** A graph as protobuf text, and the calls that one session makes on it. */
export interface GraphCase {
  readonly name: string;
  readonly graph: string;
  readonly runs: readonly GraphRun[];
}

interface ListJson {
  readonly i?: readonly number[];
  readonly f?: readonly NumberJson[];
  readonly b?: readonly boolean[];
  readonly s?: readonly string[];
  readonly type?: readonly string[];
  readonly shape?: readonly ShapeJson[];
}

interface ShapeJson {
  readonly unknownRank?: boolean;
  readonly dim?: readonly { readonly size: number }[];
}

export type AttrJson =
  | { readonly i: number } | { readonly f: NumberJson } | { readonly b: boolean } | { readonly s: string } | { readonly type: string }
  | { readonly shape: ShapeJson } | { readonly tensor: TensorJson } | { readonly list: ListJson };

export interface CaseFile {
  readonly family: string;
  readonly cases: readonly OpCase[];
}

const number = (value: unknown): number => (typeof value === 'number' ? value : Number(value));

/** The value that a case's tensor stands for. */
export function tensorOf({ dtype, shape, values }: TensorJson): HostTensor {
  const elements = values.map((value): TensorValue => {
    if (dtype === 'bool') return value === true;
    if (dtype === 'string') return typeof value === 'object' && 'base64' in value ? fromBase64(value.base64) ?? '' : String(value);
    if (dtype === 'int64' || dtype === 'uint64') return BigInt(value as string);
    if (dtype === 'complex64' || dtype === 'complex128') return (value as readonly NumberJson[]).map(number);
    return number(value);
  });
  return HostTensor.from(elements, { dtype, shape });
}

const utf8 = new TextEncoder();

const oldNames: Readonly<Record<string, DType>> = { DT_FLOAT: 'float32', DT_DOUBLE: 'float64', DT_HALF: 'float16' };

function dtypeOf(name: string): DType {
  const dtype = oldNames[name] ?? allDTypes.find((known) => `DT_${known.toUpperCase()}` === name);
  if (dtype === undefined) throw new Error(`no dtype ${name}`);
  return dtype;
}

function shapeOf({ unknownRank, dim }: ShapeJson): PartialShape {
  return unknownRank === true ? null : (dim ?? []).map(({ size }) => (size < 0 ? null : size));
}

/** Attributes hold float32, whatever the text says. */
const float = (value: NumberJson): number => Math.fround(number(value));

function attrOf(json: AttrJson): AttrValue {
  if ('i' in json) return { kind: 'int', value: json.i };
  if ('f' in json) return { kind: 'float', value: float(json.f) };
  if ('b' in json) return { kind: 'bool', value: json.b };
  if ('s' in json) return { kind: 'string', value: utf8.encode(json.s) };
  if ('type' in json) return { kind: 'type', value: dtypeOf(json.type) };
  if ('shape' in json) return { kind: 'shape', value: shapeOf(json.shape) };
  if ('tensor' in json) return { kind: 'tensor', value: tensorOf(json.tensor) };
  const { i, f, b, s, type, shape } = json.list;
  if (f !== undefined) return { kind: 'list', of: 'float', value: f.map(float) };
  if (b !== undefined) return { kind: 'list', of: 'bool', value: b };
  if (s !== undefined) return { kind: 'list', of: 'string', value: s.map((text) => utf8.encode(text)) };
  if (type !== undefined) return { kind: 'list', of: 'type', value: type.map(dtypeOf) };
  if (shape !== undefined) return { kind: 'list', of: 'shape', value: shape.map(shapeOf) };
  return { kind: 'list', of: 'int', value: i ?? [] };
}

/** A case's attributes. */
export function attrsOf(json: Readonly<Record<string, AttrJson>>): Attrs {
  return Object.fromEntries(Object.entries(json).map(([name, attr]) => [name, attrOf(attr)]));
}
