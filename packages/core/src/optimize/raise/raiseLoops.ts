/**
 * Loops: one While for each outermost frame. Per loop variable: Enter → Merge ← NextIteration, Merge → Switch (by LoopCond) → Exit outside
 * and the body inside. Enters that lead to no Merge are invariants: the While hands them through unchanged.
 */
import type { DType } from '../../dtypes.js';
import { InvalidArgumentError } from '../../errors.js';
import type { AttrValue, FunctionRef } from '../../graph/attrs.js';
import { endpointText, type Endpoint, type FunctionData, type NodeData } from '../../graph/graphData.js';
import { topologicalOrder } from '../../graph/stageGraph.js';
import { attrsOf, type PlacedGraph } from '../../graph/typedGraph.js';
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

export function raiseLoops(graph: PlacedGraph): PlacedGraph {
  const outermost = outermostFrames(graph);
  let current = graph;
  for (const [frame, enters] of outermost) current = raiseLoop(current, frame, enters);
  return current;
}

/** Enter nodes by frame, for frames that are entered from no other frame. */
function outermostFrames(graph: PlacedGraph): Map<string, NodeData[]> {
  // A Merge's NextIteration inputs close cycles; without them the graph has an order.
  const acyclic = new Map([...graph.nodes].map(([name, node]) => {
    const inputs = node.op === 'Merge' ? node.inputs.filter((endpoint) => graph.nodes.get(endpoint.node)?.op !== 'NextIteration') : node.inputs;
    return [name, { ...node, inputs }];
  }));
  const frameOf = new Map<string, string>();
  const parentOf = new Map<string, string>();
  const frames = new Map<string, NodeData[]>();
  for (const node of topologicalOrder(acyclic)) {
    const sources = [...node.inputs.map((endpoint) => endpoint.node), ...node.controls];
    let frame = sources.map((name) => frameOf.get(name) ?? '').find((name) => name !== '') ?? '';
    if (node.op === 'Enter') {
      const own = attrsOf(node).string('frame_name');
      parentOf.set(own, frame);
      frame = own;
      frames.set(own, [...(frames.get(own) ?? []), graph.nodes.get(node.name) ?? node]);
    } else if (node.op === 'Exit') frame = parentOf.get(frame) ?? '';
    frameOf.set(node.name, frame);
  }
  return new Map([...frames].filter(([frame]) => (parentOf.get(frame) ?? '') === ''));
}

function raiseLoop(graph: PlacedGraph, frame: string, enters: readonly NodeData[]): PlacedGraph {
  const readers = readersOf(graph);
  const variables = enters.map((enter) => loopVariable(graph, readers, enter));
  const condition = variables.map((variable) => variable.switchNode?.inputs[1]).find((endpoint) => endpoint !== undefined);
  const loopCond = condition === undefined ? undefined : graph.nodes.get(condition.node);
  const predicate = loopCond?.op === 'LoopCond' ? loopCond.inputs[0] : undefined;
  if (predicate === undefined) {
    throw new InvalidArgumentError(`The loop of frame '${frame}' has no LoopCond that its Switch nodes read`, { node: enters[0]?.name, op: 'Enter' });
  }
  const args = variables.map(({ enter, merge, switchNode }) => ({
    dtype: dtypeOf(enter),
    endpoints: [
      { node: enter.name, index: 0 },
      ...(merge === undefined ? [] : [{ node: merge.name, index: 0 }]),
      ...(switchNode === undefined ? [] : [{ node: switchNode.name, index: 1 }, { node: switchNode.name, index: 0 }]),
    ],
  }));
  const name = uniqueName(graph, `${frame.replace(/\/+$/, '')}/While`);
  const cond = cutFunction(graph, { name: `${name}/cond`, args, results: [predicate], effects: loopCond?.controls ?? [] });
  // An invariant's result is its own argument.
  const results = variables.map(({ enter, next }) => next ?? { node: enter.name, index: 0 });
  const effects = [...new Set(variables.flatMap(({ nextControls }) => nextControls))];
  const body = cutFunction(graph, { name: `${name}/body`, args, results, effects });
  const inside = new Set([...cond.nodes.keys(), ...body.nodes.keys(), ...variables.flatMap((variable) => membersOf(variable)), loopCond?.name ?? '']);
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

function membersOf({ enter, merge, switchNode }: LoopVariable): string[] {
  return [enter, merge, switchNode].flatMap((node) => (node === undefined ? [] : [node.name]));
}

/** Readers of each endpoint, by its text. */
export function readersOf(graph: PlacedGraph): Map<string, NodeData[]> {
  const readers = new Map<string, NodeData[]>();
  for (const node of graph.nodes.values()) {
    for (const endpoint of node.inputs) {
      const text = endpointText(endpoint);
      readers.set(text, [...(readers.get(text) ?? []), node]);
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
