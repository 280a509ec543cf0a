/**
 * Groups of nodes that must share a device: a union-find whose roots carry what is known of the group. Of the three device names,
 * `requested` says everything that `assigned` and `resource` say.
 */
import { anyDevice, ensureSpecification, tryMergeDeviceNames, type DeviceName } from '../device/deviceName.js';
import type { SetDevice } from './deviceSet.js';
import type { Supported, SupportTable } from './support.js';

/** One node; at the root of a group, the group. */
export interface Member {
  parent: number;
  rank: number;
  /** The next member of the group, in a ring. */
  next: number;
  supported: Supported;
  /** Where members have been put. */
  assigned: DeviceName;
  /** Where resources were asked to be; given up last. */
  resource: DeviceName;
  /** Where the group is to be. */
  requested: DeviceName;
  /** The first of the group that was put somewhere, -1 before: it decided for the rest. */
  first: number;
  /** The number of the assigned device's name in the graph's table of names, -1 before. */
  assignedIndex: number;
  /** Where the group may go; forgotten when something of it is put somewhere. */
  candidates: Candidates | undefined;
}

/** Devices that a group may go to, the best first. */
export interface Candidates {
  readonly devices: readonly SetDevice[];
  /** How they were found: nothing was asked, what was asked, or soft placement without (S1) and with (S2) moving resources. */
  readonly by: 'all' | 'requested' | 'soft' | 'resource';
}

/** Why two groups could not become one. */
export type Conflict =
  | { readonly kind: 'names'; readonly message: string }
  | { readonly kind: 'types'; readonly xRoot: number; readonly yRoot: number };

export class Members {
  private readonly members: Member[] = [];

  constructor(
    private readonly table: SupportTable,
    private readonly allowSoftPlacement: boolean,
  ) {}

  /** Adds a group of one. */
  add(supported: Supported, { assigned, resource, requested }: MemberNames): void {
    const id = this.members.length;
    this.members.push({ parent: id, rank: 0, next: id, supported, assigned, resource, requested, first: -1, assignedIndex: -1, candidates: undefined });
  }

  /** What is known of a node alone, if it is no root; of its group, if it is. */
  at(id: number): Member {
    const member = this.members[id];
    if (member === undefined) throw new RangeError(`internal: no member ${id}`);
    return member;
  }

  /** The root of a node's group. */
  find(id: number): number {
    let root = id;
    for (let member = this.at(root); member.parent !== root; member = this.at(root)) root = member.parent;
    for (let at = id; at !== root; ) {
      const member = this.at(at);
      at = member.parent;
      member.parent = root;
    }
    return root;
  }

  group(id: number): Member {
    return this.at(this.find(id));
  }

  /** All members of a node's group, by id. */
  membersOf(id: number): number[] {
    const ids = [id];
    for (let at = this.at(id).next; at !== id; at = this.at(at).next) ids.push(at);
    return ids.sort((a, b) => a - b);
  }

  /**
   * Makes one group of two. On a conflict of names nothing changes; on one of types the surviving root has the merged names already: where
   * the conflict is overlooked, they stay.
   */
  colocate(x: number, y: number): Conflict | undefined {
    const xRoot = this.find(x);
    const yRoot = this.find(y);
    if (xRoot === yRoot) return undefined;
    const keepX = this.at(xRoot).rank >= this.at(yRoot).rank;
    const kept = this.at(keepX ? xRoot : yRoot);
    const other = this.at(keepX ? yRoot : xRoot);
    const message = this.mergeNames(kept, other);
    if (message !== undefined) return { kind: 'names', message };
    const supported = this.table.intersect(kept.supported, other.supported);
    if (supported === undefined) return { kind: 'types', xRoot, yRoot };
    kept.supported = supported;
    if (kept.rank === other.rank) kept.rank++;
    other.parent = keepX ? xRoot : yRoot;
    [kept.next, other.next] = [other.next, kept.next];
    return undefined;
  }

  /** All or nothing; gives the error's text. */
  private mergeNames(target: Member, other: Member): string | undefined {
    const assigned = tryMergeDeviceNames(target.assigned, other.assigned);
    if (typeof assigned === 'string') return assigned;
    const resource = tryMergeDeviceNames(target.resource, other.resource);
    if (typeof resource === 'string') return resource;
    const requested = tryMergeDeviceNames(target.requested, other.requested, this.allowSoftPlacement ? 'clear' : 'error');
    if (typeof requested === 'string') return requested;
    target.assigned = assigned;
    target.resource = resource;
    target.requested = ensureSpecification(ensureSpecification(requested, assigned), resource);
    return undefined;
  }

  /** Narrows a group to what the body of a function asks of it. Gives the error's text. */
  limit(id: number, limits: Pick<Member, 'requested' | 'resource' | 'supported'>): string | undefined {
    const member = this.group(id);
    const requested = tryMergeDeviceNames(member.requested, limits.requested, this.allowSoftPlacement ? 'clear' : 'error');
    if (typeof requested === 'string') return requested;
    member.requested = requested;
    const resource = tryMergeDeviceNames(member.resource, limits.resource);
    if (typeof resource === 'string') return resource;
    member.resource = resource;
    // No common type is no error here: what the group can run on itself still holds.
    member.supported = this.table.intersect(member.supported, limits.supported) ?? member.supported;
    return undefined;
  }
}

export type MemberNames = Pick<Member, 'assigned' | 'resource' | 'requested'>;

/** The names of a member of which nothing is said. */
export const unnamed: MemberNames = {
  assigned: anyDevice,
  resource: anyDevice,
  requested: anyDevice,
};
