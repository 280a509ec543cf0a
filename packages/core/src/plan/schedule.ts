/**
 * The order of units: data and control edges are kept, and among what is ready, work for the device that is being fed goes first, so that
 * a host program in between does not cut a sequence in two. Units that may wait for others come after everything that does not depend on
 * one, so that they hold up nothing else.
 */
import { InternalError } from '../errors.js';
import type { FunctionLibrary, NodeData } from '../graph/graphData.js';
import type { Stage } from '../stage.js';
import { waitingNodes, waitingOps } from '../ops/waitingOps.js';
import type { Unit } from '../lower/lower.js';
import type { Value } from '../lower/value.js';

export interface Schedule {
  readonly units: readonly Unit[];
  /** For a unit that needs some that may wait: those. */
  readonly waits: ReadonlyMap<Unit, readonly Unit[]>;
}

export function* schedule(units: readonly Unit[], nodes: ReadonlyMap<string, NodeData>, library: FunctionLibrary): Stage<Schedule> {
  const producer = new Map<Value, number>();
  const unitOfNode = new Map<string, number[]>();
  units.forEach((unit, i) => {
    for (const output of unit.outputs) producer.set(output.root, i);
    for (const node of unit.nodes) unitOfNode.set(node, [...(unitOfNode.get(node) ?? []), i]);
  });
  const after: Set<number>[] = [];
  for (const [i, unit] of units.entries()) {
    yield;
    const before = new Set<number>();
    for (const input of unit.kind === 'launch' && unit.update !== undefined ? [...unit.inputs, unit.update.handle] : unit.inputs) {
      const from = producer.get(input.root);
      if (from !== undefined) before.add(from);
    }
    for (const name of unit.nodes) {
      const node = nodes.get(name);
      // A constant is no unit, but who reads it waits for what it waited for.
      const silent = (node?.inputs ?? []).flatMap((endpoint) => (unitOfNode.has(endpoint.node) ? [] : [endpoint.node]));
      for (const control of [...(node?.controls ?? []), ...silent]) controlUnits(control, nodes, unitOfNode).forEach((u) => before.add(u));
    }
    before.delete(i);
    after.push(before);
  }
  const waiting = after.map((before) => before.size);
  const readers = units.map((): number[] => []);
  after.forEach((before, i) => { for (const from of before) readers[from]?.push(i); });
  const turns = turnsOf(units, after, waitingNodes(nodes, library));
  const order: Unit[] = [];
  const ready = new Set(waiting.flatMap((count, i) => (count === 0 ? [i] : [])));
  let current: string | undefined;
  while (ready.size > 0) {
    yield;
    const next = pick(units, inTurn(ready, turns), current);
    const unit = units[next];
    if (unit === undefined) break;
    ready.delete(next);
    order.push(unit);
    current = unit.kind === 'launch' || unit.kind === 'loop' ? unit.device : undefined;
    for (const reader of readers[next] ?? []) {
      const left = (waiting[reader] ?? 0) - 1;
      waiting[reader] = left;
      if (left === 0) ready.add(reader);
    }
  }
  if (order.length !== units.length) throw new InternalError('internal: the units of a plan wait for each other');
  return { units: order, waits: waitsOf(units, after) };
}

function mayWait(unit: Unit | undefined): boolean {
  return unit?.kind === 'host' && waitingOps.has(unit.node.op);
}

function waitsOf(units: readonly Unit[], after: readonly ReadonlySet<number>[]): Map<Unit, readonly Unit[]> {
  const waits = new Map<Unit, readonly Unit[]>();
  units.forEach((unit, i) => {
    const needed = [...(after[i] ?? [])].flatMap((from) => (mayWait(units[from]) ? (units[from] ?? []) : []));
    if (needed.length > 0) waits.set(unit, needed);
  });
  return waits;
}

/** By unit: 0, 1 for one that may wait, 2 for what depends on such a one; undefined where none may. */
function turnsOf(units: readonly Unit[], after: readonly ReadonlySet<number>[], waiting: ReadonlySet<string>): readonly number[] | undefined {
  if (waiting.size === 0) return undefined;
  const turns = new Map<number, number>();
  const turnOf = (i: number): number => {
    const known = turns.get(i);
    if (known !== undefined) return known;
    turns.set(i, 0);
    const behind = [...(after[i] ?? [])].some((from) => turnOf(from) > 0);
    const turn = behind ? 2 : units[i]?.nodes.some((node) => waiting.has(node)) === true ? 1 : 0;
    turns.set(i, turn);
    return turn;
  };
  return units.map((_, i) => turnOf(i));
}

function inTurn(ready: ReadonlySet<number>, turns: readonly number[] | undefined): ReadonlySet<number> {
  if (turns === undefined) return ready;
  const first = Math.min(...Array.from(ready, (i) => turns[i] ?? 0));
  return new Set([...ready].filter((i) => turns[i] === first));
}

/** The units that a control edge waits for: those of the node, or, for one that vanished (a NoOp, a Const), those that it waited for. */
function controlUnits(node: string, nodes: ReadonlyMap<string, NodeData>, unitOfNode: ReadonlyMap<string, readonly number[]>, seen = new Set<string>()): readonly number[] {
  const own = unitOfNode.get(node);
  if (own !== undefined || seen.has(node)) return own ?? [];
  seen.add(node);
  const data = nodes.get(node);
  return [...(data?.controls ?? []), ...(data?.inputs ?? []).map((endpoint) => endpoint.node)].flatMap((name) => controlUnits(name, nodes, unitOfNode, seen));
}

/** The earliest ready launch on the current device; else the earliest ready host unit; else the earliest launch. */
function pick(units: readonly Unit[], ready: ReadonlySet<number>, current: string | undefined): number {
  let same = Infinity;
  let host = Infinity;
  let first = Infinity;
  for (const i of ready) {
    const unit = units[i];
    if (unit?.kind === 'launch' || unit?.kind === 'loop') {
      if (unit.device === current) same = Math.min(same, i);
    } else host = Math.min(host, i);
    first = Math.min(first, i);
  }
  return same < Infinity ? same : host < Infinity ? host : first;
}
