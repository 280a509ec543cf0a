/**
 * A While as a loop inside a sequence: where the device runs loops, and condition and body are launches on that one device over values whose
 * shapes stay what they are. The host then starts the loop and hears when it is over. Every variable has memory of its own: the first value is
 * copied into it, and so is each iteration's result, unless the body can make it right there.
 */
import type { CompileDevice } from '../device/compileDevice.js';
import { input } from '../codegen/expr.js';
import { InternalError, OpError } from '../errors.js';
import { AttrReader, type FunctionRef } from '../graph/attrs.js';
import type { NodeData } from '../graph/graphData.js';
import type { ArgKnowledge, PlacedGraph } from '../graph/typedGraph.js';
import { HostTensor } from '../hostTensor.js';
import { chooseProgram } from '../kernels/findKernel.js';
import type { PartitionedGraph } from '../partition/partition.js';
import { isFullyKnown, sameShape, sizeOf } from '../shape.js';
import type { Stage } from '../stage.js';
import type { DenseList } from './denseLists.js';
import { Itemizer } from './itemize.js';
import type { LoopPart } from './item.js';
import { itemize, unitsOf, type LaunchUnit, type Unit } from './lower.js';
import { newValue, type Value } from './value.js';

/** The functions that loops consist of. */
export interface LoopBodies {
  /** A function of the library of the graph that calls it, placed for a call on `device`. */
  readonly graph: (ref: FunctionRef, caller: PlacedGraph, device: string) => PlacedGraph | undefined;
  /** optimize ─► partition, for arguments of these shapes. */
  readonly compile: (graph: PlacedGraph, args: readonly ArgKnowledge[]) => Stage<PartitionedGraph>;
}

interface Entry {
  readonly node: NodeData;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly device: CompileDevice;
}

/** A loop variable: what it starts as, and the value that stands for it in the loop. Invariants are what they start as. */
interface Variable {
  readonly first: Value;
  readonly value: Value;
  readonly isInvariant: boolean;
  readonly list: DenseList | undefined;
}

interface Lowered {
  readonly parts: readonly LoopPart[];
  readonly results: readonly Value[];
}

/** Adds the loop to the itemizer, if it can be recorded. Nothing is added when not. */
export function* recordLoop(
  entry: Entry, caller: PlacedGraph, itemizer: Itemizer, devices: ReadonlyMap<string, CompileDevice>, bodies: LoopBodies,
): Stage<boolean> {
  const { node, device } = entry;
  if (!/^(Stateless)?While$/.test(node.op) || !device.info.controlFlow || device.info.storage.bool?.as !== 'bool') return false;
  const attrs = new AttrReader(node.attrs, `${node.op} '${node.name}'`);
  const condition = bodies.graph(attrs.func('cond'), caller, device.name);
  const body = bodies.graph(attrs.func('body'), caller, device.name);
  if (condition === undefined || body === undefined) return false;
  const inputs = entry.inputs.map((value) => itemizer.resolve(value));
  const variables = inputs.map((value, i) => variableOf(entry, value, i, body, itemizer, device));
  if (!variables.every((variable) => variable !== undefined)) return false;
  try {
    const test = yield* lowered(condition, variables, device, devices, bodies, () => true);
    const step = test === undefined ? undefined : yield* lowered(body, variables, device, devices, bodies, (i) => variables[i]?.isInvariant === false);
    if (test === undefined || step === undefined) return false;
    return addLoop(entry, variables, test, step, itemizer);
  } catch (error) {
    // What is wrong with the body is wrong when it runs.
    if (error instanceof OpError) return false;
    throw error;
  }
}

function variableOf({ node }: Entry, value: Value, index: number, body: PlacedGraph, itemizer: Itemizer, device: CompileDevice): Variable | undefined {
  const list = itemizer.listOf(value);
  const first = list?.tensor ?? value;
  if (first.shape.includes(-1) || device.info.storage[first.dtype] === undefined) return undefined;
  const isInvariant = handsOn(body, index);
  const inside = isInvariant ? first : newValue(`${node.name}:${index}`, first.dtype, first.shape);
  return { first, value: inside, isInvariant, list: list === undefined ? undefined : { tensor: inside, elementShape: list.elementShape } };
}

