/**
 * The groups of a graph: a member per node, then what glues them, in TensorFlow's order: reference and resource edges, function calls that
 * return resources, `loc:@` classes.
 */
import {
  anyDevice,
  areCompatible,
  deviceNameText,
  ensureSpecification,
  isDifferentAddressSpace,
  parseDeviceName,
  type DeviceName,
} from '../device/deviceName.js';
import { attachNode, InternalError, InvalidArgumentError, OpError } from '../errors.js';
import type { NodeData } from '../graph/graphData.js';
import type { Stage } from '../stage.js';
import { CandidateLists } from './candidateLists.js';
import { debugBlock, noKernel, statusText } from './errors.js';
import type { FunctionStack } from './functions.js';
import { glueCalls } from './functions.js';
import { inspectedBody } from './isolate.js';
import { Members, unnamed, type Conflict, type MemberNames } from './members.js';
import { nodeText } from './nodeText.js';
import type { Edge, PlacerGraph } from './placerGraph.js';
import type { Problem } from './problem.js';
import { SupportTable, type Answers, type Supported } from './support.js';

/** What first tied a node to another one. */
export type Link =
  | {
      readonly kind: 'reference';
      readonly to: number;
      /** The device that the node asked for and lost by this. */ readonly overruled?: string | undefined;
    }
  | { readonly kind: 'class'; readonly to: number; readonly group: string }
  | { readonly kind: 'call'; readonly to: number; readonly call: string };

/** Ops that pass references and resources on to nodes that stand elsewhere, so that their inputs do not hold them. */
const exempt: ReadonlySet<string> = new Set([
  'IdentityN',
  'PartitionedCall',
  'StatefulPartitionedCall',
  ...[
    'MapDataset',
    'FlatMapDataset',
    'FilterDataset',
    'InterleaveDataset',
    'ParallelInterleaveDataset',
    'ParallelInterleaveDatasetV2',
    'ParallelMapDataset',
    'ReduceDataset',
    'MapAndBatchDataset',
    'GroupByReducerDataset',
    'GroupByWindowDataset',
    'ScanDataset',
    'TakeWhileDataset',
  ].flatMap((name) => [name, `Experimental${name}`]),
  'DeleteMultiDeviceIterator',
]);

const classPrefix = 'loc:@';
const utf8 = new TextDecoder();

export class ColocationGraph {
  readonly members: Members;
  readonly table: SupportTable;
  /** By node: what tied it to others. */
  readonly links = new Map<number, Link>();
  /** By node: classes that soft placement let it leave. */
  readonly leftClasses = new Map<number, string[]>();
  /** By node: what each device said. */
  readonly answers: Answers[] = [];
  readonly candidateLists: CandidateLists;
  private readonly own: Supported[] = [];
  private readonly placed: (string | undefined)[] = [];
  private readonly parsed = new Map<string, DeviceName | undefined>();

  constructor(
    readonly problem: Problem,
    readonly stack: FunctionStack,
  ) {
    this.table = new SupportTable(problem.devices);
    this.candidateLists = new CandidateLists(problem.devices, problem.options.defaultDevice);
    this.members = new Members(this.table, problem.options.allowSoftPlacement);
  }

  /** Builds the groups. Throws the placer's errors. */
  *initialize(): Stage<void> {
    const { graph } = this.problem;
    for (const node of graph.nodes) {
      yield;
      try {
        this.addMember(node);
      } catch (error) {
        throw error instanceof OpError ? attachNode(error, node.name, node.op) : error;
      }
    }
    const calls = yield* this.glueReferences();
    glueCalls(this, calls);
    yield* this.glueClasses();
  }

  /** The device that a node has been put on. */
  assignedDevice(id: number): string | undefined {
    return this.placed[id];
  }

  setAssignedDevice(id: number, device: string): void {
    this.placed[id] = device;
  }

  /** What the node supports by itself. */
  ownSupport(id: number): Supported {
    return this.own[id] ?? this.table.fromTypes([]);
  }

  parse(device: string): DeviceName | undefined {
    if (!this.parsed.has(device)) this.parsed.set(device, parseDeviceName(device));
    return this.parsed.get(device);
  }

  private addMember(node: NodeData): void {
    const { problem } = this;
    const id = this.own.length;
    const assigned = problem.assigned(node.name);
    const supported = this.supportOf(node);
    this.own.push(supported);
    this.placed.push(assigned);
    const names = assigned === undefined ? this.requestedNames(node, supported, id) : this.assignedNames(node, supported, assigned);
    this.members.add(supported, names);
  }

