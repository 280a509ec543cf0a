/**
 * Plan: from units to steps with slots. Launches in a row become one sequence; copies between host and device are steps of their own. A value
 * that goes on to another plan (to a loop, a branch, the later part, or out as a result that may stay where it is) lies in memory of its own.
 */
import { dtypeInfo } from '../dtypes.js';
import { InternalError } from '../errors.js';
import type { Endpoint } from '../graph/graphData.js';
import type { Wanted } from '../kernels/program.js';
import type { CompileDevice } from '../device/compileDevice.js';
import type { LoopPart, VariableUpdate } from '../lower/item.js';
import type { LaunchUnit, LoopUnit, LoweredGraph, Unit } from '../lower/lower.js';
import type { Value } from '../lower/value.js';
import type { PartitionedGraph } from '../partition/partition.js';
import { sizeOf } from '../shape.js';
import type { Stage } from '../stage.js';
import { decidesByFirst } from '../ops/controlFlowOps.js';
import { waitingOps } from '../ops/waitingOps.js';
import { lifetimes } from './lifetimes.js';
import type { ArgPlace, CellUpdate, DevicePlan, HostRef, Plan, SpentSlot, Step, ValueRef } from './plan.js';
import { schedule } from './schedule.js';
import { arePeers, bytesOf, cellName, constantSlot, devicePlan, newExternal, newRun, newSlot, startEarlier, type DeviceState } from './slots.js';
import { spentSlots } from './spent.js';

/** Where values come from and go to at the plan's edge. */
export interface PlanEdge {
  /** By argument: the device that it lies on; undefined: the host. */
  readonly argDevices: readonly (string | undefined)[];
  /** Whether a result may stay where it is made; else the host gets it. */
  readonly keeps: (result: number) => boolean;
}

export function* plan(partitioned: PartitionedGraph, lowered: LoweredGraph, devices: ReadonlyMap<string, CompileDevice>, edge: PlanEdge): Stage<Plan> {
  const { units, waits } = yield* schedule(lowered.units, partitioned.graph.nodes, partitioned.graph.library);
  const valueOf = ({ node, index }: Endpoint): Value => lowered.valueOf(node, index);
  const results = partitioned.results.map((result, index) =>
    (result.kind === 'later' ? result : { kind: 'now' as const, value: valueOf(result.endpoint), stays: edge.keeps(index) }));
  const captures = partitioned.later?.captures.map(valueOf) ?? [];
  const kept = [...results.flatMap((result) => (result.kind === 'now' ? [result.value] : [])), ...captures];
  const leaving = [
    ...units.flatMap((unit) => unit.inputs.filter((_, i) => wanted(unit, i) !== undefined && wanted(unit, i) !== 'host')),
    ...results.flatMap((result) => (result.kind === 'now' && result.stays ? [result.value] : [])), ...captures.filter((value) => !mayTellShapes(value)),
  ];
  yield;
  const { lastUse, numberOf } = lifetimes(units, kept);
  const builder = new PlanBuilder(devices, lastUse, numberOf, new Set(leaving.map((value) => value.root)));
  const args = lowered.args.map((value, index) => ({ name: value.name, place: builder.argument(value.root, edge.argDevices[index]), dtype: value.dtype, shape: value.shape }));
  for (const unit of units) {
    yield;
    builder.waitFor(waits.get(unit) ?? []);
    builder.addUnit(unit);
  }
  builder.endRun();
  const resultRefs = results.map((result): Plan['results'][number] =>
    (result.kind === 'later' ? result : { kind: 'now', ref: result.stays ? builder.valueRef(result.value) : builder.hostRef(result.value) }));
  const captureRefs = captures.map((value) => (mayTellShapes(value) ? builder.hostRef(value) : builder.valueRef(value)));
  const later = partitioned.later === undefined ? undefined : { graph: partitioned.later.graph, captures: captureRefs };
  const parts = yield* builder.finish();
  const spent = yield* spentSlots(parts.steps, args.map(({ place }) => place), [...resultRefs.flatMap((result) => (result.kind === 'now' ? [result.ref] : [])), ...captureRefs]);
  return { args, results: resultRefs, later, spent, ...parts };
}

