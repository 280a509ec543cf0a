/** Common subexpressions: of two nodes with the same op, attributes, inputs and device, the second reads as the first. */
import { hasBytes } from '../dtypes.js';
import type { AttrValue } from '../graph/attrs.js';
import { endpointText, type Endpoint, type NodeData } from '../graph/graphData.js';
import type { HostTensor } from '../hostTensor.js';
import { opDefinition } from '../ops/registry.js';
import type { TypedGraph } from '../graph/typedGraph.js';
import type { Stage } from '../stage.js';

export function* shareNodes(graph: TypedGraph): Stage<TypedGraph> {
  const replaced = new Map<string, string>();
  const first = new Map<string, string>();
  const tensors = new Map<HostTensor, number>();
  const targets = new Set(graph.targets);
  const resolve = (endpoint: Endpoint): Endpoint => {
    const name = replaced.get(endpoint.node);
    return name === undefined ? endpoint : { node: name, index: endpoint.index };
  };
  const nodes = new Map<string, NodeData>();
  for (const node of graph.nodes.values()) {
    yield;
    const inputs = node.inputs.map(resolve);
    const controls = node.controls.map((name) => replaced.get(name) ?? name);
    if (opDefinition(node.op)?.isStateful === false && controls.length === 0 && !targets.has(node.name) && node.op !== '_Arg') {
      const key = [node.op, graph.placement.get(node.name), ...inputs.map(endpointText), attrsKey(node, tensors)].join('\u0000');
      const same = first.get(key);
      if (same !== undefined) {
        replaced.set(node.name, same);
        continue;
      }
      first.set(key, node.name);
    }
    nodes.set(node.name, { ...node, inputs, controls });
  }
  return { ...graph, nodes, results: graph.results.map(resolve) };
}

/** Text of the attributes that is equal only if they are; tensors are told apart by value when small, by identity when large. */
function attrsKey(node: NodeData, tensors: Map<HostTensor, number>): string {
  const tensorKey = (tensor: HostTensor): string => {
    if (tensor.size <= 16 && hasBytes(tensor.dtype)) return `${tensor.dtype}${String(tensor.shape)}:${tensor.bytes().join(',')}`;
    const known = tensors.get(tensor) ?? tensors.size;
    tensors.set(tensor, known);
    return `#${known}`;
  };
  const valueKey = (attr: AttrValue): string => {
    if (attr.kind === 'tensor') return tensorKey(attr.value);
    if (attr.kind === 'list') return attr.of === 'tensor' ? attr.value.map(tensorKey).join(';') : `${attr.of}[${JSON.stringify(attr.value, plain)}]`;
    return `${attr.kind}=${JSON.stringify(attr.value, plain)}`;
  };
  return Object.keys(node.attrs)
    .filter((name) => !name.startsWith('_'))
    .sort()
    .map((name) => {
      const attr = node.attrs[name];
      return attr === undefined ? '' : `${name}:${valueKey(attr)}`;
    })
    .join('|');
}

/** JSON of bigints and of the numbers that JSON has no spelling for. */
function plain(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0))) return Object.is(value, -0) ? '-0' : String(value);
  return value;
}
