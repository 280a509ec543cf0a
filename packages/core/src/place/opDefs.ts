/** OpDefs of the caller's own ops as core knows signatures. */
import { InvalidArgumentError } from '../errors.js';
import type { ArgDef, AttrDef, OpSignature } from '../ops/opDef.js';
import { attrFromProto } from '../proto/attrValue.js';
import { OpDef, type OpDef_ArgDef, type OpDef_AttrDef } from '../proto/generated/opDef.js';
import { fromJson } from '../proto/json.js';
import { dtypeFromProto } from '../proto/shapeProto.js';

/** Signatures by op type, of messages or their JSON form. InvalidArgumentError for what is no OpDef. */
export function readOpDefs(given: readonly object[]): ReadonlyMap<string, OpSignature> {
  return new Map(given.map((json, at) => {
    const def = fromJson(OpDef, json, { what: `opDefs[${at}]`, ignoreUnknown: true });
    if (def.name === undefined || def.name === '') throw new InvalidArgumentError(`opDefs[${at}]: no name. Expected an OpDef, with the op type as its name.`);
    return [def.name, signatureOf(def)];
  }));
}

/** An OpDef as core knows signatures. */
function signatureOf(def: OpDef): OpSignature {
  const type = def.name ?? '';
  return {
    type,
    inputs: (def.inputArg ?? []).map((arg) => argOf(type, arg)),
    outputs: (def.outputArg ?? []).map((arg) => argOf(type, arg)),
    attrs: (def.attr ?? []).flatMap((attr) => attrOf(type, attr)),
    isStateful: def.isStateful ?? false,
    isCommutative: def.isCommutative ?? false,
    isAggregate: def.isAggregate ?? false,
    allowsUninitializedInput: def.allowsUninitializedInput ?? false,
  };
}

function argOf(op: string, arg: OpDef_ArgDef): ArgDef {
  const name = arg.name ?? '';
  const type = arg.type === undefined || arg.type === 'DT_INVALID' ? undefined : arg.type;
  const spelledRef = typeof type === 'string' ? type.endsWith('_REF') : type !== undefined && type > 100;
  return {
    name,
    isRef: arg.isRef === true || spelledRef,
    ...(type === undefined ? {} : { dtype: dtypeFromProto(type, `OpDef ${op}, argument '${name}'`) }),
    ...(nonEmpty(arg.typeAttr) ? { typeAttr: arg.typeAttr } : {}),
    ...(nonEmpty(arg.numberAttr) ? { numberAttr: arg.numberAttr } : {}),
    ...(nonEmpty(arg.typeListAttr) ? { typeListAttr: arg.typeListAttr } : {}),
  };
}

function nonEmpty(text: string | undefined): text is string {
  return text !== undefined && text !== '';
}

const attrKinds: ReadonlySet<string> = new Set<AttrDef['kind']>(['string', 'int', 'float', 'bool', 'type', 'shape', 'tensor', 'func']);

/** An attribute's definition; none for a kind that does not exist. */
function attrOf(op: string, attr: OpDef_AttrDef): AttrDef[] {
  const name = attr.name ?? '';
  const list = /^list\((\w+)\)$/.exec(attr.type ?? '');
  const kind = list?.[1] ?? attr.type ?? '';
  if (!isKind(kind))
    throw new InvalidArgumentError(
      `OpDef ${op}: attribute '${name}' is of type '${attr.type ?? ''}'. Expected one of: ${[...attrKinds].join(', ')}, or a list(…) of them.`,
    );
  const fallback = attr.defaultValue === undefined ? undefined : attrFromProto(attr.defaultValue, `OpDef ${op}, attribute '${name}'`);
  return [{ name, kind, isList: list !== null, ...(fallback === undefined ? {} : { default: fallback }) }];
}

function isKind(text: string): text is AttrDef['kind'] {
  return attrKinds.has(text);
}
