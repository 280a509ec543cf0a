/** A session's placement of a call, explained: the pruned graph, the functions that it calls, what goes from device to device. */
import type { BackendReport } from '../../device/registry.js';
import type { CompileDevice } from '../../device/compileDevice.js';
import type { Attrs, FunctionRef } from '../../graph/attrs.js';
import type { Endpoint, NodeData } from '../../graph/graphData.js';
import { functionGraph, type StageGraph } from '../../graph/stageGraph.js';
import type { ArgKnowledge } from '../../graph/typedGraph.js';
import { infer } from '../../optimize/infer.js';
import type { Placement } from '../../place/solve.js';
import type { PartialShape } from '../../shape.js';
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
  return {
    ...explained(graph, { ...placement, placement: where }, args, session, client),
    devices: reports.flatMap(({ backend, devices: found }) => found.map(({ name, info }) => ({
      name, type: info.deviceType, backend: backend.name, description: info.description, memoryLimit: info.memoryLimit, nodes: counts.get(name) ?? 0,
    }))).filter(({ name }) => devices.has(name)),
    absent: reports.flatMap(({ backend, reason }) => (reason === undefined ? [] : [{ backend: backend.name, deviceType: backend.deviceType, reason }])),
    functions: explainFunctions(graph, where, session),
    warnings: pingPongs(graph.nodes, where, client),
  };
}

/** Every function that a graph calls, and those that they call, by breadth: each once per device of its callers. */
function explainFunctions(graph: StageGraph, where: ReadonlyMap<string, string>, session: ExplainSession): FunctionExplanation[] {
  const found = new Map<string, { explanation: FunctionExplanation; callers: Set<string> }>();
  const queue: { readonly graph: StageGraph; readonly where: ReadonlyMap<string, string> }[] = [{ graph, where }];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    for (const node of next.graph.nodes.values()) {
      for (const { name } of functionsOf(node, graph)) {
        const body = graph.library.get(name);
        if (body === undefined) continue;
        const device = next.where.get(node.name) ?? '';
        const key = `${name} ${device}`;
        let entry = found.get(key);
        if (entry === undefined) {
          const inside = functionGraph(body, graph.library);
          const placement = session.placeBody(inside, device);
          const explanation = explained(inside, placement, inside.args.map(() => ({ shape: null })), { ...session, staticShape: () => null }, undefined);
          entry = { explanation: { name, device, callers: [], ...explanation }, callers: new Set() };
          found.set(key, entry);
          queue.push({ graph: inside, where: placement.placement });
        }
        entry.callers.add(node.name);
      }
    }
  }
  return [...found.values()].map(({ explanation, callers }) => ({ ...explanation, callers: [...callers] }));
}

/** The functions that a node calls: by its attributes, or by being named like one. */
function functionsOf(node: NodeData, { library }: StageGraph): readonly FunctionRef[] {
  const refs: FunctionRef[] = library.has(node.op) ? [{ name: node.op, attrs: node.attrs }] : [];
  const attrs: Attrs = node.attrs;
  for (const attr of Object.values(attrs)) {
    if (attr.kind === 'func') refs.push(attr.value);
    else if (attr.kind === 'list' && attr.of === 'func') refs.push(...attr.value);
  }
  return refs;
}

function explained(graph: StageGraph, placement: Placement, args: readonly ArgKnowledge[], session: ExplainSession, client: string | undefined): GraphExplanation {
  const input: Omit<ExplainInput, 'shapeOf' | 'isConstant'> = {
    graph, placement: placement.placement, reasons: placement.reasons, devices: session.devices, client,
  };
  // Loops of TensorFlow 1 are cycles, which inference walks only after they have been raised.
  const isCyclic = [...graph.nodes.values()].some(({ op }) => op.endsWith('NextIteration'));
  const isKnown = [...graph.nodes.values()].every(({ op }) => !graph.library.has(op));
  if (isCyclic || !isKnown) {
    return explainGraph({ ...input, shapeOf: session.staticShape, isConstant: (name) => graph.nodes.get(name)?.op === 'Const' });
  }
  const typed = finish(infer({ ...graph, placement: placement.placement }, args, { fold: session.constantFolding }));
  return explainGraph({
    ...input,
    shapeOf: ({ node, index }) => typed.shapes.get(node)?.[index] ?? null,
    isConstant: (name) => typed.nodes.get(name)?.op === 'Const',
  });
}
