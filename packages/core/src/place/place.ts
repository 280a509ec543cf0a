/**
 * The placer, for graphs of the compile stages: puts every node on a device by TensorFlow's rules and says why. A pure function over plain
 * data; what a device can do, it is told by the devices.
 */
import { NotFoundError } from '../errors.js';
import { AttrReader } from '../graph/attrs.js';
import type { GraphData, NodeData } from '../graph/graphData.js';
import { didYouMean } from '../graph/names.js';
import type { HostTensor } from '../hostTensor.js';
import type { SupportQuery } from '../kernels/kernel.js';
import type { OpSignature } from '../ops/opDef.js';
import type { Stage } from '../stage.js';
import { DeclaredTypes, ownSignatures } from './declaredTypes.js';
import { DeviceSet, type NamedDevice } from './deviceSet.js';
import { PlacementLog } from './log.js';
import { PlacerGraph, type PlacerContext } from './placerGraph.js';
import { placementOptions, solve, type CommonOptions, type Placement } from './solve.js';
import type { DeviceSupport } from './support.js';

/** A device as the placer needs it. */
export interface PlacerDevice extends NamedDevice {
  supports(query: SupportQuery): DeviceSupport;
  /** A line per kernel of an op, for error texts: `  device='GPU'; T in [DT_FLOAT]`. */
  kernelLines?(op: string): readonly string[];
}

export interface PlaceContext extends CommonOptions {
  /** In the order of the session's device set. */
  readonly devices: readonly PlacerDevice[];
  /** The op registry. An op that it does not have must be a function of the graph's library. */
  readonly opSignatures: (op: string) => OpSignature | undefined;
  /** Where an earlier placement put nodes: they stay there. */
  readonly assigned?: ReadonlyMap<string, string> | undefined;
}

/**
 * Places every node of the graph. Throws the errors of TensorFlow's placer, with its texts: InvalidArgumentError for requests that cannot
 * be met, FailedPreconditionError for no devices, InternalError for earlier placements that do not fit.
 */
export function* place(graph: GraphData, context: PlaceContext): Stage<Placement> {
  const devices = new DeviceSet(context.devices);
  const signature = (op: string): OpSignature | undefined => context.opSignatures(op) ?? ownSignatures.get(op);
  for (const node of graph.nodes.values()) {
    if (signature(node.op) === undefined && !graph.library.has(node.op)) throw unknownOp(node, graph.library.keys());
  }
  const types = new DeclaredTypes(signature, (node) => graph.library.get(node.op));
  const placerContext: PlacerContext = {
    signature,
    instantiate: (name) => graph.library.get(name),
    inputTypes: (node) => types.inputs(node),
    outputTypes: (node) => types.outputs(node),
    attrsOf: (node) => node.attrs,
    libraryText: () => `[${[...graph.library.keys()].join(', ')}]`,
  };
  yield;
  const constants = constantsOf(graph);
  const placerGraph = new PlacerGraph(graph.nodes.values());
  yield;
  const { nodes, reasons, entries } = yield* solve(
    {
      graph: placerGraph,
      context: placerContext,
      devices,
      options: placementOptions(context, devices),
      log: new PlacementLog(context.logDevicePlacement ?? false),
      answers(node): readonly DeviceSupport[] {
        const query: SupportQuery = {
          op: node.op,
          attrs: new AttrReader(node.attrs, `${node.op} '${node.name}'`),
          inputDtypes: types.inputs(node).map(({ dtype }, i) => dtype ?? sourceDtype(graph, node, i)),
          outputDtypes: node.outputs,
          constants: node.inputs.map((input) => (input.index === 0 ? constants.get(input.node) : undefined)),
        };
        return context.devices.map((device) => device.supports(query));
      },
      kernelLines: (op) => [...new Set(context.devices.flatMap((device) => device.kernelLines?.(op) ?? []))],
      assigned: (node) => context.assigned?.get(node),
    },
    context.isolateFunctionResources ?? false,
  );
  return {
    placement: new Map(nodes.map(({ name }, id) => [name, reasons[id]!.device])),
    log: entries.map(({ text }) => text),
    entries,
    reasons: new Map(nodes.map(({ name }, id) => [name, reasons[id]!])),
  };
}

/** The values of constant nodes. */
function constantsOf(graph: GraphData): Map<string, HostTensor> {
  const constants = new Map<string, HostTensor>();
  for (const node of graph.nodes.values()) {
    const value = node.op === 'Const' ? node.attrs['value'] : undefined;
    if (value?.kind === 'tensor') constants.set(node.name, value.value);
  }
  return constants;
}

/** The dtype of what feeds an input whose own type the node does not tell; nothing useful is known of a missing source. */
function sourceDtype(graph: GraphData, node: NodeData, input: number): SupportQuery['inputDtypes'][number] {
  const endpoint = node.inputs[input];
  return (endpoint === undefined ? undefined : graph.nodes.get(endpoint.node)?.outputs[endpoint.index]) ?? 'variant';
}

/** The error about an op that is neither registered nor a function. */
export function unknownOp(node: NodeData, known: Iterable<string>): NotFoundError {
  return new NotFoundError(
    `Op type not registered '${node.op}' in binary running on this machine. Make sure the Op and Kernel are registered in the binary running in this ` +
      `process; node '${node.name}' needs it.${didYouMean(node.op, known)}`,
    { node: node.name, op: node.op },
  );
}
