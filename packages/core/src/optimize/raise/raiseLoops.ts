/**
 * Loops: one While for each outermost frame of the usual form. Per loop variable: Enter → Merge ← NextIteration, Merge → Switch (by LoopCond)
 * → Exit outside and the body inside. Enters that lead to no Merge are invariants: the While hands them through unchanged. Frames of another
 * form are left as they are.
 */
import type { DType } from '../../dtypes.js';
import type { AttrValue, FunctionRef } from '../../graph/attrs.js';
import { endpointText, type Endpoint, type FunctionData, type NodeData } from '../../graph/graphData.js';
import { staticFrames, type StaticFrame } from '../../graph/staticFrames.js';
import type { PlacedGraph } from '../../graph/typedGraph.js';
import type { Stage } from '../../stage.js';
import { cutFunction } from './bodyFunction.js';

/** A loop variable, or an invariant (no merge). */
interface LoopVariable {
  readonly enter: NodeData;
  readonly merge?: NodeData | undefined;
  readonly switchNode?: NodeData | undefined;
  /** What the next iteration starts from. */
  readonly next?: Endpoint | undefined;
  /** What the next iteration waits for beside it. */
  readonly nextControls: readonly string[];
  readonly exits: readonly NodeData[];
}

export function* raiseLoops(graph: PlacedGraph): Stage<PlacedGraph> {
  let current = graph;
  for (const [name, frame] of staticFrames(graph.nodes, true)) {
    yield;
    if (frame.parent === '') current = raiseLoop(current, name, frame) ?? current;
  }
  return current;
}

/** Undefined for a frame that is no plain loop. */
function raiseLoop(graph: PlacedGraph, frame: string, { enters, exits }: StaticFrame): PlacedGraph | undefined {
  const readers = readersOf(graph);
  const variables = enters.map((enter) => loopVariable(graph, readers, enter));
  const condition = variables.map((variable) => variable.switchNode?.inputs[1]).find((endpoint) => endpoint !== undefined);
  const loopCond = condition === undefined ? undefined : graph.nodes.get(condition.node);
  const predicate = loopCond?.op === 'LoopCond' ? loopCond.inputs[0] : undefined;
  if (loopCond === undefined || predicate === undefined) return undefined;
  if (!variables.every((variable) => isPlain(graph, readers, variable, loopCond))) return undefined;
  // A value that leaves by another way than a Switch of a loop variable.
  if (variables.reduce((count, variable) => count + variable.exits.length, 0) !== exits.length) return undefined;
  const args = variables.map(({ enter, merge, switchNode }) => ({
    dtype: dtypeOf(enter),
    endpoints: [
      { node: enter.name, index: 0 },
      ...(merge === undefined ? [] : [{ node: merge.name, index: 0 }]),
      ...(switchNode === undefined ? [] : [{ node: switchNode.name, index: 1 }, { node: switchNode.name, index: 0 }]),
    ],
  }));
  const name = uniqueName(graph, `${frame.replace(/\/+$/, '')}/While`);
  const cond = cutFunction(graph, { name: `${name}/cond`, args, results: [predicate], effects: loopCond.controls });
  // An invariant's result is its own argument.
  const results = variables.map(({ enter, next }) => next ?? { node: enter.name, index: 0 });
  const effects = [...new Set(variables.flatMap(({ nextControls }) => nextControls))];
  const body = cutFunction(graph, { name: `${name}/body`, args, results, effects });
  // Something in the loop looks at its test by itself.
  if ([cond, body].some(({ nodes }) => nodes.has(loopCond.name))) return undefined;
  const inside = new Set([...cond.nodes.keys(), ...body.nodes.keys(), ...variables.flatMap((variable) => membersOf(variable)), loopCond.name]);
  const nodes = new Map(graph.nodes);
  const placement = new Map(graph.placement);
  const device = graph.placement.get(enters[0]?.name ?? '') ?? '';
  nodes.set(name, {
    name, op: 'While', device: '', inputs: enters.map((enter) => enter.inputs[0] ?? { node: enter.name, index: 0 }),
    controls: [...new Set(enters.flatMap((enter) => enter.controls))].filter((control) => !inside.has(control)),
    outputs: args.map(({ dtype }) => dtype), attrs: whileAttrs(args.map(({ dtype }) => dtype), cond, body),
  });
  placement.set(name, device);
  variables.forEach(({ exits }, index) => {
    for (const exit of exits) nodes.set(exit.name, { ...exit, op: 'Identity', inputs: [{ node: name, index }], controls: exit.controls.filter((control) => !inside.has(control)) });
  });
  const library = new Map(graph.library).set(cond.name, cond).set(body.name, body);
  return { ...graph, nodes, placement, library };
}