/** Whether a body's result is its argument. */
function handsOn(body: PlacedGraph, index: number): boolean {
  let endpoint = body.results[index];
  for (let node = body.nodes.get(endpoint?.node ?? ''); node?.op === 'Identity' && node.controls.length === 0; node = body.nodes.get(endpoint?.node ?? '')) [endpoint] = node.inputs;
  return endpoint !== undefined && endpoint.node === body.args[index];
}

/** A function's launches over the loop's variables; undefined when it has other work, or a result that is `wanted` is not as the variable is. */
function* lowered(
  graph: PlacedGraph, variables: readonly Variable[], device: CompileDevice, devices: ReadonlyMap<string, CompileDevice>, bodies: LoopBodies, wanted: (result: number) => boolean,
): Stage<Lowered | undefined> {
  const args = variables.map(({ value, list }): ArgKnowledge => (list === undefined ? { shape: value.shape, value: value.constant } : { shape: [] }));
  const partitioned = yield* bodies.compile(graph, args);
  if (partitioned.later !== undefined || ![...partitioned.graph.shapes.values()].every((shapes) => shapes.every((shape) => isFullyKnown(shape)))) return undefined;
  const itemizer = new Itemizer(true);
  const given = new Map(partitioned.graph.args.map((name, i): [string, Value] => {
    const variable = variables[i];
    if (variable === undefined) throw new InternalError(`internal: argument ${i} of a loop's function is no variable`);
    if (variable.list === undefined) return [name, variable.value];
    const handle = newValue(name, 'variant', []);
    itemizer.setList(handle, variable.list);
    return [name, handle];
  }));
  const valueOf = yield* itemize(partitioned.graph, devices, itemizer, given, bodies);
  const results: Value[] = [];
  for (const [i, result] of partitioned.results.entries()) {
    const value = result.kind === 'now' ? valueOf(result.endpoint.node, result.endpoint.index) : undefined;
    const tensor = value === undefined ? undefined : (itemizer.listOf(value)?.tensor ?? value);
    if (tensor === undefined || (wanted(i) && device.info.storage[tensor.dtype] === undefined)) return undefined;
    results.push(tensor);
  }
  const all = yield* unitsOf(itemizer, new Set(results.filter((_, i) => wanted(i))), devices);
  // Launches of a sequence keep their order: what only waits is not needed.
  const units = all.filter((unit) => unit.kind !== 'host' || (unit.node.op !== 'NoOp' && unit.node.op !== 'ControlTrigger'));
  const parts = units.filter((unit): unit is LoopPart => isPart(unit, device));
  return parts.length === units.length ? { parts, results } : undefined;
}

/** Whether a unit may stand in a loop on the device: a launch that needs nothing of the host. */
function isPart(unit: Unit, device: CompileDevice): boolean {
  if (unit.device !== device.name) return false;
  if (unit.kind === 'loop') return true;
  if (unit.kind !== 'launch' || unit.update !== undefined) return false;
  const { program, inputs } = unit;
  return program.launchFor === undefined || (program.everyRun !== true && inputs.every((value, i) => program.inputs.includes(i) || value.constant !== undefined));
}

