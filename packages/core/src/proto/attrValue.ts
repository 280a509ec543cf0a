/** AttrValue messages ⇄ the attributes of nodes (graph/attrs.ts). */
import { InvalidArgumentError } from '../errors.js';
import type { Attrs, AttrKind, AttrTypes, AttrValue, FunctionRef } from '../graph/attrs.js';
import type { AttrValue as AttrValueProto, AttrValue_ListValue, NameAttrList } from './generated/attrValue.js';
import { dtypeFromProto, dtypeToProto, shapeFromProto, shapeToProto } from './shapeProto.js';
import { type ExpansionBudget, expansionBudget, tensorFromProto, tensorToProto } from './tensorProto.js';

/** Reads one attribute. Undefined for an AttrValue that holds nothing. */
export function attrFromProto(proto: AttrValueProto, what: string, budget: ExpansionBudget = expansionBudget()): AttrValue | undefined {
  if (proto.s !== undefined) return { kind: 'string', value: proto.s };
  if (proto.i !== undefined) return { kind: 'int', value: proto.i };
  if (proto.f !== undefined) return { kind: 'float', value: proto.f };
  if (proto.b !== undefined) return { kind: 'bool', value: proto.b };
  if (proto.type !== undefined) return { kind: 'type', value: dtypeFromProto(proto.type, what) };
  if (proto.shape !== undefined) return { kind: 'shape', value: shapeFromProto(proto.shape, what) };
  if (proto.tensor !== undefined) return { kind: 'tensor', value: tensorFromProto(proto.tensor, what, budget) };
  if (proto.func !== undefined) return { kind: 'func', value: functionRefFromProto(proto.func, what, budget) };
  if (proto.placeholder !== undefined) return { kind: 'placeholder', value: proto.placeholder };
  return proto.list === undefined ? undefined : listFromProto(proto.list, what, budget);
}

function listFromProto(list: AttrValue_ListValue, what: string, budget: ExpansionBudget): AttrValue {
  const kinds = ['s', 'i', 'f', 'b', 'type', 'shape', 'tensor', 'func'] as const;
  const filled = kinds.filter((kind) => (list[kind]?.length ?? 0) > 0);
  if (filled.length > 1) throw new InvalidArgumentError(`${what}: a list attribute holds values of one type, but has ${filled.join(' and ')}.`);
  const item = (i: number): string => `${what}[${i}]`;
  switch (filled[0]) {
    case undefined: return { kind: 'list', of: 'int', value: [] };
    case 's': return { kind: 'list', of: 'string', value: list.s ?? [] };
    case 'i': return { kind: 'list', of: 'int', value: list.i ?? [] };
    case 'f': return { kind: 'list', of: 'float', value: Array.from(list.f ?? []) };
    case 'b': return { kind: 'list', of: 'bool', value: list.b ?? [] };
    case 'type': return { kind: 'list', of: 'type', value: (list.type ?? []).map((type, i) => dtypeFromProto(type, item(i))) };
    case 'shape': return { kind: 'list', of: 'shape', value: (list.shape ?? []).map((shape, i) => shapeFromProto(shape, item(i))) };
    case 'tensor': return { kind: 'list', of: 'tensor', value: (list.tensor ?? []).map((tensor, i) => tensorFromProto(tensor, item(i), budget)) };
    case 'func': return { kind: 'list', of: 'func', value: (list.func ?? []).map((func, i) => functionRefFromProto(func, item(i), budget)) };
    default: return filled[0] satisfies never;
  }
}

function functionRefFromProto(proto: NameAttrList, what: string, budget: ExpansionBudget): FunctionRef {
  return { name: proto.name ?? '', attrs: attrsFromProto(proto.attr, what, budget) };
}

/** Reads the attributes of a node or function; `what` names their owner in errors. The object has no prototype: any name is only a name. */
export function attrsFromProto(attrs: ReadonlyMap<string, AttrValueProto> | undefined, what: string, budget: ExpansionBudget = expansionBudget()): Attrs {
  const out = Object.create(null) as Record<string, AttrValue>;
  for (const [name, proto] of attrs ?? []) {
    const value = attrFromProto(proto, `${what}: attribute '${name}'`, budget);
    if (value !== undefined) out[name] = value;
  }
  return out;
}

function listToProto(of: AttrKind, value: readonly AttrTypes[AttrKind][]): AttrValue_ListValue {
  switch (of) {
    case 'string': return { s: value as AttrTypes['string'][] };
    case 'int': return { i: value as AttrTypes['int'][] };
    case 'float': return { f: value as AttrTypes['float'][] };
    case 'bool': return { b: value as AttrTypes['bool'][] };
    case 'type': return { type: (value as AttrTypes['type'][]).map(dtypeToProto) };
    case 'shape': return { shape: (value as AttrTypes['shape'][]).map(shapeToProto) };
    case 'tensor': return { tensor: (value as AttrTypes['tensor'][]).map(tensorToProto) };
    case 'func': return { func: (value as AttrTypes['func'][]).map(functionRefToProto) };
    default: return of satisfies never;
  }
}

/** Writes one attribute. */
export function attrToProto(attr: AttrValue): AttrValueProto {
  switch (attr.kind) {
    case 'string': return { s: attr.value };
    case 'int': return { i: attr.value };
    case 'float': return { f: attr.value };
    case 'bool': return { b: attr.value };
    case 'type': return { type: dtypeToProto(attr.value) };
    case 'shape': return { shape: shapeToProto(attr.value) };
    case 'tensor': return { tensor: tensorToProto(attr.value) };
    case 'func': return { func: functionRefToProto(attr.value) };
    case 'placeholder': return { placeholder: attr.value };
    case 'list': return { list: listToProto(attr.of, attr.value) };
    default: return attr satisfies never;
  }
}

function functionRefToProto({ name, attrs }: FunctionRef): NameAttrList {
  return { name, attr: attrsToProto(attrs) };
}

/** Writes attributes, sorted by name, so that the same graph always gives the same bytes. */
export function attrsToProto(attrs: Attrs): Map<string, AttrValueProto> {
  return new Map(Object.keys(attrs).sort().map((name) => [name, attrToProto(attrs[name]!)]));
}
