/**
 * References become handles: TensorFlow 1's `ref` variables are the session's variables like those behind resource handles, and a reference
 * edge is the handle plus the order. What reads a reference by value gets a read of its own, made when that node would run: after everything
 * the node waits for and after the assignment whose reference it was given. So `Assign` and what follows it see each other as the edges say.
 *
 * Reads of variables whose shape was declared get that shape, so that what follows can be planned.
 */
import type { Attrs } from '../graph/attrs.js';
import { endpointText, type Endpoint, type NodeData } from '../graph/graphData.js';
import { readName } from '../graph/readNames.js';
import { topologicalOrder, withoutBackEdges } from '../graph/stageGraph.js';
import type { PlacedGraph } from '../graph/typedGraph.js';
import { isFullyKnown } from '../shape.js';
import type { Stage } from '../stage.js';

const variables: ReadonlySet<string> = new Set(['Variable', 'VariableV2']);

/** Ops that write through a reference (input 0) and give it on, as the ops that do so through a handle. */
const updates: ReadonlyMap<string, string> = new Map([
  ['Assign', 'AssignVariableOp'], ['AssignAdd', 'AssignAddVariableOp'], ['AssignSub', 'AssignSubVariableOp'],
  ['ScatterUpdate', 'ResourceScatterUpdate'], ['ScatterAdd', 'ResourceScatterAdd'], ['ScatterSub', 'ResourceScatterSub'],
  ['ScatterMul', 'ResourceScatterMul'], ['ScatterDiv', 'ResourceScatterDiv'], ['ScatterMin', 'ResourceScatterMin'],
  ['ScatterMax', 'ResourceScatterMax'], ['ScatterNdUpdate', 'ResourceScatterNdUpdate'], ['ScatterNdAdd', 'ResourceScatterNdAdd'],
  ['ScatterNdSub', 'ResourceScatterNdSub'], ['ScatterNdMax', 'ResourceScatterNdMax'], ['ScatterNdMin', 'ResourceScatterNdMin'],
  ['StridedSliceAssign', 'ResourceStridedSliceAssign'],
]);

/** Ops that ask a reference something and give a value. */
const questions: ReadonlyMap<string, string> = new Map([['IsVariableInitialized', 'VarIsInitializedOp'], ['CountUpTo', 'ResourceCountUpTo']]);

/** Control flow of references is that of their handles. */
const steering: ReadonlyMap<string, string> = new Map([
  ['RefSwitch', 'Switch'], ['RefMerge', 'Merge'], ['RefEnter', 'Enter'], ['RefExit', 'Exit'], ['RefNextIteration', 'NextIteration'],
]);

/** The op that does through a handle what `op` does through a reference (its first input); undefined where references are not what it is about. */
export function handleOp(op: string): string | undefined {
  return updates.get(op) ?? questions.get(op) ?? steering.get(op);
}

/** What a reference is: whose handle, and which nodes come before it. */
interface Reference {
  readonly handle: Endpoint;
  readonly variable: NodeData;
  readonly after: readonly string[];
}

