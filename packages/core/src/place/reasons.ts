/** Why each node is where it is, in data and in words. */
import { hasDetails, isSpecification } from '../device/deviceName.js';
import type { Stage } from '../stage.js';
import type { Decision } from './assign.js';
import type { ColocationGraph, Link } from './colocation.js';
import type { Candidates } from './members.js';
import type { Refusal } from './support.js';

interface ReasonBase {
  readonly device: string;
  /** The device that the node asked for, as written; empty when it asked for none. */
  readonly requested: string;
  /** Devices of the set that cannot run the node. */
  readonly refused: readonly Refusal[];
  /** `loc:@` classes that soft placement let the node leave, because it could not be with them. */
  readonly leftClasses?: readonly string[] | undefined;
  /** The reason in words. */
  readonly text: string;
}

/** One per rule of the placer. */
export type Reason = ReasonBase &
  /** An earlier placement put it here. */
  (| { readonly rule: 'assigned' }
    /** It asked for this device, which can run it. */
    | { readonly rule: 'requested' }
    /** Soft placement moved it: there is no such device, it cannot run the node (or one that it must be with), or those wish otherwise. */
    | { readonly rule: 'soft'; readonly cause: 'no such device' | 'no kernel' | 'conflict'; readonly with?: string | undefined }
    /** It takes a reference or a resource from `from`, and must be where that is. */
    | { readonly rule: 'reference'; readonly from: string }
    /** It shares a group with `with`, by a `loc:@` class, through the inspected call `call`, or because others tie them together. */
    | { readonly rule: 'colocated'; readonly with: string; readonly group?: string | undefined; readonly call?: string | undefined }
    /** No other device can run it. */
    | { readonly rule: 'only' }
    /** The default device, which can run it. */
    | { readonly rule: 'default' }
    /** The preferred of several devices that can run it. */
    | { readonly rule: 'preferred'; readonly among: readonly string[] }
    /** A generator, put where all of its consumers are (heuristic A). */
    | { readonly rule: 'consumers'; readonly consumer: string }
    /** It only looks at metadata of `input`, and is put beside it (heuristic B). */
    | { readonly rule: 'metadata'; readonly input: string }
  );

/** What tells one rule from another. */
type Specific = Reason extends infer R ? (R extends Reason ? Omit<R, keyof ReasonBase> & { readonly text: string } : never) : never;

/** The reasons of all decisions, by the nodes' ids. */
export function* explain(groups: ColocationGraph, decisions: readonly Decision[]): Stage<Reason[]> {
  const explainer = new Explainer(groups);
  const reasons = new Array<Reason>(decisions.length);
  for (const decision of decisions) {
    yield;
    reasons[decision.id] = explainer.reason(decision);
  }
  return reasons;
}

class Explainer {
  /** By group and request: the member that cannot run there, and why. */
  private readonly culprits = new Map<string, { readonly member: number; readonly why: string } | undefined>();
  /** By group: the first two members that ask for a device. */
  private readonly askers = new Map<number, readonly number[]>();

  /** The names of lists of candidates. */
  private readonly lists = new Map<Candidates, readonly string[]>();

  constructor(private readonly groups: ColocationGraph) {}

  reason(decision: Decision): Reason {
    const node = this.groups.problem.graph.node(decision.id);
    const leftClasses = this.groups.leftClasses.get(decision.id);
    const specific = this.specific(decision, node.device);
    const reason = { ...specific, device: decision.device, requested: node.device, refused: this.refused(decision.id) };
    if (leftClasses === undefined) return reason;
    const left = leftClasses.map((group) => `'${group}'`).join(', ');
    return { ...reason, leftClasses, text: `${reason.text}; soft placement let it leave the colocation group ${left}` };
  }

  private specific(decision: Decision, requested: string): Specific {
    if (decision.by === 'kept') return { rule: 'assigned', text: 'an earlier placement put it here' };
    const asked = this.groups.parse(requested);
    const found = this.groups.problem.devices.find(decision.device);
    if (asked !== undefined && hasDetails(asked) && found !== undefined) {
      if (!isSpecification(asked, found.parsed)) return this.moved(decision, requested);
      if (asked.type !== undefined) return { rule: 'requested', text: `${requested} was asked for and can run it` };
    }
    const name = (id: number): string => this.groups.problem.graph.node(id).name;
    if (decision.by === 'metadata' && decision.near !== undefined) {
      return {
        rule: 'metadata',
        input: name(decision.near),
        text: `it only reads metadata of '${name(decision.near)}', and is placed beside it`,
      };
    }
    if (decision.follows !== undefined || decision.candidates?.by !== 'all') {
      const tie = this.tie(decision);
      if (tie !== undefined) return tie;
    }
    if (decision.by === 'consumers' && decision.near !== undefined) {
      return {
        rule: 'consumers',
        consumer: name(decision.near),
        text: `it takes no input, and everything that uses it ('${name(decision.near)}') is here`,
      };
    }
    return this.preferred(decision, requested);
  }