/** Where a step wants an input; undefined for launches. */
function wanted(unit: Unit, input: number): Wanted | undefined {
  if (unit.kind === 'launch' || unit.kind === 'loop') return undefined;
  if (unit.kind === 'host') return unit.program.placeless?.takes[input] ?? 'host';
  // The value that decides which branch is taken.
  return input === 0 && decidesByFirst(unit.node.op) ? 'host' : 'anywhere';
}

/** Most elements of an integer value that the later part gets on the host, since it may tell shapes there. */
const maxTellingElements = 256;

function mayTellShapes({ dtype, shape }: Value): boolean {
  return ['int', 'uint', 'bool'].includes(dtypeInfo[dtype].kind) && !shape.includes(-1) && sizeOf(shape) <= maxTellingElements;
}

class PlanBuilder {
  private readonly steps: Step[] = [];
  private readonly hostSlots = new Map<Value, number>();
  private readonly onHost = new Set<Value>();
  /** The host slots of values that may lie anywhere. */
  private readonly anywhere = new Map<Value, number>();
  private readonly states = new Map<string, DeviceState>();
  private running: DeviceState | undefined;
  /** Units that may be waiting where the plan has got to, with their steps. */
  private readonly waiting = new Map<Unit, number>();
  /** Counts launches and copies: the clock of lifetimes. */
  private time = 0;
  private hostSlotCount = 0;
  /** Results of a loop's body that are made in their variable's memory. */
  private readonly inVariable = new Map<Value, Value>();

  /** `leaving`: values that go on to other plans. */
  constructor(
    private readonly devices: ReadonlyMap<string, CompileDevice>, private readonly lastUse: ReadonlyMap<Value, number>,
    private readonly numberOf: ReadonlyMap<Unit, number>, private readonly leaving: ReadonlySet<Value>,
  ) {}

  /** Gives an argument its slot. */
  argument(root: Value, device: string | undefined): ArgPlace {
    if (device === undefined) return { kind: 'host', slot: this.hostSlot(root) };
    const state = this.state(device);
    const slot = newExternal(state, bytesOf(state, root));
    state.slotOf.set(root, slot);
    return { kind: 'device', device, slot };
  }

  /** The host slot of an argument or of a value that a host step makes. */
  private hostSlot(root: Value): number {
    const known = this.hostSlots.get(root);
    const slot = known ?? this.hostSlotCount++;
    if (known === undefined) this.hostSlots.set(root, slot);
    this.onHost.add(root);
    return slot;
  }

  /** The slot of a value that something else makes, which may leave it on a device. */
  private anywhereSlot(root: Value): number {
    const slot = this.hostSlotCount++;
    this.anywhere.set(root, slot);
    return slot;
  }

  /** What comes next needs these units, which may be waiting, to be over. */
  waitFor(units: readonly Unit[]): void {
    const steps = units.flatMap((unit) => this.waiting.get(unit) ?? []);
    if (steps.length === 0) return;
    this.endRun();
    this.steps.push({ kind: 'wait', for: steps });
    for (const unit of units) this.waiting.delete(unit);
  }

  addUnit(unit: Unit): void {
    if (unit.kind === 'launch') {
      this.addLaunch(unit);
      return;
    }
    if (unit.kind === 'loop') {
      this.addLoop(unit);
      return;
    }
    this.endRun();
    const { device, node } = unit;
    const inputs = unit.inputs.map((value, i): ValueRef => {
      switch (wanted(unit, i)) {
        case 'anywhere':
          return this.valueRef(value);
        case 'device':
          return this.deviceRef(value, device);
        default:
          return this.hostRef(value);
      }
    });
    const anywhere = unit.kind === 'control' || unit.program.placeless?.gives === 'anywhere';
    const outputs = unit.outputs.map((value) => (anywhere ? this.anywhereSlot(value.root) : this.hostSlot(value.root)));
    if (unit.kind === 'control') {
      this.steps.push({ kind: 'control', device, node, inputs, outputs });
      return;
    }
    const mayWait = waitingOps.has(node.op);
    if (mayWait) this.waiting.set(unit, this.steps.length);
    this.steps.push({ kind: 'host', device, node, nodes: unit.nodes, program: unit.program, inputs, outputs, mayWait });
  }

