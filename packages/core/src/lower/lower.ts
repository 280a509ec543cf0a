/**
 * Lower: from nodes to units, each with the program that a device runs. Bodies are expanded, elementwise chains fused, epilogues attached,
 * kernels picked; views vanish.
 */
import { attachNode, InternalError, OpError } from '../errors.js';
import type { Endpoint, NodeData } from '../graph/graphData.js';
import { chooseProgram } from '../kernels/findKernel.js';
import type { DeviceProgram, HostProgram } from '../kernels/program.js';
import { attrsOf, constantAt } from '../graph/typedGraph.js';
import type { HostTensor } from '../hostTensor.js';
import { variableHandle } from '../kernels/host/resourceVariables.js';
import type { PartitionedGraph } from '../partition/partition.js';
import type { CompileDevice } from '../device/compileDevice.js';
import type { Stage } from '../stage.js';
import { fuseEpilogues } from './fuseEpilogues.js';
import { fuseMaps } from './fuseMaps.js';
import { callOfItem, type Item, type LoopItem, type VariableUpdate } from './item.js';
import { Itemizer } from './itemize.js';
import { recordLoop, type LoopBodies } from './recordLoop.js';
import { newValue, valueShape, type Value } from './value.js';

interface UnitBase {
  readonly device: string;
  /** The nodes it stands for, root first. */
  readonly nodes: readonly string[];
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
}

/** A launch on a device. */
export interface LaunchUnit extends UnitBase {
  readonly kind: 'launch';
  /** What it computes, for printers: `Conv2D+relu6`, `map(add,mul)`. */
  readonly label: string;
  readonly program: DeviceProgram;
  /** The variable that it changes. */
  readonly update: VariableUpdate | undefined;
}

/** TypeScript over host values. */
export interface HostUnit extends UnitBase {
  readonly kind: 'host';
  readonly node: NodeData;
  readonly program: HostProgram;
}

/** If, While or a call. */
export interface ControlUnit extends UnitBase {
  readonly kind: 'control';
  readonly node: NodeData;
}

/** A loop inside a sequence. */
export type LoopUnit = LoopItem;

export type Unit = LaunchUnit | HostUnit | ControlUnit | LoopUnit;

export interface LoweredGraph {
  /** In an order that respects data and control edges. */
  readonly units: readonly Unit[];
  /** The values of the arguments, by argument number. */
  readonly args: readonly Value[];
  /** The value of an endpoint of the partitioned graph. */
  readonly valueOf: (node: string, index: number) => Value;
}

/** `bodies`: what loops consist of; without them no loop is recorded. */
export function* lower(partitioned: PartitionedGraph, devices: ReadonlyMap<string, CompileDevice>, bodies?: LoopBodies): Stage<LoweredGraph> {
  const itemizer = new Itemizer();
  const valueOf = yield* itemize(partitioned.graph, devices, itemizer, new Map(), bodies);
  const kept = new Set<Value>();
  const keep = ({ node, index }: Endpoint): void => {
    itemizer.needList(valueOf(node, index));
    kept.add(valueOf(node, index));
  };
  for (const result of partitioned.results) if (result.kind === 'now') keep(result.endpoint);
  for (const capture of partitioned.later?.captures ?? []) keep(capture);
  const units = yield* unitsOf(itemizer, kept, devices);
  return { units, args: partitioned.graph.args.map((name) => valueOf(name, 0)), valueOf };
}