  private supportOf(node: NodeData): Supported {
    const { graph, context, devices, options } = this.problem;
    if (context.signature(node.op) === undefined) {
      // A direct call of a function runs anywhere.
      this.answers.push(this.table.answers([]));
      return this.table.fromTypes(devices.types);
    }
    const answers = this.table.answers(this.problem.answers(node));
    this.answers.push(answers);
    const { supported, list } = answers;
    if (supported.types.length > 0) return supported;
    if (list.some((answer) => !answer.supported && answer.isAttributeMismatch)) return supported;
    if (isPassage(node, graph)) return this.table.fromTypes(devices.types);
    // Kernels of another process are not known here: there, whatever was asked for is taken to exist.
    const requested = this.parse(node.device) ?? anyDevice;
    if (!isDifferentAddressSpace(options.localAddress, requested)) return supported;
    return this.table.fromTypes(requested.type === undefined ? devices.types : [requested.type]);
  }

  private assignedNames(node: NodeData, supported: Supported, device: string): MemberNames {
    const { devices } = this.problem;
    const name = this.parse(device);
    if (name === undefined) throw new InternalError(`Malformed assigned device '${device}'`);
    const found = devices.find(device);
    if (found === undefined) {
      throw new InternalError(
        `Assigned device '${device}' does not match any device. This error can happen when one attempts to run a tf.function with resource inputs ` +
          'residing on remote devices. This use case is currently not supported. Here are the devices available on this machine: ' +
          `[${devices.devices.map((each) => each.name).join(', ')}].If you are seeing this error when running using a tf.Session, set ` +
          'experimental.share_cluster_devices_in_session to true in the tf.ConfigProto.',
      );
    }
    const runs = supported.types.some(({ type }) => type === found.type) && supported.devices?.has(found.index) !== false;
    if (!runs) throw new InternalError(`Assigned device '${device}' does not have registered OpKernel support for ${node.op}`);
    return { assigned: name, resource: anyDevice, requested: name };
  }

  private requestedNames(node: NodeData, supported: Supported, id: number): MemberNames {
    const { problem } = this;
    if (supported.types.length === 0) throw noKernel(problem, node);
    if (node.device === '') return unnamed;
    const requested = this.parse(node.device);
    if (requested === undefined) {
      throw new InvalidArgumentError(
        `Malformed device specification '${node.device}' in node: ${nodeText(node, id + 2, problem.context.attrsOf(node))}`,
      );
    }
    const outputs = node.inputs.length === 0 ? problem.context.outputTypes(node) : [];
    const [only] = outputs;
    const isResource = outputs.length === 1 && only !== undefined && (only.isRef || only.dtype === 'resource');
    return { assigned: anyDevice, resource: isResource ? requested : anyDevice, requested };
  }

  /** Gives the calls that must be looked into, in the order in which edges lead to them. */
  private *glueReferences(): Stage<Set<number>> {
    const { graph, context } = this.problem;
    const inspected = new Map<number, boolean>();
    const needsInspection = (id: number): boolean => {
      const node = graph.node(id);
      if (node.op !== 'PartitionedCall' && node.op !== 'StatefulPartitionedCall') return false;
      const known = inspected.get(id) ?? inspectedBody(node, context) !== undefined;
      inspected.set(id, known);
      return known;
    };
    const calls = new Set<number>();
    for (const edge of graph.edges) {
      yield;
      if (edge === undefined || edge.input < 0) continue;
      if (needsInspection(edge.from)) calls.add(edge.from);
      else if (needsInspection(edge.to)) calls.add(edge.to);
      else this.glueAlong(edge);
    }
    return calls;
  }

  private glueAlong(edge: Edge): void {
    const { graph, context } = this.problem;
    const node = graph.node(edge.to);
    if (exempt.has(node.op)) return;
    const type = context.inputTypes(node)[edge.input];
    if (type?.isRef === true || type?.dtype === 'resource') this.glueReference(edge.from, edge.to);
  }

