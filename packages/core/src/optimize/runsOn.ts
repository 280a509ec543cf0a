/** Whether a rewritten node still runs where it stands: a pass may not put an op on a device that has no kernel for it. */
import type { CompileDevice } from '../device/compileDevice.js';
import type { NodeData } from '../graph/graphData.js';
import { attrsOf, constantAt } from '../graph/typedGraph.js';
import { supportOf } from '../kernels/findKernel.js';
import { opDefinition } from '../ops/registry.js';

/** Asked with the nodes that the new one reads. */
export type RunsOn = (device: string | undefined, node: NodeData, nodes: ReadonlyMap<string, NodeData>) => boolean;

/** Answers from the devices' kernel tables. A device that is not among them takes everything. */
export function runsOn(devices: ReadonlyMap<string, CompileDevice>): RunsOn {
  return (name, node, nodes) => {
    const device = name === undefined ? undefined : devices.get(name);
    const definition = opDefinition(node.op);
    if (device === undefined || definition === undefined) return true;
    return supportOf(device.kernels, definition, {
      op: node.op, attrs: attrsOf(node), outputDtypes: node.outputs,
      inputDtypes: node.inputs.map((endpoint) => nodes.get(endpoint.node)?.outputs[endpoint.index] ?? 'variant'),
      constants: node.inputs.map((endpoint) => constantAt(nodes, endpoint)),
    }) === true;
  };
}
