/** Lists of candidates, one object per question: most groups ask one of a few. */
import { deviceNameText, type DeviceName } from '../device/deviceName.js';
import { compareText, type DeviceSet, type SetDevice } from './deviceSet.js';
import type { Candidates } from './members.js';
import type { Supported } from './support.js';

export class CandidateLists {
  private readonly known = new Map<Supported, Map<string, Candidates>>();

  constructor(
    private readonly set: DeviceSet,
    private readonly defaultDevice: SetDevice | undefined,
  ) {}

  /** The devices that match `pattern` and are supported; `by` is how they came to be asked for. */
  get(pattern: DeviceName, supported: Supported, by: Candidates['by']): Candidates {
    let lists = this.known.get(supported);
    if (lists === undefined) this.known.set(supported, (lists = new Map<string, Candidates>()));
    // The text of a name lacks an id without a type.
    const key = `${by} ${deviceNameText(pattern)} ${pattern.id ?? ''}`;
    let list = lists.get(key);
    if (list === undefined) lists.set(key, (list = { by, devices: this.filter(this.set.matching(pattern), supported) }));
    return list;
  }

  /** Those that are supported: by kernel priority, then type, then name; the default device before all. */
  private filter(devices: readonly SetDevice[], supported: Supported): readonly SetDevice[] {
    const priorities = new Map(supported.types.map(({ type, priority }) => [type, priority]));
    const able = devices.filter((device) => priorities.has(device.type) && supported.devices?.has(device.index) !== false);
    const isDefault = (device: SetDevice): number => (device === this.defaultDevice ? 1 : 0);
    return able.sort(
      (a, b) =>
        isDefault(b) - isDefault(a) ||
        (priorities.get(b.type) ?? 0) - (priorities.get(a.type) ?? 0) ||
        this.set.compareTypes(a.type, b.type) ||
        compareText(a.name, b.name),
    );
  }
}