export function* dereference(graph: PlacedGraph): Stage<PlacedGraph> {
  const all = [...graph.nodes.values()];
  if (!all.some(({ op }) => variables.has(op) || op === 'VarHandleOp')) return graph;
  const nodes = new Map<string, NodeData>();
  const placement = new Map(graph.placement);
  const references = new Map<string, Reference>();
  const reshaped = reshapedVariables(graph.nodes);
  const add = (node: NodeData, device: string | undefined): void => {
    nodes.set(node.name, node);
    if (device !== undefined) placement.set(node.name, device);
  };
  /** The value behind a reference, read for `reader`. */
  const read = (reader: string, controls: readonly string[], { handle, variable, after }: Reference): Endpoint => {
    add({
      name: reader, op: 'ReadVariableOp', inputs: [handle], controls: [...new Set([...controls, ...after])], device: '',
      attrs: { dtype: { kind: 'type', value: declaredType(variable) }, ...(reshaped.has(variable.name) ? {} : shapeAttr(variable)) }, outputs: [declaredType(variable)],
    }, graph.placement.get(variable.name));
    return { node: reader, index: 0 };
  };
  for (const { name: current } of topologicalOrder(withoutBackEdges(graph.nodes))) {
    yield;
    const node = graph.nodes.get(current);
    if (node === undefined) continue;
    const values = (from: number): Endpoint[] => node.inputs.slice(from).map((endpoint, i) => {
      const reference = references.get(endpointText(endpoint));
      return reference === undefined ? endpoint : read(readName(node.name, from + i), node.controls, reference);
    });
    const first = node.inputs[0];
    const reference = first === undefined ? undefined : references.get(endpointText(first));
    const update = updates.get(node.op);
    const question = questions.get(node.op);
    const steered = steering.get(node.op);
    if (variables.has(node.op)) {
      references.set(`${node.name}:0`, { handle: { node: node.name, index: 0 }, variable: node, after: [] });
      add({ ...node, op: 'VarHandleOp', attrs: { ...node.attrs, _ref: { kind: 'bool', value: true } }, outputs: ['resource'] }, undefined);
    } else if (reference !== undefined && node.op === 'RefIdentity') {
      references.set(`${node.name}:0`, { ...reference, after: [...reference.after, node.name] });
      add({ ...node, op: 'NoOp', inputs: [], controls: [...new Set([...node.controls, ...reference.after, reference.variable.name])], attrs: {}, outputs: [] }, undefined);
    } else if (reference !== undefined && steered !== undefined) {
      add(steeredHandle(node, steered, references, reference), undefined);
    } else if (reference !== undefined && update !== undefined) {
      references.set(`${node.name}:0`, { ...reference, after: [node.name] });
      add({
        ...node, op: update, inputs: [reference.handle, ...values(1)], controls: [...new Set([...node.controls, ...reference.after])],
        attrs: { ...node.attrs, dtype: { kind: 'type', value: declaredType(reference.variable) } }, outputs: [],
      }, undefined);
    } else if (reference !== undefined && question !== undefined) {
      add({ ...node, op: question, inputs: [reference.handle], controls: [...new Set([...node.controls, ...reference.after])] }, undefined);
    } else if (node.op === 'ReadVariableOp' && first !== undefined) {
      const variable = graph.nodes.get(first.node);
      add(variable?.op === 'VarHandleOp' ? { ...node, attrs: { ...node.attrs, ...shapeAttr(variable) } } : node, undefined);
    } else if (node.inputs.some((endpoint) => references.has(endpointText(endpoint)))) {
      add({ ...node, inputs: values(0) }, undefined);
    } else add(node, undefined);
  }
  const results = graph.results.map((endpoint, index) => {
    const reference = references.get(endpointText(endpoint));
    return reference === undefined ? endpoint : read(`_retval_${endpoint.node}_${endpoint.index}_${index}`, [], reference);
  });
  return { ...graph, nodes, placement, results };
}

/** The node with handles for references, which its outputs then are too. Of a loop's Merge, the way back is still unknown: a handle as well. */
function steeredHandle(node: NodeData, op: string, references: Map<string, Reference>, reference: Reference): NodeData {
  const handles = node.inputs.map((endpoint, i) => (op === 'Switch' && i === 1 ? endpoint : (references.get(endpointText(endpoint))?.handle ?? endpoint)));
  const after = node.inputs.flatMap((endpoint) => references.get(endpointText(endpoint))?.after ?? []);
  const count = op === 'Switch' ? 2 : 1;
  const outputs = node.outputs.map((dtype, index) => (index < count ? 'resource' : dtype));
  for (let index = 0; index < count; index++) references.set(`${node.name}:${index}`, { ...reference, handle: { node: node.name, index }, after: [] });
  return { ...node, op, inputs: handles, controls: [...new Set([...node.controls, ...after])], attrs: { ...node.attrs, T: { kind: 'type', value: 'resource' } }, outputs };
}

function declaredType(variable: NodeData): NodeData['outputs'][number] {
  const attr = variable.attrs['dtype'];
  return attr?.kind === 'type' ? attr.value : 'float32';
}

/** Variables that an assignment of this graph may give another shape: their declared shape promises nothing. */
function reshapedVariables(nodes: ReadonlyMap<string, NodeData>): ReadonlySet<string> {
  const found = new Set<string>();
  for (const node of nodes.values()) {
    const validates = node.attrs['validate_shape'];
    if (node.op !== 'Assign' || validates?.kind !== 'bool' || validates.value) continue;
    let at: NodeData | undefined = node;
    while (at !== undefined && !variables.has(at.op)) at = nodes.get(at.inputs[0]?.node ?? '');
    if (at !== undefined) found.add(at.name);
  }
  return found;
}

/** The declared shape, where it says everything. An empty one of a `Variable` means that it is not known. */
function shapeAttr({ op, attrs }: NodeData): Attrs {
  const shape = attrs['shape'];
  if (shape?.kind !== 'shape' || !isFullyKnown(shape.value) || (op === 'Variable' && shape.value.length === 0)) return {};
  return { _shape: shape };
}
