/** A session's placement of a call, explained: the pruned graph, the functions that it calls, what goes from device to device. */
import type { BackendReport } from '../../device/registry.js';
import type { CompileDevice } from '../../device/compileDevice.js';
import type { Endpoint, NodeData } from '../../graph/graphData.js';
import { functionGraph, type StageGraph } from '../../graph/stageGraph.js';
import { constantAt, type ArgKnowledge } from '../../graph/typedGraph.js';
import { decidesByFirst } from '../../ops/controlFlowOps.js';
import { infer } from '../../optimize/infer.js';
import type { Placement } from '../../place/solve.js';
import { shapeText, type PartialShape } from '../../shape.js';
import { finish } from '../../stage.js';
import type { FunctionExplanation, GraphExplanation, PlacementExplanation } from './explanation.js';
import { explainGraph, type ExplainInput } from './explainPlacement.js';
import { pingPongs } from './pingPong.js';

/** What the session knows and does. */
export interface ExplainSession {
  readonly reports: readonly BackendReport[];
  readonly devices: ReadonlyMap<string, CompileDevice>;
  readonly client: string;
  readonly constantFolding: boolean;
  /** Places a function's body; nodes that may go anywhere go to `device`. */
  readonly placeBody: (body: StageGraph, device: string) => Placement;
  /** The shape of a tensor of the client's graph, for graphs with loops in which shapes cannot be inferred in one walk. */
  readonly staticShape: (endpoint: Endpoint) => PartialShape;
}

export function explainSession(graph: StageGraph, placement: Placement, args: readonly ArgKnowledge[], session: ExplainSession): PlacementExplanation {
  const { devices, reports, client } = session;
  const counts = new Map<string, number>();
  const where = new Map(placement.placement);
  for (const arg of graph.args) where.set(arg, client);
  for (const name of graph.nodes.keys()) {
    const device = where.get(name) ?? '';
    counts.set(device, (counts.get(device) ?? 0) + 1);
  }
  const { explanation, shapeOf } = explained(graph, { ...placement, placement: where }, args, session, client);
  return {
    ...explanation,
    devices: reports.flatMap(({ backend, devices: found }) => found.map(({ name, info }) => ({
      name, type: info.deviceType, backend: backend.name, description: info.description, memoryLimit: info.memoryLimit, nodes: counts.get(name) ?? 0,
    }))).filter(({ name }) => devices.has(name)),
    absent: reports.flatMap(({ backend, reason }) => (reason === undefined ? [] : [{ backend: backend.name, deviceType: backend.deviceType, reason }])),
    functions: explainFunctions({ graph, where, shapeOf }, session),
    warnings: pingPongs(graph.nodes, where, client),
  };
}

/** A graph as its callees see it. */
interface CallingGraph {
  readonly graph: StageGraph;
  readonly where: ReadonlyMap<string, string>;
  readonly shapeOf: (endpoint: Endpoint) => PartialShape;
}

/** Every function that a graph calls, and those that they call, by breadth: each once per device of its callers, for the shapes that they agree on. */
function explainFunctions(main: CallingGraph, session: ExplainSession): FunctionExplanation[] {
  const found = new Map<string, { explanation: FunctionExplanation; args: readonly PartialShape[]; readonly callers: Set<string> }>();
  const queue: CallingGraph[] = [main];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const { graph, where } = next;
    for (const node of graph.nodes.values()) {
      for (const { name, isCondition } of functionsOf(node, graph)) {
        const body = graph.library.get(name);
        if (body === undefined) continue;
        const device = where.get(node.name) ?? '';
        const key = `${name} ${device}${isCondition ? ' decides' : ''}`;
        const given = argShapes(node, next);
        const known = found.get(key);
        const args = known === undefined ? given : known.args.map((shape, i) => common(shape, given[i] ?? null));
        known?.callers.add(node.name);
        if (known?.args.every((shape, i) => shapeText(shape) === shapeText(args[i] ?? null)) === true) continue;
        const inside = functionGraph(body, graph.library);
        const placement = session.placeBody(inside, device);
        const { explanation, shapeOf } = explained(inside, placement, inside.args.map((_, i) => ({ shape: args[i] ?? null })), { ...session, staticShape: () => null }, undefined, isCondition);
        found.set(key, { explanation: { name, device, callers: [], ...explanation }, args, callers: known?.callers ?? new Set([node.name]) });
        queue.push({ graph: inside, where: placement.placement, shapeOf });
      }
    }
  }
  return [...found.values()].map(({ explanation, callers }) => ({ ...explanation, callers: [...callers] }));
}

/** What a function is called with. A loop's variables have the shapes that they keep. */
function argShapes(node: NodeData, { shapeOf }: CallingGraph): readonly PartialShape[] {
  const inputs = (decidesByFirst(node.op) ? node.inputs.slice(1) : node.inputs).map(shapeOf);
  return isWhile(node.op) ? inputs.map((shape, index) => common(shape, shapeOf({ node: node.name, index }))) : inputs;
}

function isWhile(op: string): boolean {
  return /^(Stateless)?While$/.test(op);
}

/** The shape that both are. */
function common(a: PartialShape, b: PartialShape): PartialShape {
  return a === null || b === null || a.length !== b.length ? null : a.map((dim, i) => (dim === b[i] ? dim : null));
}

/** The functions that a node calls: by its attributes, or by being named like one. */
function functionsOf(node: NodeData, { library }: StageGraph): readonly { readonly name: string; readonly isCondition: boolean }[] {
  const called = library.has(node.op) ? [{ name: node.op, isCondition: false }] : [];
  for (const [key, attr] of Object.entries(node.attrs)) {
    const refs = attr.kind === 'func' ? [attr.value] : attr.kind === 'list' && attr.of === 'func' ? attr.value : [];
    called.push(...refs.map(({ name }) => ({ name, isCondition: isWhile(node.op) && key === 'cond' })));
  }
  return called;
}

/** The explanation of one graph, and the shapes that it is made by. */
function explained(
  graph: StageGraph, placement: Placement, args: readonly ArgKnowledge[], session: ExplainSession, client: string | undefined, isCondition = false,
): { readonly explanation: GraphExplanation; readonly shapeOf: CallingGraph['shapeOf'] } {
  const input: Omit<ExplainInput, 'shapeOf' | 'constantOf'> = {
    graph, placement: placement.placement, reasons: placement.reasons, devices: session.devices, client, isCondition,
  };
  // Loops of TensorFlow 1 are cycles, which inference walks only after they have been raised.
  const isCyclic = [...graph.nodes.values()].some(({ op }) => op.endsWith('NextIteration'));
  const isKnown = [...graph.nodes.values()].every(({ op }) => !graph.library.has(op));
  if (isCyclic || !isKnown) {
    const shapeOf = (endpoint: Endpoint): PartialShape => {
      const arg = graph.args.indexOf(endpoint.node);
      return arg < 0 ? session.staticShape(endpoint) : (args[arg]?.shape ?? null);
    };
    return { explanation: explainGraph({ ...input, shapeOf, constantOf: (endpoint) => constantAt(graph.nodes, endpoint) }), shapeOf };
  }
  const typed = finish(infer({ ...graph, placement: placement.placement }, args, { fold: session.constantFolding }));
  const shapeOf = ({ node, index }: Endpoint): PartialShape => typed.shapes.get(node)?.[index] ?? null;
  return { explanation: explainGraph({ ...input, shapeOf, constantOf: (endpoint) => constantAt(typed.nodes, endpoint) }), shapeOf };
}
