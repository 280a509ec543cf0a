/** GraphDefs in all their forms (binary, text, JSON) ⇄ GraphDefData. */
import { InvalidArgumentError } from '../errors.js';
import { attrsFromProto, attrsToProto } from './attrValue.js';
import { decode } from './decode.js';
import { encode } from './encode.js';
import { type FunctionDef, type FunctionDefLibrary, GraphDef, type NodeDef } from './generated/graph.js';
import type { FunctionDefData, GraphDefData, NodeDefData } from './graphDefData.js';
import { fromJson, toJson } from './json.js';
import type { Message } from './schema.js';
import { type ExpansionBudget, expansionBudget } from './tensorProto.js';
import { parseText } from './text/parse.js';
import { printText } from './text/print.js';

function nodeFromProto(proto: NodeDef, what: string, budget: ExpansionBudget): NodeDefData {
  const { name = '', op = '', input = [], device = '' } = proto;
  const { originalNodeNames, originalFuncNames } = proto.experimentalDebugInfo ?? {};
  return {
    name, op, input, device,
    attr: attrsFromProto(proto.attr, `${what}node '${name}' (${op})`, budget),
    ...(originalNodeNames === undefined ? {} : { originalNodeNames }),
    ...(originalFuncNames === undefined ? {} : { originalFuncNames }),
    ...(proto.experimentalType === undefined ? {} : { experimentalType: proto.experimentalType }),
    ...unknownOf(proto),
  };
}

/** What a newer schema may have put there: kept as it is. */
function unknownOf({ unknownFields }: Message): Message {
  return unknownFields === undefined ? {} : { unknownFields };
}

/** Writes a NodeDef message. */
export function nodeToProto(node: NodeDefData): NodeDef {
  const { originalNodeNames, originalFuncNames } = node;
  return {
    name: node.name, op: node.op, input: node.input, device: node.device,
    attr: attrsToProto(node.attr),
    ...(originalNodeNames === undefined && originalFuncNames === undefined ? {} : { experimentalDebugInfo: { originalNodeNames, originalFuncNames } }),
    ...(node.experimentalType === undefined ? {} : { experimentalType: node.experimentalType }),
    ...unknownOf(node),
  };
}

function functionFromProto(proto: FunctionDef, what: string, budget: ExpansionBudget): FunctionDefData {
  const signature = proto.signature ?? {};
  const owner = `${what}function '${signature.name ?? ''}'`;
  return {
    name: signature.name ?? '',
    signature,
    nodes: (proto.nodeDef ?? []).map((node) => nodeFromProto(node, `${owner}, `, budget)),
    ret: proto.ret ?? new Map(),
    controlRet: proto.controlRet ?? new Map(),
    attr: attrsFromProto(proto.attr, owner, budget),
    argAttr: new Map(Array.from(proto.argAttr ?? [], ([index, { attr }]) => [index, attrsFromProto(attr, `${owner}, argument ${index}`, budget)])),
    resourceArgUniqueId: proto.resourceArgUniqueId ?? new Map(),
    ...unknownOf(proto),
  };
}

function functionToProto(data: FunctionDefData): FunctionDef {
  return {
    signature: { ...data.signature, name: data.name },
    nodeDef: data.nodes.map(nodeToProto),
    ret: data.ret,
    controlRet: data.controlRet,
    attr: attrsToProto(data.attr),
    argAttr: new Map(Array.from(data.argAttr, ([index, attrs]) => [index, { attr: attrsToProto(attrs) }])),
    resourceArgUniqueId: data.resourceArgUniqueId,
    ...unknownOf(data),
  };
}

/** The functions and gradients of a library. */
export function libraryFromProto(
  library: FunctionDefLibrary, what?: string, budget: ExpansionBudget = expansionBudget(),
): Pick<GraphDefData, 'functions' | 'gradients'> {
  const prefix = what === undefined ? '' : `${what}: `;
  return {
    functions: (library.function ?? []).map((proto) => functionFromProto(proto, prefix, budget)),
    gradients: (library.gradient ?? []).map(({ functionName = '', gradientFunc = '' }) => ({ functionName, gradientFunc })),
  };
}

/** Reads a GraphDef message. InvalidArgumentError for attributes that make no sense. */
export function graphDefFromProto(proto: GraphDef, what?: string): GraphDefData {
  const budget = expansionBudget();
  const prefix = what === undefined ? '' : `${what}: `;
  const { producer = proto.version ?? 0, minConsumer = 0, badConsumers = [] } = proto.versions ?? {};
  return {
    nodes: (proto.node ?? []).map((node) => nodeFromProto(node, prefix, budget)),
    ...libraryFromProto(proto.library ?? {}, what, budget),
    versions: { producer, minConsumer, badConsumers },
    ...unknownOf(proto),
  };
}

/** Writes a GraphDef message. */
export function graphDefToProto(data: GraphDefData): GraphDef {
  const library = data.functions.length === 0 && data.gradients.length === 0 ? {} : {
    library: { function: data.functions.map(functionToProto), gradient: data.gradients },
  };
  return { node: data.nodes.map(nodeToProto), ...library, versions: data.versions, ...unknownOf(data) };
}

/** Binary GraphDef → data. Tensors' bytes stay views of `bytes` where their alignment allows it. `what` names the file in errors. */
export function decodeGraphDef(bytes: Uint8Array, what?: string): GraphDefData {
  return graphDefFromProto(decode(GraphDef, bytes, what), what);
}

/** Data → binary GraphDef. */
export function encodeGraphDef(data: GraphDefData): Uint8Array {
  return encode(GraphDef, graphDefToProto(data));
}

/** Text GraphDef (.pbtxt) → data. */
export function parseGraphDefText(text: string, what?: string): GraphDefData {
  return graphDefFromProto(parseText(GraphDef, text, what), what);
}

/** Data → text GraphDef. */
export function printGraphDefText(data: GraphDefData): string {
  return printText(GraphDef, graphDefToProto(data));
}

/** GraphDef in proto3's JSON form, as tfjs's model.json has it, → data. Fields that are not known are passed over. */
export function graphDefFromJson(json: unknown, what?: string): GraphDefData {
  if (typeof json !== 'object' || json === null) {
    throw new InvalidArgumentError(`${what === undefined ? '' : `${what}: `}expected a GraphDef object, but ${json === null ? 'null' : typeof json} is given.`);
  }
  return graphDefFromProto(fromJson(GraphDef, json, { what, ignoreUnknown: true }), what);
}

/** Data → proto3's JSON form. */
export function graphDefToJson(data: GraphDefData): Record<string, unknown> {
  return toJson(GraphDef, graphDefToProto(data));
}
