/** A placed graph as text: `name = Op(inputs, ^controls) : dtype[shape] @ device`, one node a line. */
import { shapeText, type PartialShape } from '../shape.js';
import type { Endpoint, NodeData } from './graphData.js';

/** The device part of a full name, for people: `CPU:0`. */
export function shortDevice(name: string): string {
  return name.replace(/^.*\/device:/, '');
}

export function inputText({ node, index }: Endpoint): string {
  return index === 0 ? node : `${node}:${index}`;
}

export function printNode(node: NodeData, device: string | undefined, shapes?: readonly PartialShape[]): string {
  const inputs = [...node.inputs.map(inputText), ...node.controls.map((name) => `^${name}`)];
  const outputs = node.outputs.map((dtype, i) => `${dtype}${shapes === undefined ? '' : shapeText(shapes[i] ?? null)}`);
  const at = device === undefined ? '' : ` @ ${shortDevice(device)}`;
  return `${node.name} = ${node.op}(${inputs.join(', ')})${outputs.length === 0 ? '' : ` : ${outputs.join(', ')}`}${at}`;
}

export function printNodes(nodes: Iterable<NodeData>, placement: ReadonlyMap<string, string>, shapes?: ReadonlyMap<string, readonly PartialShape[]>): string {
  return [...nodes].map((node) => `  ${printNode(node, placement.get(node.name), shapes?.get(node.name))}`).join('\n');
}
