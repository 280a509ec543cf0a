/** Where a group may go: what was asked for and is supported, else, softly, what comes nearest to it. */
import { anyDevice, hasDetails, type DeviceName } from '../device/deviceName.js';
import type { ColocationGraph } from './colocation.js';
import { debugBlock, noDeviceAtAll, unsatisfied } from './errors.js';
import type { Candidates, Member } from './members.js';

/** The candidates of a node's group, never none; remembered until a member is put somewhere. Throws InvalidArgumentError. */
export function candidatesOf(groups: ColocationGraph, id: number): Candidates {
  const group = groups.members.group(id);
  return (group.candidates ??= findCandidates(groups, id, group));
}

function findCandidates(groups: ColocationGraph, id: number, group: Member): Candidates {
  const { candidateLists: lists } = groups;
  const { options, log } = groups.problem;
  if (!hasDetails(group.requested)) {
    const any = lists.get(anyDevice, group.supported, 'all');
    if (any.devices.length === 0) throw noDeviceAtAll(groups, id);
    return any;
  }
  const asked = lists.get(group.requested, group.supported, 'requested');
  if (asked.devices.length > 0) return asked;
  if (options.allowSoftPlacement) {
    const soft = lists.get(withoutDevice(group.requested, [group.assigned, group.resource]), group.supported, 'soft');
    if (soft.devices.length > 0) return soft;
    const moved = lists.get(withoutDevice(group.requested, [group.assigned]), group.supported, 'resource');
    if (moved.devices.length > 0) {
      log.warning(
        'Failed to place the graph without changing the devices of some resources. Some of the operations (that had to be colocated with ' +
          "resource generating operations) are not supported on the resources' devices. Current candidate devices are [\n  " +
          `${moved.devices.map(({ name }) => name).join('\n  ')}].\nSee below for details of this colocation group:${debugBlock(groups, id)}`,
      );
      return moved;
    }
  }
  throw unsatisfied(groups, id);
}

/** The name without the type and the id that none of `fixed` says. Job, replica and task stay whatever happens. */
function withoutDevice(requested: DeviceName, fixed: readonly DeviceName[]): DeviceName {
  return {
    ...requested,
    type: fixed.some(({ type }) => type !== undefined) ? requested.type : undefined,
    id: fixed.some(({ id }) => id !== undefined) ? requested.id : undefined,
  };
}