  /** Ends the sequence that is being recorded. */
  endRun(): void {
    const launches = this.running?.open?.launches;
    if (this.running !== undefined && launches !== undefined && launches.length > 0) {
      const { loops = [], makes = [], updates = [] } = this.running.open ?? {};
      this.steps.push({ kind: 'run', device: this.running.device.name, launches, loops, makes, updates });
    }
    if (this.running !== undefined) this.running.open = undefined;
    this.running = undefined;
  }

  /** The value as the host reads it; a device value is downloaded first. */
  hostRef(value: Value): HostRef {
    if (value.constant !== undefined) return { kind: 'constant', value: value.constant };
    const { root } = value;
    if (root.constant !== undefined) throw new InternalError(`internal: ${value.name} views a constant`);
    if (!this.onHost.has(root)) this.download(root);
    const slot = this.hostSlots.get(root);
    if (slot === undefined) throw new InternalError(`internal: ${value.name} is nowhere`);
    return { kind: 'slot', slot, shape: value.shape.includes(-1) ? null : value.shape };
  }

  /** The value where it lies. */
  valueRef(value: Value): ValueRef {
    const { root } = value;
    const loose = this.anywhere.get(root);
    if (loose !== undefined && value.constant === undefined) return { kind: 'slot', slot: loose, shape: value.shape.includes(-1) ? null : value.shape };
    if (value.constant !== undefined) return this.hostRef(value);
    for (const state of this.states.values()) {
      const slot = state.slotOf.get(root);
      if (slot !== undefined && state.slots[slot]?.kind === 'external') return { kind: 'device', device: state.device.name, slot, dtype: value.dtype, shape: value.shape };
    }
    return this.hostRef(value);
  }

  /** The value on a device, in memory that outlives the run; where it lies if the device does not store its dtype. */
  private deviceRef(value: Value, device: string): ValueRef {
    const state = this.state(device);
    const { root, dtype, shape } = value;
    if (!(dtype in state.device.info.storage) || shape.includes(-1)) return this.valueRef(value);
    let slot = value.constant === undefined ? this.deviceSlot(state, value) : undefined;
    if (slot === undefined || state.slots[slot]?.kind !== 'external') {
      const from = this.hostRef(value);
      slot = newExternal(state, bytesOf(state, root));
      this.steps.push({ kind: 'upload', device, from, slot, dtype, name: root.name });
    }
    return { kind: 'device', device, slot, dtype, shape };
  }

  private download(root: Value): void {
    const loose = this.anywhere.get(root);
    if (loose !== undefined) {
      this.endRun();
      this.steps.push({ kind: 'fetch', from: loose, to: this.hostSlot(root), name: root.name });
      return;
    }
    const found = this.onDevice(root);
    if (found === undefined) throw new InternalError(`internal: ${root.name} is read before it is made`);
    this.steps.push({ kind: 'download', device: found.device, slot: found.slot, to: this.hostSlot(root), dtype: root.dtype, shape: root.shape, name: root.name });
  }

  /** Where a value lies, for a copy that comes next; in the order of the devices, those alone that `state`'s can reach without the host. */
  private onDevice(root: Value, near?: DeviceState): { readonly device: string; readonly slot: number } | undefined {
    for (const state of this.states.values()) {
      const slot = state.slotOf.get(root);
      if (slot === undefined || (near !== undefined && !arePeers(state, near, root.dtype))) continue;
      this.endRun();
      this.touch(state, slot);
      this.time++;
      return { device: state.device.name, slot };
    }
    return undefined;
  }