function loopVariable(graph: PlacedGraph, readers: ReadonlyMap<string, readonly NodeData[]>, enter: NodeData): LoopVariable {
  const merge = (readers.get(`${enter.name}:0`) ?? []).find((node) => node.op === 'Merge');
  if (merge === undefined) return { enter, nextControls: [], exits: [] };
  const back = merge.inputs.map((endpoint) => graph.nodes.get(endpoint.node)).find((node) => node?.op === 'NextIteration');
  const switchNode = (readers.get(`${merge.name}:0`) ?? []).find((node) => node.op === 'Switch' && graph.nodes.get(node.inputs[1]?.node ?? '')?.op === 'LoopCond');
  const exits = switchNode === undefined ? [] : (readers.get(`${switchNode.name}:0`) ?? []).filter((node) => node.op === 'Exit');
  return { enter, merge, switchNode, next: back?.inputs[0], nextControls: back?.controls ?? [], exits };
}

/** Whether a variable goes round as every loop variable does; an invariant does. */
function isPlain(graph: PlacedGraph, readers: ReadonlyMap<string, readonly NodeData[]>, { enter, merge, switchNode, next }: LoopVariable, loopCond: NodeData): boolean {
  if (merge === undefined) return true;
  if (switchNode === undefined || next === undefined || switchNode.inputs[1]?.node !== loopCond.name) return false;
  if (merge.inputs.length !== 2 || merge.controls.length > 0 || !merge.inputs.some((endpoint) => endpoint.node === enter.name)) return false;
  // The number of the input that came, or the last value before it is outside, are no values of a While.
  const isRead = (node: string, index: number, but: (reader: NodeData) => boolean): boolean =>
    (readers.get(endpointText({ node, index })) ?? []).some((reader) => !but(reader)) || graph.results.some((result) => result.node === node && result.index === index);
  return !isRead(merge.name, 1, () => false) && !isRead(switchNode.name, 0, (reader) => reader.op === 'Exit');
}

function membersOf({ enter, merge, switchNode }: LoopVariable): string[] {
  return [enter, merge, switchNode].flatMap((node) => (node === undefined ? [] : [node.name]));
}

/** Readers of each endpoint, by its text. */
export function readersOf(graph: PlacedGraph): Map<string, NodeData[]> {
  const readers = new Map<string, NodeData[]>();
  for (const node of graph.nodes.values()) {
    for (const endpoint of node.inputs) {
      const text = endpointText(endpoint);
      const known = readers.get(text);
      if (known === undefined) readers.set(text, [node]);
      else known.push(node);
    }
  }
  return readers;
}

export function uniqueName(graph: PlacedGraph, wish: string): string {
  let name = wish;
  for (let i = 1; graph.nodes.has(name) || graph.library.has(`${name}/body`); i++) name = `${wish}_${i}`;
  return name;
}

function dtypeOf(node: NodeData): DType {
  return node.outputs[0] ?? 'float32';
}

function whileAttrs(dtypes: readonly DType[], cond: FunctionData, body: FunctionData): Record<string, AttrValue> {
  return {
    T: { kind: 'list', of: 'type', value: dtypes }, cond: functionAttr(cond), body: functionAttr(body),
    // A loop variable may change its shape: nothing is promised of what comes out.
    output_shapes: { kind: 'list', of: 'shape', value: dtypes.map(() => null) }, parallel_iterations: { kind: 'int', value: 10 },
  };
}

export function functionAttr(fn: FunctionData): AttrValue {
  const value: FunctionRef = { name: fn.name, attrs: {} };
  return { kind: 'func', value };
}
