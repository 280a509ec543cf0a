/** Attributes of imported nodes against their op's definition: kinds, allowed values, lengths; defaults filled in. */
import { dtypeInfo, type DType } from '../dtypes.js';
import { ValueError } from '../errors.js';
import type { AttrDef, OpSignature } from '../ops/opDef.js';
import type { Attrs, AttrValue } from './attrs.js';
import { upgradeAttrs } from './upgradeAttrs.js';

const utf8 = new TextDecoder();

/** Where an attribute stands, for errors. */
interface Owner {
  readonly node: string;
  readonly signature: OpSignature;
}

/** The op's default for an attribute that only the graph's producer knows: then it may be left out here. */
export type ProducerDefault = (op: string, attr: string) => AttrValue | undefined;

/** Complete attributes of a node: checked, with defaults. ValueErrors with TensorFlow's texts. Names beginning with `_` are free. */
export function completeAttrs(written: Attrs, signature: OpSignature, node: string, producerDefault?: ProducerDefault): Attrs {
  const owner: Owner = { node, signature };
  const attrs = upgradeAttrs(signature.type, written);
  const complete = Object.create(null) as Record<string, AttrValue>;
  for (const def of signature.attrs) {
    const given = attrs[def.name];
    if (given === undefined && def.default === undefined) {
      throw mistake(owner, `NodeDef missing attr '${def.name}' from Op<name=${signature.type}; ${attrText(def)}>`);
    }
    complete[def.name] = given === undefined ? def.default! : checkAttr(owner, def, given);
  }
  for (const [name, value] of Object.entries(attrs)) {
    if (name in complete) continue;
    if (name.startsWith('_')) {
      complete[name] = value;
      continue;
    }
    const unknown = producerDefault?.(signature.type, name);
    if (unknown !== undefined && sameAttr(unknown, value)) continue;
    throw mistake(
      owner,
      `NodeDef mentions attr '${name}' not in Op<name=${signature.type}; attr=${signature.attrs.map((def) => def.name).join(', ')}>`,
      '. (Check whether your GraphDef-interpreting binary is up to date with your GraphDef-generating binary.).',
    );
  }
  return complete;
}

function checkAttr(owner: Owner, def: AttrDef, value: AttrValue): AttrValue {
  if (value.kind === 'placeholder') {
    throw mistake(owner, `AttrValue had value with unexpected type 'placeholder' for attr '${def.name}'`);
  }
  const expected = def.isList ? `list(${def.kind})` : def.kind;
  const isEmptyList = value.kind === 'list' && value.value.length === 0;
  const given = value.kind === 'list' ? (isEmptyList && def.isList ? expected : `list(${value.of})`) : value.kind;
  if (given !== expected)
    throw mistake(owner, `AttrValue had value with type '${given}' when '${expected}' expected\n\t for attr '${def.name}'`);
  if (value.kind === 'list') {
    if (def.minimum !== undefined && value.value.length < def.minimum) {
      throw mistake(owner, `Length for attr '${def.name}' of ${value.value.length} must be at least minimum ${def.minimum}`);
    }
  } else if (value.kind === 'int' && def.minimum !== undefined && value.value < def.minimum) {
    throw mistake(owner, `Value for attr '${def.name}' of ${value.value} must be at least minimum ${def.minimum}`);
  }
  checkAllowed(owner, def, value);
  return isEmptyList && value.of !== def.kind ? { kind: 'list', of: def.kind, value: [] } : value;
}

function checkAllowed(owner: Owner, def: AttrDef, value: AttrValue): void {
  const values = value.kind === 'list' ? value.value : [value.value];
  for (const item of values) {
    if (def.kind === 'type' && def.allowedTypes?.includes(item as DType) === false) {
      const allowed = def.allowedTypes.map((dtype) => dtypeInfo[dtype].tfName).join(', ');
      throw mistake(
        owner,
        `Value for attr '${def.name}' of ${dtypeInfo[item as DType].tfName} is not in the list of allowed values: ${allowed}`,
      );
    }
    if (def.kind === 'string' && def.allowedStrings !== undefined) {
      const text = utf8.decode(item as Uint8Array);
      if (def.allowedStrings.includes(text)) continue;
      throw mistake(
        owner,
        `Value for attr '${def.name}' of "${text}" is not in the list of allowed values: "${def.allowedStrings.join('", "')}"`,
      );
    }
  }
}

function mistake(owner: Owner, message: string, end = ''): ValueError {
  return new ValueError(`${message}\n\t; NodeDef: {{node ${owner.node}}}; Op<name=${owner.signature.type}>${end}`);
}

function attrText(def: AttrDef): string {
  return `attr=${def.name}:${def.isList ? `list(${def.kind})` : def.kind}`;
}

/** Whether two attribute values say the same. */
export function sameAttr(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (a instanceof Map && b instanceof Map) return sameAttr(Object.fromEntries(a), Object.fromEntries(b));
  if (ArrayBuffer.isView(a) !== ArrayBuffer.isView(b) || Array.isArray(a) !== Array.isArray(b)) return false;
  const [keysA, keysB] = [Object.keys(a), Object.keys(b)];
  if (keysA.length !== keysB.length) return false;
  const other: object = b;
  return Object.entries(a).every(
    ([key, item]) => Object.hasOwn(other, key) && sameAttr(item, (other as Readonly<Record<string, unknown>>)[key]),
  );
}
