/** The function library of an imported GraphDef. */
import { NotFoundError, ValueError } from '../errors.js';
import type { OpDefinition } from '../ops/opDef.js';
import { allOpDefinitions, opDefinition } from '../ops/registry.js';
import type { FunctionDefData, GraphDefData } from '../proto/graphDefData.js';
import { sameAttr } from './checkAttrs.js';
import { functionData, functionDefinition, type FindDefinition } from './functionDefs.js';
import type { Graph } from './graph.js';
import { didYouMean } from './names.js';

/** Adds the functions that the graph does not have yet. Returns how to find the definition of an op or function. */
export function importFunctions(graph: Graph, data: GraphDefData): FindDefinition {
  const added = new Map<string, FunctionDefData>();
  for (const def of data.functions) {
    const known = graph.functionDefs.get(def.name) ?? added.get(def.name);
    if (known !== undefined && !sameFunction(known, def)) {
      throw new ValueError(`Cannot add function '${def.name}' because a different function with the same name already exists.`);
    }
    if (known === undefined) added.set(def.name, def);
  }
  const callables = new Map<string, OpDefinition>();
  for (const def of [...graph.functionDefs.values(), ...added.values()]) callables.set(def.name, functionDefinition(def));
  const find: FindDefinition = (op, node) => {
    const definition = opDefinition(op) ?? callables.get(op);
    if (definition === undefined) throw unknownOp(op, node, data);
    return definition;
  };
  // All bodies are read before the first one is added: a mistake adds nothing.
  const bodies = [...added.values()].map((def) => functionData(def, find));
  for (const body of bodies) graph.addFunction(body, added.get(body.name)!);
  return find;
}

function unknownOp(op: string, node: string, data: GraphDefData): NotFoundError {
  const functions = new Set(data.functions.map((def) => def.name));
  const others = new Set<string>();
  for (const nodes of [data.nodes, ...data.functions.map((def) => def.nodes)]) {
    for (const other of nodes)
      if (other.op !== op && opDefinition(other.op) === undefined && !functions.has(other.op)) others.add(other.op);
  }
  const more = others.size === 0 ? '' : ` Ops of this graph that are not registered either: ${list([...others].sort())}.`;
  const near = didYouMean(
    op,
    allOpDefinitions().map((definition) => definition.type),
  );
  return new NotFoundError(
    `Op type not registered '${op}' in binary running on this host (node '${node}'). Make sure the Op and Kernel are registered in ` +
      `the binary running in this process.${near}${more}`,
    { node, op },
  );
}

function list(names: readonly string[]): string {
  const most = 20;
  return names.length <= most ? names.join(', ') : `${names.slice(0, most).join(', ')} and ${names.length - most} more`;
}

function sameFunction(a: FunctionDefData, b: FunctionDefData): boolean {
  const plain = ({ signature, nodes, ret, controlRet }: FunctionDefData): unknown => ({
    signature,
    nodes,
    ret: Object.fromEntries(ret),
    controlRet: Object.fromEntries(controlRet),
  });
  return a === b || sameAttr(plain(a), plain(b));
}