  /** What holds a node that did not ask for its device to a group. */
  private tie(decision: Decision): Specific | undefined {
    const { id } = decision;
    const link = this.groups.links.get(id);
    if (link !== undefined) return this.linked(link, '');
    const partner = decision.follows ?? this.partner(id);
    return partner === undefined ? undefined : this.together(partner);
  }

  private linked(link: Link, lost: string): Specific {
    const other = this.groups.problem.graph.node(link.to).name;
    switch (link.kind) {
      case 'reference':
        return {
          rule: 'reference',
          from: other,
          text: `it takes a reference or resource from '${other}', and must be where that is${lost}`,
        };
      case 'class':
        return { rule: 'colocated', with: other, group: link.group, text: `it is colocated with '${other}' (loc:@${link.group})${lost}` };
      case 'call':
        return {
          rule: 'colocated',
          with: other,
          call: link.call,
          text: `the function called by '${link.call}' ties it to '${other}'${lost}`,
        };
      default:
        return link satisfies never;
    }
  }

  private together(partner: number): Specific {
    const other = this.groups.problem.graph.node(partner).name;
    return { rule: 'colocated', with: other, text: `it is colocated with '${other}', which decides` };
  }

  /** The member of a node's group that asked for what the group got. */
  private partner(id: number): number | undefined {
    const { members, problem } = this.groups;
    const root = members.find(id);
    let askers = this.askers.get(root);
    if (askers === undefined) {
      askers = members
        .membersOf(id)
        .filter((member) => problem.graph.node(member).device !== '')
        .slice(0, 2);
      this.askers.set(root, askers);
    }
    return askers.find((member) => member !== id);
  }

  /** It asked for a device and is on another one. */
  private moved(decision: Decision, requested: string): Specific {
    const { groups } = this;
    const link = groups.links.get(decision.id);
    if (link?.kind === 'reference' && link.overruled !== undefined)
      return this.linked(link, `; the request for ${requested} is overruled by that`);
    const asked = groups.parse(requested);
    const matching = asked === undefined ? [] : groups.problem.devices.matching(asked);
    if (matching.length === 0)
      return { rule: 'soft', cause: 'no such device', text: `soft placement: ${requested} was asked for, but there is no such device` };
    const cannot = (id: number): string | undefined => {
      const answers = matching.map((device) => groups.answers[id]?.list[device.index]);
      const refusal = answers.find((answer) => answer?.supported === false);
      return refusal?.supported === false && answers.every((answer) => answer?.supported === false) ? refusal.reason : undefined;
    };
    const own = cannot(decision.id);
    if (own !== undefined)
      return { rule: 'soft', cause: 'no kernel', text: `soft placement: ${requested} was asked for, but cannot run it: ${own}` };
    const { graph } = groups.problem;
    const key = `${groups.members.find(decision.id)} ${requested}`;
    if (!this.culprits.has(key)) {
      const found = groups.members
        .membersOf(decision.id)
        .map((member) => ({ member, why: cannot(member) }))
        .find(({ why }) => why !== undefined);
      this.culprits.set(key, found?.why === undefined ? undefined : { member: found.member, why: found.why });
    }
    const culprit = this.culprits.get(key);
    if (culprit !== undefined) {
      const other = graph.node(culprit.member);
      return {
        rule: 'soft',
        cause: 'no kernel',
        with: other.name,
        text: `soft placement: ${requested} was asked for, but cannot run ${other.op} '${other.name}', with which it is colocated: ${culprit.why}`,
      };
    }
    if (link?.kind === 'reference') return this.linked(link, `; the request for ${requested} is overruled by that`);
    const partner = decision.follows ?? this.partner(decision.id);
    const other = partner === undefined ? undefined : graph.node(partner).name;
    return {
      rule: 'soft',
      cause: 'conflict',
      with: other,
      text: `soft placement: ${requested} was asked for, but ${other === undefined ? 'its group' : `'${other}', with which it is colocated,`} is to be elsewhere`,
    };
  }

  private preferred(decision: Decision, requested: string): Specific {
    const { candidates } = decision;
    const devices = candidates?.devices ?? [];
    const { defaultDevice } = this.groups.problem.options;
    const within = requested === '' ? '' : ` in ${requested}`;
    if (devices.length < 2) {
      const isAlone = this.groups.problem.devices.devices.length === 1;
      return { rule: 'only', text: isAlone ? 'it is the only device' : `no other device${within} can run it${this.whyNot(decision.id)}` };
    }
    if (defaultDevice?.name === decision.device) return { rule: 'default', text: 'it is the default device, and can run it' };
    const among = this.names(candidates);
    return { rule: 'preferred', among, text: `it is the preferred of ${devices.length} devices${within} that can run it` };
  }

  private names(candidates: Candidates | undefined): readonly string[] {
    if (candidates === undefined) return [];
    let names = this.lists.get(candidates);
    if (names === undefined) this.lists.set(candidates, (names = candidates.devices.map(({ name }) => name)));
    return names;
  }

  private whyNot(id: number): string {
    const reasons = this.refused(id).map(({ device, why }) => `${device}: ${why}`);
    return reasons.length === 0 ? '' : ` (${reasons.join('; ')})`;
  }

  private refused(id: number): readonly Refusal[] {
    return this.groups.answers[id]?.refused ?? [];
  }
}
