/** The texts of the placer's errors, to the letter. */
import { deviceNameText, parseDeviceName, sameDeviceName } from '../device/deviceName.js';
import { attachNode, InvalidArgumentError, type OpError } from '../errors.js';
import type { NodeData } from '../graph/graphData.js';
import type { ColocationGraph } from './colocation.js';
import { compareText } from './deviceSet.js';
import type { Member } from './members.js';
import { attrsText, dataTypeText } from './nodeText.js';
import type { Problem } from './problem.js';
import type { Supported } from './support.js';

const typeNames = (supported: Supported): string[] => supported.types.map(({ type }) => type);

/** `Member(…)`: all that is known of a group. */
function memberText(member: Member): string {
  return (
    `Member(assigned_device_name_index_=${member.assignedIndex}` +
    ` requested_device_name_='${deviceNameText(member.requested)}'` +
    ` assigned_device_name_='${deviceNameText(member.assigned)}'` +
    ` resource_device_name_='${deviceNameText(member.resource)}'` +
    ` supported_device_types_=[${typeNames(member.supported).join(', ')}]` +
    ` possible_devices_=[${(member.candidates?.devices ?? []).map(({ name }) => name).join(', ')}])`
  );
}

/** The debug block of a node's group. */
export function debugBlock(groups: ColocationGraph, id: number): string {
  const { graph } = groups.problem;
  const ids = groups.members.membersOf(id);
  const byOp = new Map<string, string>();
  for (const member of ids)
    byOp.set(
      graph.node(member).op,
      typeNames(groups.ownSupport(member))
        .map((type) => `${type} `)
        .join(''),
    );
  const lines = ids.map((member) => {
    const node = graph.node(member);
    const assigned = groups.assignedDevice(member);
    return `\n  ${node.name} (${node.op}) ${node.device}${assigned === undefined ? '' : ` framework assigned device=${assigned}`}`;
  });
  return (
    '\nColocation Debug Info:\nColocation group had the following types and supported devices: ' +
    `\nRoot ${memberText(groups.members.group(id))}${[...byOp].map(([op, types]) => `\n${op}: ${types}`).join('')}` +
    `\n\nColocation members, user-requested devices, and framework assigned devices, if any:${lines.join('')}\n`
  );
}

/** The kernels of an op, a line each. */
export function kernelsText(problem: Problem, op: string): string {
  const lines = problem.kernelLines(op);
  return lines.length === 0 ? '  <no registered kernels>\n' : lines.map((line) => `${line}\n`).join('');
}

/** No device has a kernel for the node. */
export function noKernel(problem: Problem, node: NodeData): InvalidArgumentError {
  const types = [...problem.devices.types].sort(compareText);
  // There is no blank before `with`, in TensorFlow neither.
  return new InvalidArgumentError(
    `No OpKernel was registered to support Op '${node.op}' used by {{node ${node.name}}}with these attrs: ` +
      `[${attrsText(problem.context.attrsOf(node))}]\nRegistered devices: [${types.join(', ')}]\nRegistered kernels:\n${kernelsText(problem, node.op)}`,
    { node: node.name, op: node.op },
  );
}

/** Nothing asks for a device, and none will do. */
export function noDeviceAtAll(groups: ColocationGraph, id: number): InvalidArgumentError {
  const { graph, context } = groups.problem;
  const node = graph.node(id);
  const inputs = context.inputTypes(node).map(({ dtype, isRef }) => dataTypeText(dtype, isRef));
  return new InvalidArgumentError(
    `Node had no OpKernel registered to support this operation: Operation was ${node.op} and inputs were [${inputs.join(', ')}].\n${debugBlock(groups, id)}`,
  );
}

/** The group asks for a device, and none that it may have will do. */
export function unsatisfied(groups: ColocationGraph, id: number): InvalidArgumentError {
  const { problem, members } = groups;
  const { graph, devices, context } = problem;
  const node = graph.node(id);
  const { requested } = members.group(id);
  const own = parseDeviceName(node.device);
  const names = devices.devices.map(({ name }) => name);
  const block = debugBlock(groups, id);
  if (own === undefined || !sameDeviceName(own, requested)) {
    return new InvalidArgumentError(
      `Could not satisfy explicit device specification '${node.device}' because the node {{colocation_node ${node.name}}} was colocated with a group of ` +
        `nodes that required incompatible device '${deviceNameText(requested)}'. All available devices [${names.join(', ')}]. ${block}`,
    );
  }
  if (devices.matching(own).length === 0) {
    const hint =
      !problem.options.knowsGpus && own.type?.toLowerCase() === 'gpu'
        ? ' The requested device appears to be a GPU, but CUDA is not enabled.'
        : '';
    return new InvalidArgumentError(
      `{{node ${node.name}}} was explicitly assigned to ${node.device} but available devices are [ ${names.sort(compareText).join(', ')} ]. ` +
        `Make sure the device specification refers to a valid device.${hint}`,
    );
  }
  // Without a type, TensorFlow leaves the quote open.
  if (own.type === undefined) return new InvalidArgumentError(`Could not satisfy explicit device specification '${node.device}${block}`);
  return new InvalidArgumentError(
    `Could not satisfy explicit device specification '${node.device}' because no supported kernel for ${own.type} devices is available.${block}` +
      `\nOp: ${node.op}\nNode attrs: ${attrsText(context.attrsOf(node))}\nRegistered kernels:\n${kernelsText(problem, node.op)}`,
  );
}

/** How the placer reports that a node cannot be placed. */
export function cannotAssign(error: OpError, node: NodeData): OpError {
  return attachNode(
    new InvalidArgumentError(`Cannot assign a device for operation ${node.name}: ${error.message}`, { cause: error }),
    node.name,
    node.op,
  );
}

/** A status as text. */
export function statusText(error: OpError): string {
  return error instanceof InvalidArgumentError ? `Invalid argument: ${error.message}` : error.message;
}