  private addLoop(unit: LoopUnit): void {
    const state = this.state(unit.device);
    if (this.running !== state) this.endRun();
    // Copies to the device come before the sequence.
    for (const value of unit.inputs) if (value.constant === undefined) this.deviceSlot(state, value);
    for (const [result, variable] of unit.inVariable) this.inVariable.set(result, variable);
    this.running = state;
    state.open ??= newRun(this.time);
    const open = state.open;
    const add = (parts: readonly LoopPart[]): number => {
      const before = open.launches.length;
      for (const part of parts) this.addUnit(part);
      return open.launches.length - before;
    };
    add(unit.initial);
    const start = open.launches.length;
    const condition = add(unit.condition);
    const test = state.slotOf.get(unit.test.root);
    const body = add(unit.body);
    if (test === undefined || state.open !== open) throw new InternalError(`internal: the loop ${unit.node.name} is no sequence`);
    open.loops.push({ node: unit.node.name, start, condition, test, body });
    // What the loop reads, and its variables, live until it ends.
    for (const value of [...unit.inputs, ...unit.outputs]) {
      const slot = state.slotOf.get(value.root);
      if (slot !== undefined) this.touch(state, slot);
    }
    this.touch(state, test);
    this.time++;
  }

  private addLaunch(unit: LaunchUnit): void {
    const index = this.numberOf.get(unit) ?? 0;
    const state = this.state(unit.device);
    const { program, update } = unit;
    if (this.running !== state) this.endRun();
    if (update !== undefined) {
      const name = cellName(update.handle);
      // A sequence changes a variable once, and only variables that are known not to be one.
      if (state.open?.updates.some((other) => name === undefined || cellName(other.handle) === name) === true) this.endRun();
      state.slotOf.set(update.old.root, newExternal(state, bytesOf(state, update.old)));
    }
    const packs = new Map(program.packs.map((pack) => [pack.input, pack]));
    // Copies to the device come before the sequence; a copy that must follow a launch of it starts a new one.
    const inputs = program.inputs.map((input) => {
      const value = unit.inputs[input];
      if (value === undefined) throw new InternalError(`internal: ${unit.label} binds input ${input} of ${unit.inputs.length}`, { node: unit.nodes[0] });
      return value.constant === undefined ? this.deviceSlot(state, value) : constantSlot(state, value.constant, packs.get(input));
    });
    const isDynamic = program.everyRun === true || unit.inputs.some((value, i) => !program.inputs.includes(i) && value.constant === undefined);
    const launchValues = program.launchFor !== undefined && isDynamic
      ? unit.inputs.map((value, i) => (program.inputs.includes(i) ? undefined : this.hostRef(value))) : undefined;
    const handle = update === undefined ? undefined : this.hostRef(update.handle);
    this.running = state;
    state.open ??= newRun(this.time);
    for (const slot of inputs) this.touch(state, slot);
    const outputs = unit.outputs.map((value, i) => this.outputSlot(state, unit, value, i, index));
    if (update !== undefined && handle !== undefined) state.open.updates.push(this.cellUpdate(state, unit, update, handle, index));
    const scratch = program.scratch > 0 ? [newSlot(state, program.scratch, this.time)] : [];
    state.open.launches.push({ label: unit.label, nodes: unit.nodes, program, slots: [...inputs, ...outputs, ...scratch], launchValues });
    this.time++;
  }

  private cellUpdate(state: DeviceState, { inputs, outputs, program }: LaunchUnit, { node, old, fresh }: VariableUpdate, handle: HostRef, index: number): CellUpdate {
    const slotOf = (value: Value): number => state.slotOf.get(value.root) ?? 0;
    const before = new Set(state.open?.launches.flatMap(({ slots }) => slots));
    // What changes before this one bring in is not there yet when the sequence begins.
    for (const other of state.open?.updates ?? []) {
      before.delete(other.old);
      before.delete(other.fresh);
    }
    const early = [...state.slotOf].flatMap(([root, slot]): SpentSlot[] =>
      (before.has(slot) && state.slots[slot]?.kind === 'external' && (this.lastUse.get(root) ?? Infinity) < index ? [{ kind: 'device', device: state.device.name, slot }] : []));
    const inPlace = program.inPlace.some((rule) => outputs[rule.output] === fresh && inputs[rule.input]?.root === old);
    return { node, handle, old: slotOf(old), fresh: slotOf(fresh), inPlace, dtype: old.dtype, shape: old.shape, early };
  }

