/** Where a node can run: device types with kernel priorities, and which devices of them where devices of one type differ. */
import type { DeviceSet } from './deviceSet.js';

/** What one device says about one node. */
export type DeviceSupport =
  | { readonly supported: true; /** The kernel's priority; 0 unless said. */ readonly priority: number }
  | {
      readonly supported: false;
      /** Why not, in the kernel's own words. */
      readonly reason: string;
      /** There is a kernel of the op, but not for these attributes. */
      readonly isAttributeMismatch: boolean;
    };

export interface TypeSupport {
  readonly type: string;
  readonly priority: number;
}

/** Immutable; equal ones are one object per placement (see `SupportTable`). */
export interface Supported {
  /** In order of preference. */
  readonly types: readonly TypeSupport[];
  /** Indexes of the devices, where not every device of these types will do. */
  readonly devices: ReadonlySet<number> | undefined;
}

/** A device that cannot run a node, with the kernel's own words. */
export interface Refusal {
  readonly device: string;
  readonly why: string;
}

/** What all devices of a set say about a node. */
export interface Answers {
  /** In the order of the set. */
  readonly list: readonly DeviceSupport[];
  readonly supported: Supported;
  readonly refused: readonly Refusal[];
}

/** Makes and intersects `Supported`s. */
export class SupportTable {
  private readonly known = new Map<string, Supported>();
  private readonly lists = new Map<string, Answers>();

  constructor(private readonly set: DeviceSet) {}

  /** From what all devices say, in the order of the set. Equal lists give one object: graphs have many nodes and few different answers. */
  answers(list: readonly DeviceSupport[]): Answers {
    let key = '';
    for (const answer of list) key += answer.supported ? `+${answer.priority}` : `-${answer.isAttributeMismatch}${answer.reason.length}:${answer.reason}`;
    let answers = this.lists.get(key);
    if (answers === undefined) {
      answers = { list, supported: this.read(list), refused: this.refusals(list) };
      this.lists.set(key, answers);
    }
    return answers;
  }

  private refusals(list: readonly DeviceSupport[]): Refusal[] {
    return list.flatMap((answer, index) => {
      const device = this.set.devices[index]?.name;
      return answer.supported || device === undefined ? [] : [{ device, why: answer.reason }];
    });
  }

  private read(answers: readonly DeviceSupport[]): Supported {
    const best = new Map<string, number>();
    let refused = false;
    for (const [index, answer] of answers.entries()) {
      const type = this.set.devices[index]?.type;
      if (type === undefined || !answer.supported) continue;
      best.set(type, Math.max(best.get(type) ?? -Infinity, answer.priority));
    }
    for (const [index, answer] of answers.entries()) {
      if (!answer.supported && best.has(this.set.devices[index]?.type ?? '')) refused = true;
    }
    const types = this.set.types.filter((type) => best.has(type)).map((type) => ({ type, priority: best.get(type) ?? 0 }));
    // Array sort is stable: among equal kernel priorities, the types' own order stays.
    types.sort((a, b) => b.priority - a.priority);
    return this.intern(types, refused ? new Set(answers.flatMap((answer, index) => (answer.supported ? [index] : []))) : undefined);
  }

  /** These types, all of their devices, no kernel preferred. */
  fromTypes(types: readonly string[]): Supported {
    return this.intern(
      types.map((type) => ({ type, priority: 0 })),
      undefined,
    );
  }

  /** What both support, in the order that the better founded of the two prefers. `undefined` when that is nothing. */
  intersect(target: Supported, other: Supported): Supported | undefined {
    if (target === other) return target.types.length > 0 ? target : undefined;
    const devices = intersectDevices(target.devices, other.devices);
    const keep = (a: Supported, b: Supported): TypeSupport[] =>
      a.types
        .filter(({ type }) => b.types.some((entry) => entry.type === type) && this.hasDevice(type, devices))
        .sort((x, y) => this.compare(x, y));
    const ofTarget = keep(target, other);
    const ofOther = keep(other, target);
    if (ofTarget.length === 0) return undefined;
    return this.intern(this.prefer(ofTarget, ofOther), devices);
  }

  private prefer(ofTarget: readonly TypeSupport[], ofOther: readonly TypeSupport[]): readonly TypeSupport[] {
    const isPrioritised = (types: readonly TypeSupport[]): boolean => types.some(({ priority }) => priority !== 0);
    if (!isPrioritised(ofOther)) return ofTarget;
    if (!isPrioritised(ofTarget)) return ofOther;
    if (ofTarget.every(({ type }, i) => type === ofOther[i]?.type)) return ofTarget;
    return ofTarget.map(({ type }) => ({ type, priority: 0 })).sort((x, y) => this.compare(x, y));
  }

  private compare(a: TypeSupport, b: TypeSupport): number {
    return b.priority - a.priority || this.set.compareTypes(a.type, b.type);
  }

  private hasDevice(type: string, devices: ReadonlySet<number> | undefined): boolean {
    return devices === undefined || this.set.devices.some((device) => device.type === type && devices.has(device.index));
  }

  private intern(types: readonly TypeSupport[], devices: ReadonlySet<number> | undefined): Supported {
    const key = `${types.map(({ type, priority }) => `${type}=${priority}`).join()}/${devices === undefined ? '*' : [...devices].join()}`;
    let supported = this.known.get(key);
    if (supported === undefined) {
      supported = { types, devices };
      this.known.set(key, supported);
    }
    return supported;
  }
}

function intersectDevices(a: ReadonlySet<number> | undefined, b: ReadonlySet<number> | undefined): ReadonlySet<number> | undefined {
  if (a === undefined) return b;
  if (b === undefined) return a;
  return new Set([...a].filter((index) => b.has(index)));
}