  /** Glues the two ends of a reference or resource edge; the source's wish for a device goes before the destination's. */
  glueReference(from: number, to: number): void {
    const { graph, log } = this.problem;
    const [source, destination] = [graph.node(from), graph.node(to)];
    const [sourceGroup, group] = [this.members.group(from), this.members.group(to)];
    for (const kind of ['assigned', 'resource'] as const) {
      if (areCompatible(sourceGroup[kind], group[kind])) continue;
      throw new InvalidArgumentError(
        `Cannot place the graph because a reference or resource edge connects colocation groups with incompatible ${kind} devices: ` +
          `${deviceNameText(sourceGroup[kind])} vs ${deviceNameText(group[kind])}. The edge src node is ${source.name} , and the dst node is ${destination.name}`,
        { node: destination.name, op: destination.op },
      );
    }
    let overruled: string | undefined;
    if (!areCompatible(sourceGroup.requested, group.requested)) {
      overruled = deviceNameText(group.requested);
      log.info(
        () =>
          `Ignoring device specification ${deviceNameText(group.requested)} for node '${destination.name}' because the input edge from '${source.name}' is a ` +
          `reference connection and already has a device field set to ${deviceNameText(sourceGroup.requested)}`,
      );
      group.requested = ensureSpecification(ensureSpecification(sourceGroup.requested, group.assigned), group.resource);
    }
    const conflict = this.members.colocate(from, to);
    if (conflict !== undefined) {
      throw attachNode(
        new InvalidArgumentError(
          'Nodes were connected by a reference connection (requiring them to be on the same device), but the two nodes were assigned two different devices: ' +
            this.conflictText(from, to, conflict),
        ),
        destination.name,
        destination.op,
      );
    }
    if (!this.links.has(to)) this.links.set(to, { kind: 'reference', to: from, overruled });
  }

  /** The text of a failed colocation of x and y. */
  conflictText(x: number, y: number, conflict: Conflict): string {
    const { graph } = this.problem;
    const pair = `Cannot colocate nodes {{colocation_node ${graph.node(x).name}}} and {{colocation_node ${graph.node(y).name}}}`;
    if (conflict.kind === 'names') return `${pair}: ${conflict.message}`;
    return (
      `${pair} because no device type supports both of those nodes and the other nodes colocated with them.` +
      debugBlock(this, conflict.xRoot) +
      debugBlock(this, conflict.yRoot)
    );
  }

  private *glueClasses(): Stage<void> {
    const { nodes } = this.problem.graph;
    const classes = nodes.map(classesOf);
    // A node alone under its own name needs no anchor: only names that some class says do.
    const named = new Set(classes.flat());
    const anchors = new Map<string, number>();
    const enter = (id: number, group: string): void => {
      const anchor = anchors.get(group);
      if (anchor === undefined) anchors.set(group, id);
      else this.joinClass(id, anchor, group);
    };
    for (const [id, node] of nodes.entries()) {
      yield;
      const groups = classes[id] ?? noClasses;
      if (groups.length > 0) for (const group of groups) enter(id, group);
      else if (named.has(node.name)) enter(id, node.name);
    }
  }

  private joinClass(id: number, anchor: number, group: string): void {
    const { graph, options, log } = this.problem;
    const node = graph.node(id);
    const conflict = this.members.colocate(id, anchor);
    if (conflict === undefined) {
      if (id !== anchor && !this.links.has(id)) this.links.set(id, { kind: 'class', to: anchor, group });
      return;
    }
    const failure = (): OpError => attachNode(new InvalidArgumentError(this.conflictText(id, anchor, conflict)), node.name, node.op);
    if (!options.allowSoftPlacement) throw failure();
    this.leftClasses.set(id, [...(this.leftClasses.get(id) ?? []), group]);
    log.info(
      () =>
        `Ignoring request to colocate node '${node.name}' with nodes in colocation group '${group}' because soft placement is on and an attempt at doing so ` +
        `resulted in the following error: ${statusText(failure())}`,
    );
  }
}

/** Nodes that only carry values into and out of functions: where no device has a kernel for them, none is needed. */
function isPassage(node: NodeData, graph: PlacerGraph): boolean {
  return node.op === '_Arg' || node.op === '_Retval' || graph.inserted.has(node.name);
}

const noClasses: readonly string[] = [];

/** The groups that a node's `_class` names. */
function classesOf(node: NodeData): readonly string[] {
  const attr = node.attrs['_class'];
  if (attr?.kind !== 'list' || attr.of !== 'string') return noClasses;
  return attr.value
    .map((bytes) => utf8.decode(bytes))
    .filter((text) => text.startsWith(classPrefix))
    .map((text) => text.slice(classPrefix.length));
}