  /** A new slot, or that of an input which this launch may overwrite and nothing reads afterwards. */
  private outputSlot(state: DeviceState, unit: LaunchUnit, value: Value, output: number, index: number): number {
    const bytes = bytesOf(state, value);
    // A loop's variable is written again and again; some results are made right in it.
    const own = state.slotOf.get((this.inVariable.get(value.root) ?? value).root);
    if (own !== undefined) {
      state.slotOf.set(value.root, own);
      this.touch(state, own);
      return own;
    }
    const isUpdate = unit.update?.fresh.root === value.root;
    if (isUpdate || this.leaving.has(value.root)) {
      const slot = newExternal(state, bytes);
      state.slotOf.set(value.root, slot);
      if (!isUpdate) state.open?.makes.push(slot);
      return slot;
    }
    for (const rule of unit.program.inPlace) {
      const input = rule.output === output ? unit.inputs[rule.input] : undefined;
      const slot = input === undefined || input.constant !== undefined ? undefined : state.slotOf.get(input.root);
      const entry = slot === undefined ? undefined : state.slots[slot];
      if (input === undefined || slot === undefined || entry?.kind !== 'arena') continue;
      const taken = unit.outputs.slice(0, output).some((other) => state.slotOf.get(other.root) === slot);
      if (taken || entry.lifetime.bytes !== bytes || (this.lastUse.get(input.root) ?? index) > index) continue;
      state.slotOf.set(value.root, slot);
      return slot;
    }
    const slot = newSlot(state, bytes, this.time);
    state.slotOf.set(value.root, slot);
    return slot;
  }

  /** The device slot of a value, uploading it if it is on the host or another device. */
  private deviceSlot(state: DeviceState, value: Value): number {
    const { root } = value;
    const known = state.slotOf.get(root);
    if (known !== undefined) return known;
    const loose = this.onHost.has(root) ? undefined : this.anywhere.get(root);
    if (loose !== undefined) {
      const slot = newExternal(state, bytesOf(state, root));
      state.slotOf.set(root, slot);
      this.steps.push({ kind: 'bring', device: state.device.name, from: loose, slot, dtype: root.dtype, shape: root.shape, name: root.name });
      return slot;
    }
    const peer = this.onHost.has(root) ? undefined : this.onDevice(root, state);
    const from = peer === undefined ? this.hostRef({ ...value, shape: root.shape }) : undefined;
    const slot = this.leaving.has(root) ? newExternal(state, bytesOf(state, root)) : newSlot(state, bytesOf(state, root), this.time);
    state.slotOf.set(root, slot);
    if (peer !== undefined) this.steps.push({ kind: 'move', from: peer, device: state.device.name, slot, bytes: bytesOf(state, root), name: root.name });
    else if (from !== undefined) this.steps.push({ kind: 'upload', device: state.device.name, from, slot, dtype: root.dtype, name: root.name });
    startEarlier(state, slot, this.running?.open?.start ?? this.time);
    return slot;
  }

  private touch(state: DeviceState, slot: number): void {
    const entry = state.slots[slot];
    if (entry?.kind === 'arena') entry.lifetime.last = Math.max(entry.lifetime.last, this.time);
  }

  private state(name: string): DeviceState {
    const known = this.states.get(name);
    if (known !== undefined) return known;
    const device = this.devices.get(name);
    if (device === undefined) throw new InternalError(`internal: no device ${name}`);
    const state: DeviceState = { device, slots: [], slotOf: new Map(), constants: new Map(), open: undefined };
    this.states.set(name, state);
    return state;
  }

  *finish(): Stage<Pick<Plan, 'steps' | 'devices' | 'hostSlots'>> {
    const devices: DevicePlan[] = [];
    for (const state of this.states.values()) devices.push(yield* devicePlan(state));
    return { steps: this.steps, devices, hostSlots: this.hostSlotCount };
  }
}
