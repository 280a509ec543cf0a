/**
 * Fusion of elementwise chains. Walking from the end, an elementwise item joins the group of its readers when all of them are in that one
 * group and nobody else needs its value; the group then becomes one map at the place of its last member. No path leaves a group but from
 * its root, so fusing never makes a cycle. A group that ends in a reduction alone becomes the reduction's `before`.
 */
import { constant, rewrite, type Expr, type MapFunction } from '../codegen/expr.js';
import { hasBytes } from '../dtypes.js';
import type { HostTensor } from '../hostTensor.js';
import { mapKernelFor, reduceKernelFor } from '../kernels/findKernel.js';
import { sizeOf, type Shape } from '../shape.js';
import type { CompileDevice } from '../device/compileDevice.js';
import type { Stage } from '../stage.js';
import type { Item, MapItem, ReduceItem } from './item.js';
import { simplifyMap } from './simplifyExpr.js';
import type { Value } from './value.js';

/** Most buffers that one fused launch reads: more would not pay, and devices bind only so many. */
const maxInputs = 7;

interface Readers {
  readonly items: readonly Item[];
  /** Read through a view, or needed outside: stays a value of its own. */
  readonly elsewhere: boolean;
}

export function* fuseMaps(items: readonly Item[], kept: ReadonlySet<Value>, devices: ReadonlyMap<string, CompileDevice>): Stage<Item[]> {
  const readers = readersOf(items, kept);
  /** The fused item that stands for a member so far. */
  const groups = new Map<Item, MapItem | ReduceItem>();
  const absorbed = new Set<Item>();
  for (const item of [...items].reverse()) {
    yield;
    const device = devices.get(item.device);
    if (item.kind === 'map' && device !== undefined) {
      const uniform = inlineConstants(item);
      const group = joinedGroup(uniform, readers, groups);
      const fused = group === undefined ? undefined : absorb(group, uniform, device);
      if (group !== undefined && fused !== undefined) {
        absorbed.add(item);
        for (const [member, current] of groups) if (current === group) groups.set(member, fused);
        groups.set(item, fused);
      } else groups.set(item, uniform);
    } else if (item.kind === 'reduce') groups.set(item, item);
  }
  const left: Item[] = [];
  for (const item of items) {
    yield;
    if (!absorbed.has(item)) left.push(simplified(groups.get(item) ?? item));
  }
  return left;
}

function simplified(item: Item): Item {
  if (item.kind === 'map') return { ...item, fn: simplifyMap(item.fn) };
  return item.kind === 'reduce' ? { ...item, before: simplifyMap(item.before) } : item;
}

function readersOf(items: readonly Item[], kept: ReadonlySet<Value>): Map<Value, Readers> {
  const readers = new Map<Value, { items: Item[]; elsewhere: boolean }>();
  const of = (value: Value): { items: Item[]; elsewhere: boolean } => {
    const entry = readers.get(value) ?? { items: [], elsewhere: false };
    readers.set(value, entry);
    return entry;
  };
  for (const item of items) {
    for (const value of item.inputs) {
      if (value.root !== value) of(value.root).elsewhere = true;
      else if (!of(value).items.includes(item)) of(value).items.push(item);
    }
  }
  for (const value of kept) of(value.root).elsewhere = true;
  return readers;
}

/** The group that all readers of the item's value belong to, if there is one and the item may vanish into it. */
function joinedGroup(item: MapItem, readers: ReadonlyMap<Value, Readers>, groups: ReadonlyMap<Item, MapItem | ReduceItem>): MapItem | ReduceItem | undefined {
  const [output] = item.outputs;
  if (item.pinned || output === undefined || item.outputs.length !== 1) return undefined;
  const read = readers.get(output);
  if (read === undefined || read.elsewhere || read.items.length === 0) return undefined;
  const found = new Set(read.items.map((reader) => groups.get(reader)));
  const [group] = found;
  if (found.size !== 1 || group === undefined || group.pinned || group.device !== item.device) return undefined;
  const space = group.kind === 'reduce' ? group.space : group.outputs[0]?.shape;
  return space !== undefined && sameSpace(output.shape, space) ? group : undefined;
}

/** Equal but for leading ones: then what broadcasts to the one broadcasts to the other. */
function sameSpace(a: Shape, b: Shape): boolean {
  return sizeOf(a) === sizeOf(b) && trimmed(a).join() === trimmed(b).join();
}

function trimmed(shape: Shape): Shape {
  const start = shape.findIndex((dim) => dim !== 1);
  return start < 0 ? [] : shape.slice(start);
}

/** The group with `item` computed inside it; undefined when the device would not take the result. */
function absorb(group: MapItem | ReduceItem, item: MapItem, device: CompileDevice): MapItem | ReduceItem | undefined {
  const [produced] = item.outputs;
  const [expr] = item.fn.outputs;
  if (produced === undefined || expr === undefined) return undefined;
  const inputs = group.inputs.filter((value) => value !== produced);
  for (const value of item.inputs) if (!inputs.includes(value)) inputs.push(value);
  if (inputs.length > maxInputs) return undefined;
  const place = (value: Value): number => inputs.indexOf(value);
  const inner = renumber(expr, (i) => place(item.inputs[i] ?? produced), item.inputs);
  const outer = group.kind === 'map' ? group.fn : group.before;
  const seen = new Map<Expr, Expr>();
  const outputs = outer.outputs.map((output) => rewrite(output, (node) => {
    if (node.kind !== 'input') return node;
    const value = group.inputs[node.index];
    return value === produced ? inner : { ...node, index: value === undefined ? 0 : place(value) };
  }, seen));
  const fn: MapFunction = { inputs: inputs.map((value) => value.dtype), outputs };
  const nodes = [...new Set([...group.nodes, ...item.nodes])];
  if (group.kind === 'reduce') {
    if (reduceKernelFor(device.kernels, group.reducer, fn, group.after, false) === undefined) return undefined;
    return { ...group, inputs, before: fn, nodes };
  }
  if (mapKernelFor(device.kernels, fn, false) === undefined) return undefined;
  return { ...group, inputs, fn, nodes };
}

function renumber(expr: Expr, place: (index: number) => number, inputs: readonly Value[]): Expr {
  return rewrite(expr, (node) => (node.kind === 'input' && inputs[node.index] !== undefined ? { ...node, index: place(node.index) } : node));
}

/** Constants of one element become part of the code. */
function inlineConstants(item: MapItem): MapItem {
  const scalar = item.inputs.map((value) => (value.constant?.size === 1 ? scalarExpr(value.constant) : undefined));
  if (scalar.every((expr) => expr === undefined) || scalar.every((expr) => expr !== undefined)) return item;
  const inputs = item.inputs.filter((_, i) => scalar[i] === undefined);
  const seen = new Map<Expr, Expr>();
  const outputs = item.fn.outputs.map((output) => rewrite(output, (node) => {
    if (node.kind !== 'input') return node;
    const value = item.inputs[node.index];
    return scalar[node.index] ?? { ...node, index: value === undefined ? 0 : inputs.indexOf(value) };
  }, seen));
  return { ...item, inputs, fn: { inputs: inputs.map((value) => value.dtype), outputs } };
}

function scalarExpr(value: HostTensor): Expr | undefined {
  if (!hasBytes(value.dtype)) return undefined;
  const item = value.item();
  return typeof item === 'number' || typeof item === 'bigint' || typeof item === 'boolean' ? constant(item, value.dtype) : undefined;
}
