/** Where a group may go: what was asked for and is supported, else, softly, what comes nearest to it. */
import { anyDevice, hasDetails, type DeviceName } from '../device/deviceName.js';
import type { ColocationGraph } from './colocation.js';
import { compareText, type DeviceSet, type SetDevice } from './deviceSet.js';
import { debugBlock, noDeviceAtAll, unsatisfied } from './errors.js';
import type { Candidates, Member } from './members.js';
import type { Supported } from './support.js';

/** The candidates of a node's group, never none; remembered until a member is put somewhere. Throws InvalidArgumentError. */
export function candidatesOf(groups: ColocationGraph, id: number): Candidates {
  const group = groups.members.group(id);
  return (group.candidates ??= findCandidates(groups, id, group));
}

function findCandidates(groups: ColocationGraph, id: number, group: Member): Candidates {
  const { devices: set, options, log } = groups.problem;
  const matching = (pattern: DeviceName): readonly SetDevice[] =>
    filterSupported(set, set.matching(pattern), group.supported, options.defaultDevice);
  if (!hasDetails(group.requested)) {
    const devices = matching(anyDevice);
    if (devices.length === 0) throw noDeviceAtAll(groups, id);
    return { devices, by: 'all' };
  }
  const asked = matching(group.requested);
  if (asked.length > 0) return { devices: asked, by: 'requested' };
  if (options.allowSoftPlacement) {
    const soft = matching(withoutDevice(group.requested, [group.assigned, group.resource]));
    if (soft.length > 0) return { devices: soft, by: 'soft' };
    const moved = matching(withoutDevice(group.requested, [group.assigned]));
    if (moved.length > 0) {
      log.warning(
        'Failed to place the graph without changing the devices of some resources. Some of the operations (that had to be colocated with resource generating ' +
          `operations) are not supported on the resources' devices. Current candidate devices are [\n  ${moved.map(({ name }) => name).join('\n  ')}].\n` +
          `See below for details of this colocation group:${debugBlock(groups, id)}`,
      );
      return { devices: moved, by: 'resource' };
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

/** Those that are supported: by kernel priority, then type, then name; the default device before all. */
function filterSupported(
  set: DeviceSet,
  devices: readonly SetDevice[],
  supported: Supported,
  defaultDevice: SetDevice | undefined,
): readonly SetDevice[] {
  const priorities = new Map(supported.types.map(({ type, priority }) => [type, priority]));
  const able = devices.filter((device) => priorities.has(device.type) && supported.devices?.has(device.index) !== false);
  if (able.length < 2) return able;
  const isDefault = (device: SetDevice): number => (device === defaultDevice ? 1 : 0);
  return able.sort(
    (a, b) =>
      isDefault(b) - isDefault(a) ||
      (priorities.get(b.type) ?? 0) - (priorities.get(a.type) ?? 0) ||
      set.compareTypes(a.type, b.type) ||
      compareText(a.name, b.name),
  );
}
