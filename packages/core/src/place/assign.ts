/** The two passes that put every node on a device, once the groups stand. */
import { deviceNameText, tryMergeDeviceNames, type DeviceName } from '../device/deviceName.js';
import { InternalError, OpError } from '../errors.js';
import type { Stage } from '../stage.js';
import type { NodeData } from '../graph/graphData.js';
import { candidatesOf } from './candidates.js';
import type { ColocationGraph } from './colocation.js';
import { cannotAssign } from './errors.js';
import type { Candidates, Member } from './members.js';
import type { PlacerGraph } from './placerGraph.js';
import type { Problem } from './problem.js';

/** What decided on a node among its candidates. */
export interface Decision {
  readonly id: number;
  readonly device: string;
  /** `kept`: an earlier placement; the candidates then are not known. */
  readonly by: 'kept' | 'first' | 'metadata' | 'consumers';
  readonly candidates: Candidates | undefined;
  /** The node of its group that was put somewhere before it, and so decided. */
  readonly follows: number | undefined;
  /** The node whose device it took, by a heuristic. */
  readonly near: number | undefined;
}

/** Ops that look at metadata of their input only. */
const metadataOps: ReadonlySet<string> = new Set(['Size', 'Shape', 'Rank']);

/** Puts every node somewhere; decisions in the order in which they fell. Throws the placer's errors. */
export function assignDevices(groups: ColocationGraph): Stage<Decision[]> {
  return new Assignment(groups).run();
}

class Assignment {
  private readonly decisions: Decision[] = [];
  private readonly names: NameTable;
  private readonly problem: Problem;
  private readonly graph: PlacerGraph;

  constructor(private readonly groups: ColocationGraph) {
    this.problem = groups.problem;
    this.graph = groups.problem.graph;
    this.names = new NameTable();
  }

  *run(): Stage<Decision[]> {
    const { graph, groups } = this;
    const ids = [...graph.nodes.keys()];
    for (const id of ids) {
      const kept = groups.assignedDevice(id);
      if (kept !== undefined) this.names.number(kept);
    }
    const metadataInputs = graph.edgesInto(new Set(ids.filter((id) => metadataOps.has(graph.node(id).op))));
    const postponed: number[] = [];
    for (const id of ids) {
      yield;
      const kept = groups.assignedDevice(id);
      if (kept !== undefined) this.record(id, kept, 'kept', undefined, undefined);
      else if (this.isGenerator(graph.node(id))) postponed.push(id);
      else this.place(id, metadataInputs.get(id)?.[0]?.from, 'metadata');
    }
    const consumers = graph.edgesFrom(new Set(postponed));
    for (const id of postponed) {
      yield;
      const [first, ...others] = consumers.get(id) ?? [];
      const device = first === undefined ? undefined : groups.assignedDevice(first.to);
      const isCommon = !graph.sunk.has(id) && others.every((edge) => groups.assignedDevice(edge.to) === device);
      this.place(id, isCommon ? first?.to : undefined, 'consumers');
    }
    return this.decisions;
  }

  /** Without data inputs and with one output that is no reference: it is put where its consumers are, so after them. */
  private isGenerator(node: NodeData): boolean {
    if (node.inputs.length > 0) return false;
    const outputs = this.problem.context.outputTypes(node);
    return outputs.length === 1 && outputs[0]?.isRef === false;
  }

  /** Puts a node on the device of `near` if that is a candidate, else on the first candidate. */
  private place(id: number, near: number | undefined, heuristic: 'metadata' | 'consumers'): void {
    const node = this.graph.node(id);
    let candidates: Candidates;
    try {
      candidates = candidatesOf(this.groups, id);
    } catch (error) {
      throw error instanceof OpError ? cannotAssign(error, node) : error;
    }
    const wanted = near === undefined ? undefined : this.groups.assignedDevice(near);
    const found = wanted === undefined ? undefined : this.problem.devices.find(wanted);
    const follows = found !== undefined && candidates.devices.includes(found);
    const device = follows ? wanted : candidates.devices[0]?.name;
    if (device === undefined) throw new InternalError(`internal: no candidates for '${node.name}'`);
    this.record(id, device, follows ? heuristic : 'first', candidates, follows ? near : undefined);
  }

  private record(id: number, device: string, by: Decision['by'], candidates: Candidates | undefined, near: number | undefined): void {
    const node = this.graph.node(id);
    const group = this.groups.members.group(id);
    const follows = group.first < 0 ? undefined : group.first;
    if (follows === undefined) group.first = id;
    this.groups.setAssignedDevice(id, device);
    this.constrain(group, device);
    this.problem.log.placed(node.name, node.op, device);
    this.decisions.push({ id, device, by, candidates, follows, near });
  }

  /** From the first assigned node on, its group goes where it went. */
  private constrain(group: Member, device: string): void {
    const index = this.names.number(device);
    if (group.assignedIndex === index) return;
    const name = this.groups.parse(device);
    if (name === undefined) throw new InternalError(`Malformed assigned device '${device}'`);
    const merge = (kind: 'assigned' | 'resource' | 'requested'): DeviceName => {
      const merged = tryMergeDeviceNames(group[kind], name, kind === 'assigned' ? 'error' : 'override');
      if (typeof merged !== 'string') return merged;
      const [open, close] = kind === 'requested' ? ['"', '",'] : ['', ''];
      throw new InternalError(
        `Constraining by assigned device should not cause an error. Original root's ${kind} device name: ${open}${deviceNameText(group[kind])}${close} ` +
          `node's assigned device name "${device}${kind === 'requested' ? '"' : ''}. Error: ${merged}`,
      );
    };
    group.assigned = merge('assigned');
    group.resource = merge('resource');
    group.requested = merge('requested');
    group.assignedIndex = index;
    group.candidates = undefined;
  }
}

/** Device names by number, as a TensorFlow graph keeps them; 0 is no device. Debug blocks show the numbers. */
class NameTable {
  private readonly numbers = new Map<string, number>();

  number(device: string): number {
    const known = this.numbers.get(device) ?? this.numbers.size + 1;
    this.numbers.set(device, known);
    return known;
  }
}