function addLoop(entry: Entry, variables: readonly Variable[], condition: Lowered, body: Lowered, itemizer: Itemizer): boolean {
  const { node, device } = entry;
  const varying = variables.flatMap((variable, i) => (variable.isInvariant ? [] : [{ ...variable, result: body.results[i] }]));
  const copies = new Copies(device, node.name);
  const initial = varying.map(({ first, value }) => copies.unit(first, value));
  const inVariable = new Map<Value, Value>();
  // Results that are other variables' old values are saved before any variable changes.
  const saves: (LaunchUnit | undefined)[] = [];
  const next: (LaunchUnit | undefined)[] = [];
  const olds = new Set(varying.map(({ value }) => value));
  for (const { value, result } of varying) {
    if (result === undefined || result.dtype !== value.dtype || !sameShape(result.shape, value.shape)) return false;
    if (result.root === value) continue;
    if (madeInPlace(result, value, body, inVariable)) {
      inVariable.set(result.root, value);
      continue;
    }
    let from = result;
    if (olds.has(result.root)) {
      from = newValue(`${value.name}/next`, value.dtype, value.shape);
      saves.push(copies.unit(result, from));
    }
    next.push(copies.unit(from, value));
  }
  const [test] = condition.results;
  if (test?.dtype !== 'bool' || sizeOf(test.shape) !== 1) return false;
  const go = newValue(`${node.name}/test`, 'bool', test.shape);
  const isMade = condition.parts.some((part) => part.outputs.includes(test));
  const tested = isMade ? [] : [copies.unit(test, go)];
  const copied = [...initial, ...saves, ...next, ...tested];
  if (!copied.every((unit) => unit !== undefined)) return false;
  const made = (units: readonly (LaunchUnit | undefined)[]): LaunchUnit[] => units.filter((unit) => unit !== undefined);
  const parts = [...condition.parts, ...body.parts];
  const inside = new Set([...parts.flatMap((part) => part.outputs), ...varying.map(({ value }) => value), ...made(saves).flatMap(({ outputs }) => outputs)].map((value) => value.root));
  const reads = [...varying.map(({ first }) => first), ...parts.flatMap((part) => part.inputs), ...made([...next, ...tested]).flatMap((unit) => unit.inputs)];
  itemizer.addLoop({
    kind: 'loop', device: device.name, node, nodes: [node.name], pinned: true, initial: made(initial), inVariable,
    inputs: [...new Set(reads.filter((value) => !inside.has(value.root)))], outputs: varying.map(({ value }) => value),
    condition: [...condition.parts, ...made(tested)], test: isMade ? test : go, body: [...body.parts, ...made(saves), ...made(next)],
  });
  variables.forEach(({ value, list }, i) => {
    const output = entry.outputs[i];
    if (output === undefined) return;
    if (list === undefined) itemizer.replace(output, value);
    else itemizer.setList(output, list, () => { itemizer.add(asList(output, list, entry)); });
  });
  return true;
}

/** Whether the launch that makes a result may write it into its variable: nothing reads the old value afterwards. */
function madeInPlace(result: Value, variable: Value, { parts, results }: Lowered, taken: ReadonlyMap<Value, Value>): boolean {
  const { root } = result;
  if (taken.has(root) || root.constant !== undefined || results.filter((other) => other.root === root).length > 1 || sizeOf(root.shape) !== sizeOf(variable.shape)) return false;
  // Other variables may start from this one's old value at the end of the body.
  if (results.some((other) => other.root === variable)) return false;
  const at = parts.findIndex((part) => part.outputs.some((output) => output.root === root));
  const maker = parts[at];
  if (maker?.kind !== 'launch') return false;
  const lastRead = parts.findLastIndex((part) => part.inputs.some((value) => value.root === variable));
  if (lastRead < at) return true;
  const output = maker.outputs.findIndex((value) => value.root === root);
  const readAt = maker.inputs.flatMap((value, i) => (value.root === variable ? [i] : []));
  return lastRead === at && readAt.every((i) => maker.program.inPlace.some((rule) => rule.output === output && rule.input === i));
}

/** A loop's list as a list, for those who need one. */
function asList(output: Value, { tensor, elementShape }: DenseList, { node, device }: Entry): Parameters<Itemizer['add']>[0] {
  const name = `${output.name}/list`;
  const shape = newValue(`${name}/shape`, 'int32', [elementShape.length], HostTensor.from([...elementShape], { dtype: 'int32', shape: [elementShape.length] }));
  return {
    node: { name, op: 'TensorListFromTensor', inputs: [], controls: [], device: '', outputs: ['variant'],
      attrs: { element_dtype: { kind: 'type', value: tensor.dtype }, shape_type: { kind: 'type', value: 'int32' } } },
    inputs: [tensor, shape], outputs: [output], device, origin: node.name, pinned: true,
  };
}

/** Launches that copy a value. */
class Copies {
  constructor(private readonly device: CompileDevice, private readonly node: string) {}

  /** Undefined where the device has no kernel that copies this dtype. */
  unit(from: Value, to: Value): LaunchUnit | undefined {
    const fn = { inputs: [to.dtype], outputs: [input(0, to.dtype)] };
    const arg = { dtype: to.dtype, shape: to.shape };
    const program = chooseProgram(this.device.kernels, { kind: 'map', node: this.node, inputs: [arg], outputs: [arg], fn }, this.device.info, false);
    if (program?.kind !== 'device') return undefined;
    return { kind: 'launch', device: this.device.name, nodes: [this.node], inputs: [from], outputs: [to], label: 'copy', program, update: undefined };
  }
}
