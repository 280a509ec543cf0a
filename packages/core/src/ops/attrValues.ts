/** From JavaScript values to attribute values, checked against the attribute's definition. */
import { dtypeInfo, type DType } from '../dtypes.js';
import { ValueError } from '../errors.js';
import { typeName } from '../graph/elements.js';
import type { AttrKind, AttrTypes, AttrValue, FunctionRef } from '../graph/attrs.js';
import { HostTensor } from '../hostTensor.js';
import type { TensorValue } from '../hostValue.js';
import type { PartialShape } from '../shape.js';
import type { AttrDef } from './opDef.js';

const utf8 = new TextEncoder();
const utf8Text = new TextDecoder();

/** The attribute value for `given`. TypeError for a wrong kind, ValueError for what the definition does not allow. */
export function toAttrValue(def: AttrDef, given: unknown, op: string): AttrValue {
  const value = def.isList ? toList(def, given) : toScalar(def, given);
  const problem = attrProblem(def, value);
  if (problem !== undefined) throw new ValueError(`Attr '${def.name}' of '${op}' Op ${problem}`);
  return value;
}

/** What the definition has against a value of the right kind, in TensorFlow's words: goes on after `Attr 'x' of 'Op' Op `. */
export function attrProblem(def: AttrDef, value: AttrValue): string | undefined {
  if (def.minimum !== undefined) {
    if (value.kind === 'list' && value.value.length < def.minimum)
      return `passed list of length ${value.value.length} less than minimum ${def.minimum}.`;
    if (value.kind === 'int' && value.value < def.minimum) return `passed ${value.value} less than minimum ${def.minimum}.`;
  }
  if (def.allowedStrings !== undefined) {
    const strings = value.kind === 'string' ? [value.value] : value.kind === 'list' && value.of === 'string' ? value.value : [];
    for (const bytes of strings) {
      const text = utf8Text.decode(bytes);
      if (!def.allowedStrings.includes(text)) return `passed string '${text}' not in: "${def.allowedStrings.join('", "')}".`;
    }
  }
  if (def.allowedTypes !== undefined) {
    const types = value.kind === 'type' ? [value.value] : value.kind === 'list' && value.of === 'type' ? value.value : [];
    for (const dtype of types) {
      if (!def.allowedTypes.includes(dtype)) return `passed ${dtype} not in list of allowed values: ${def.allowedTypes.join(', ')}.`;
    }
  }
  return undefined;
}

type Converters = { readonly [K in AttrKind]: (given: unknown, def: AttrDef) => AttrTypes[K] };

const converters: Converters = {
  string: (given, def) => (typeof given === 'string' ? utf8.encode(given) : given instanceof Uint8Array ? given : mistake(def, given)),
  int: (given, def) => {
    if (typeof given === 'bigint') return Number.isSafeInteger(Number(given)) ? Number(given) : given;
    return typeof given === 'number' && Number.isSafeInteger(given) ? given : mistake(def, given);
  },
  float: (given, def) => (typeof given === 'number' ? given : mistake(def, given)),
  bool: (given, def) => (typeof given === 'boolean' ? given : mistake(def, given)),
  type: (given, def) => (isDType(given) ? given : mistake(def, given)),
  shape: (given, def) => toShape(given) ?? (given === null ? null : mistake(def, given)),
  tensor: (given) => (given instanceof HostTensor ? given : HostTensor.from(given as TensorValue)),
  func: (given, def) => (typeof given === 'string' ? { name: given, attrs: {} } : isFunctionRef(given) ? given : mistake(def, given)),
};

function toScalar(def: AttrDef, given: unknown): AttrValue {
  switch (def.kind) {
    case 'string':
      return { kind: 'string', value: converters.string(given, def) };
    case 'int':
      return { kind: 'int', value: converters.int(given, def) };
    case 'float':
      return { kind: 'float', value: converters.float(given, def) };
    case 'bool':
      return { kind: 'bool', value: converters.bool(given, def) };
    case 'type':
      return { kind: 'type', value: converters.type(given, def) };
    case 'shape':
      return { kind: 'shape', value: converters.shape(given, def) };
    case 'tensor':
      return { kind: 'tensor', value: converters.tensor(given, def) };
    case 'func':
      return { kind: 'func', value: converters.func(given, def) };
    default:
      return def.kind satisfies never;
  }
}

function toList(def: AttrDef, given: unknown): AttrValue {
  if (!Array.isArray(given)) throw new TypeError(`Expected list for attr ${def.name}, obtained ${typeName(given)} instead.`);
  const items: readonly unknown[] = given;
  switch (def.kind) {
    case 'string':
      return { kind: 'list', of: 'string', value: items.map((item) => converters.string(item, def)) };
    case 'int':
      return { kind: 'list', of: 'int', value: items.map((item) => converters.int(item, def)) };
    case 'float':
      return { kind: 'list', of: 'float', value: items.map((item) => converters.float(item, def)) };
    case 'bool':
      return { kind: 'list', of: 'bool', value: items.map((item) => converters.bool(item, def)) };
    case 'type':
      return { kind: 'list', of: 'type', value: items.map((item) => converters.type(item, def)) };
    case 'shape':
      return { kind: 'list', of: 'shape', value: items.map((item) => converters.shape(item, def)) };
    case 'tensor':
      return { kind: 'list', of: 'tensor', value: items.map((item) => converters.tensor(item, def)) };
    case 'func':
      return { kind: 'list', of: 'func', value: items.map((item) => converters.func(item, def)) };
    default:
      return def.kind satisfies never;
  }
}

function mistake(def: AttrDef, given: unknown): never {
  const shown = typeof given === 'string' ? `'${given}'` : typeof given === 'object' && given !== null ? typeName(given) : String(given);
  throw new TypeError(`Expected ${def.kind} for argument '${def.name}' not ${shown}.`);
}

function isDType(value: unknown): value is DType {
  return typeof value === 'string' && Object.hasOwn(dtypeInfo, value);
}

/** −1 is another spelling of an unknown dimension. */
function toShape(given: unknown): PartialShape | undefined {
  if (!Array.isArray(given)) return undefined;
  const dims: (number | null)[] = [];
  for (const dim of given as readonly unknown[]) {
    if (dim === null || dim === -1) dims.push(null);
    else if (typeof dim === 'number' && Number.isSafeInteger(dim) && dim >= 0) dims.push(dim);
    else return undefined;
  }
  return dims;
}

function isFunctionRef(value: unknown): value is FunctionRef {
  return typeof value === 'object' && value !== null && 'name' in value && typeof value.name === 'string' && 'attrs' in value;
}
