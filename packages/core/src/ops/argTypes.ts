/** The dtypes of an op's flattened inputs and outputs, as its attributes determine them. */
import type { DType } from '../dtypes.js';
import { InvalidArgumentError } from '../errors.js';
import type { Attrs } from '../graph/attrs.js';
import type { ArgDef } from './opDef.js';

/** One flattened input or output. */
export interface ArgType {
  readonly dtype: DType;
  readonly isRef: boolean;
  /** The signature's name for it. */
  readonly arg: string;
}

/** Expands arguments by the attributes they name. InvalidArgumentError for an attribute that is missing or of another kind. */
export function flattenArgs(args: readonly ArgDef[], attrs: Attrs, op: string): ArgType[] {
  const flat: ArgType[] = [];
  for (const arg of args) {
    const isRef = arg.isRef;
    if (arg.typeListAttr !== undefined) {
      for (const dtype of typeList(attrs, arg.typeListAttr, op)) flat.push({ dtype, isRef, arg: arg.name });
      continue;
    }
    const dtype = arg.dtype ?? typeOf(attrs, arg.typeAttr!, op);
    const count = arg.numberAttr === undefined ? 1 : numberOf(attrs, arg.numberAttr, op);
    for (let i = 0; i < count; i++) flat.push({ dtype, isRef, arg: arg.name });
  }
  return flat;
}

/** How many flattened places each argument takes. */
export function argCounts(args: readonly ArgDef[], attrs: Attrs, op: string): number[] {
  return args.map((arg) => {
    if (arg.typeListAttr !== undefined) return typeList(attrs, arg.typeListAttr, op).length;
    return arg.numberAttr === undefined ? 1 : numberOf(attrs, arg.numberAttr, op);
  });
}

function typeOf(attrs: Attrs, name: string, op: string): DType {
  const attr = attrs[name];
  if (attr?.kind === 'type') return attr.value;
  throw new InvalidArgumentError(`${op}: attribute '${name}' must be a type, but ${attr === undefined ? 'is missing' : `is a ${attr.kind}`}.`);
}

function numberOf(attrs: Attrs, name: string, op: string): number {
  const attr = attrs[name];
  if (attr?.kind !== 'int') {
    throw new InvalidArgumentError(`${op}: attribute '${name}' must be an int, but ${attr === undefined ? 'is missing' : `is a ${attr.kind}`}.`);
  }
  const count = Number(attr.value);
  if (count < 0 || count > maxListLength) {
    throw new InvalidArgumentError(`${op}: attribute '${name}' gives a list argument ${count} elements; expected 0 to ${maxListLength}.`);
  }
  return count;
}

/** A bound on list arguments against made-up counts in broken files. */
const maxListLength = 100_000;

function typeList(attrs: Attrs, name: string, op: string): readonly DType[] {
  const attr = attrs[name];
  if (attr?.kind === 'list' && attr.value.length === 0) return [];
  if (attr?.kind === 'list' && attr.of === 'type') return attr.value;
  throw new InvalidArgumentError(`${op}: attribute '${name}' must be a list of types, but ${attr === undefined ? 'is missing' : `is a ${attr.kind}`}.`);
}