/** Gives every node of a graph to `itemizer`; `given`: the values of some nodes. */
export function* itemize(
  graph: PartitionedGraph['graph'], devices: ReadonlyMap<string, CompileDevice>, itemizer: Itemizer, given: ReadonlyMap<string, Value>, bodies: LoopBodies | undefined,
): Stage<(node: string, index: number) => Value> {
  const values = new Map<string, readonly Value[]>();
  const controlled = new Set([...graph.nodes.values()].flatMap((node) => node.controls));
  const valueOf = (node: string, index: number): Value => {
    const value = values.get(node)?.[index];
    if (value === undefined) throw new InternalError(`internal: no value for ${node}:${index}`, { node });
    return itemizer.resolve(value);
  };
  for (const node of graph.nodes.values()) {
    yield;
    const shapes = graph.shapes.get(node.name) ?? [];
    const known = given.get(node.name);
    const outputs = known !== undefined ? [known]
      : node.outputs.map((dtype, i) => newValue(`${node.name}:${i}`, dtype, valueShape(shapes[i] ?? null), knownValue(graph, node, i)));
    values.set(node.name, outputs);
    if (known !== undefined || node.op === 'Const' || node.op === '_Arg' || node.op === 'VarHandleOp') continue;
    const device = devices.get(graph.placement.get(node.name) ?? '');
    if (device === undefined) throw new InternalError(`internal: node '${node.name}' has no device`, { node: node.name, op: node.op });
    const inputs = node.inputs.map((endpoint) => valueOf(endpoint.node, endpoint.index));
    const entry = { node, inputs, outputs, device, origin: node.name, pinned: node.controls.length > 0 || controlled.has(node.name) };
    if (bodies !== undefined && (yield* recordLoop(entry, graph, itemizer, devices, bodies))) continue;
    itemizer.add(entry);
  }
  yield;
  return valueOf;
}

/** Fuses what was itemized, and picks programs. */
export function* unitsOf(itemizer: Itemizer, kept: ReadonlySet<Value>, devices: ReadonlyMap<string, CompileDevice>): Stage<Unit[]> {
  const resolved = itemizer.items.map((item): Item => ({ ...item, inputs: item.inputs.map((value) => itemizer.resolve(value)) }));
  const fused = yield* fuseEpilogues(yield* fuseMaps(resolved, kept, devices), kept, devices);
  const units: Unit[] = [];
  for (const item of fused) {
    yield;
    units.push(unitOf(item, devices));
  }
  return units;
}

/** A constant, or a variable's handle: that is the same in every run. */
function knownValue(graph: PartitionedGraph['graph'], node: NodeData, index: number): HostTensor | undefined {
  return node.op === 'VarHandleOp' ? variableHandle(node.name, attrsOf(node)) : constantAt(graph.nodes, { node: node.name, index });
}

function unitOf(item: Item, devices: ReadonlyMap<string, CompileDevice>): Unit {
  const device = devices.get(item.device);
  const base = { device: item.device, nodes: item.nodes, inputs: item.inputs, outputs: item.outputs };
  if (device === undefined) throw new InternalError(`internal: no device ${item.device}`);
  if (item.kind === 'loop') return item;
  if (item.kind === 'control') return { ...base, kind: 'control', node: item.node };
  const call = item.kind === 'host' ? item.call : callOfItem(item);
  const program = named(item.nodes[0] ?? '', () => chooseProgram(device.kernels, call, device.info, item.kind === 'host'));
  if (program === undefined) throw new InternalError(`internal: no program for ${labelOf(item)}`, { node: item.nodes[0] });
  if (program.kind === 'device') return { ...base, kind: 'launch', label: labelOf(item), program, update: 'update' in item ? item.update : undefined };
  const node = item.kind === 'host' ? item.node : { name: item.nodes[0] ?? '', op: labelOf(item), inputs: [], controls: [], device: '', attrs: item.kind === 'op' ? item.attrs : {}, outputs: item.outputs.map((value) => value.dtype) };
  return { ...base, kind: 'host', node, program };
}

/** A kernel may refuse what it is given when its program is made; the error says where. */
function named<T>(node: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw error instanceof OpError && error.node === undefined ? attachNode(error, node) : error;
  }
}

function labelOf(item: Item): string {
  switch (item.kind) {
    case 'op':
      return item.epilogue === undefined ? item.op : `${item.op}+epilogue`;
    case 'map':
      return 'map';
    case 'reduce':
      return `reduce(${item.reducer})`;
    case 'host':
    case 'control':
    case 'loop':
      return item.node.op;
    default:
      return item satisfies never;
  }
}
