/** Whether a rewritten node still runs where it stands: a pass may not put an op on a device that has no kernel for it. */
import type { CompileDevice } from '../device/compileDevice.js';
import type { NodeData } from '../graph/graphData.js';
import { attrsOf, constantAt } from '../graph/typedGraph.js';
import { hostArgsOf, kernelsFor, supportOf } from '../kernels/findKernel.js';
import type { HostArgs, SupportQuery } from '../kernels/kernel.js';
import { opDefinition } from '../ops/registry.js';

/** Asked with the nodes that the new one reads. */
export type RunsOn = (device: string | undefined, node: NodeData, nodes: ReadonlyMap<string, NodeData>) => boolean;

/**
 * The inputs of a node whose values must be known when a plan is made, or nothing can run it where it stands. Where its shape is not known, those
 * that are host values in any case may tell it.
 */
export type WantsValues = (node: NodeData, device: string | undefined, nodes: ReadonlyMap<string, NodeData>, isShapeKnown: boolean) => readonly number[];

function queryOf(node: NodeData, nodes: ReadonlyMap<string, NodeData>): SupportQuery {
  return {
    op: node.op, attrs: attrsOf(node), outputDtypes: node.outputs,
    inputDtypes: node.inputs.map((endpoint) => nodes.get(endpoint.node)?.outputs[endpoint.index] ?? 'variant'),
    constants: node.inputs.map((endpoint) => constantAt(nodes, endpoint)),
  };
}

/** Answers from the devices' kernel tables. A device that is not among them takes everything. */
export function runsOn(devices: ReadonlyMap<string, CompileDevice>): RunsOn {
  return (name, node, nodes) => {
    const device = name === undefined ? undefined : devices.get(name);
    const definition = opDefinition(node.op);
    if (device === undefined || definition === undefined) return true;
    return supportOf(device.kernels, definition, queryOf(node, nodes)) === true;
  };
}

/** Answers from the devices' kernel tables: what each own kernel of the op wants, where no host kernel stands behind them. */
export function wantsValues(devices: ReadonlyMap<string, CompileDevice>): WantsValues {
  return (node, name, nodes, isShapeKnown) => {
    const device = name === undefined ? undefined : devices.get(name);
    const definition = opDefinition(node.op);
    if (device === undefined || definition === undefined) return [];
    const { kernels } = device;
    const query = queryOf(node, nodes);
    const { own, host } = kernelsFor(kernels, query);
    if (host.length > 0) return [];
    if (own.length > 0) {
      const [first = [], ...rest] = own.map((kernel) => hostArgsOf(kernel, query));
      const counts = (need: HostArgs[number]): boolean => need === 'compile' || (need === 'value' && !isShapeKnown);
      return first.flatMap((need, i) => (counts(need) && rest.every((args) => counts(args[i])) ? [i] : []));
    }
    const onHost = kernels.reduce.some((kernel) => kernel.isHost === true);
    return definition.reduction !== undefined && !onHost ? [1] : [];
  };
}
