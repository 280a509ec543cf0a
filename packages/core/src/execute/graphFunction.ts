/**
 * A placed graph that can be called: the main graph of a signature, the body of a loop, a branch, or the rest of a graph whose shapes were
 * born from data. Plans are compiled once per argument dtypes and shapes, and per value of those arguments that tell shapes.
 */
import { releaseAll, type AnyTensor } from '../device/anyTensor.js';
import { DeviceTensor } from '../device/deviceTensor.js';
import type { FunctionRef } from '../graph/attrs.js';
import type { ArgKnowledge, PlacedGraph, TypedGraph } from '../graph/typedGraph.js';
import { HostTensor } from '../hostTensor.js';
import type { Plan } from '../plan/plan.js';
import type { ResourceManager } from '../kernels/hostContext.js';
import { declaredVariables, withCellShapes, type DeclaredVariable } from './cellShapes.js';
import { runControl, type FunctionUse } from './control.js';
import type { FrameFunction } from './frames.js';
import type { PlanCache } from './planCache.js';
import { PreparedPlan, sessionDevice, type SessionDevice } from './preparedPlan.js';
import type { RunContext } from './runContext.js';
import { runPlan } from './runPlan.js';
import { downloadTensor } from './transfer.js';

/** What a session lends to its functions. */
export interface Runtime {
  /** Those that are open; grows. */
  readonly devices: ReadonlyMap<string, SessionDevice>;
  /** Opens those of the session's devices that are not open yet. */
  openDevices(names: Iterable<string>): Promise<void>;
  readonly cache: PlanCache;
  /** Objects that live as long as the session. */
  readonly resources: ResourceManager;
  /** From a placed graph to a plan. `keeps`: whether a result may stay on its device. */
  compile(graph: PlacedGraph, args: readonly ArgKnowledge[], keeps: (result: number) => boolean): Promise<Plan>;
  /** Arguments whose values would tell shapes, or that a device must be told. */
  wantedArgs(graph: PlacedGraph, args: readonly ArgKnowledge[]): Promise<WantedArgs>;
  /** A function of the graph's library, placed for a call on `device`. */
  functionFor(ref: FunctionRef, graph: PlacedGraph, device: string, use: FunctionUse): GraphFunction;
  /** The body of a `_Frames` node that stands on `device`. */
  framesFor(ref: FunctionRef, graph: PlacedGraph, device: string): FrameFunction;
}

/** The arguments whose values are wanted, and the nodes that no plan can run without them. */
export type WantedArgs = Pick<TypedGraph, 'wantedArgs' | 'unready'>;

interface Compiled {
  readonly prepared: PreparedPlan;
  readonly later: GraphFunction | undefined;
}

interface ShapeEntry {
  readonly graph: PlacedGraph;
  readonly wanted: readonly number[];
  /** Whether there can be a plan that does not know them. */
  readonly mayBeOpen: boolean;
  readonly plans: Map<string, Compiled | Promise<Compiled>>;
}

/** Plans for different values of the same arguments; past this, one plan serves all values with host kernels where shapes depend on them. */
const maxValuePlans = 16;

const nothingTold: ReadonlyMap<number, HostTensor> = new Map();

export class GraphFunction {
  /** By dtypes and shapes of the arguments; a promise until it is known which values count. */
  private readonly entries = new Map<string, ShapeEntry | Promise<ShapeEntry>>();
  private variables: readonly DeclaredVariable[] | undefined;

  /** `keeps`: whether a result may stay on the device that makes it; others come to the host. */
  constructor(readonly graph: PlacedGraph, private readonly runtime: Runtime, private readonly keeps: (result: number) => boolean = () => false) {}

  /**
   * Runs with these arguments, which stay the caller's; results in the graph's order, which the caller then holds. Devices may still be making
   * them: the step waits for its pending work at its end.
   */
  async run(args: readonly AnyTensor[], context: RunContext): Promise<readonly AnyTensor[]> {
    const found = this.compiled(args, context.stats !== undefined);
    // What is known by now is not waited for: a turn of promises costs as much as a small run.
    const { prepared, later } = found instanceof Promise ? await found : found;
    this.runtime.cache.touch(prepared);
    const outcome = await runPlan(prepared, this.runtime.devices, args, context, (step, inputs, inner) =>
      runControl(step, inputs, inner, {
        functionFor: (ref, use) => this.runtime.functionFor(ref, this.graph, step.device, use),
        framesFor: (ref) => this.runtime.framesFor(ref, this.graph, step.device),
      }));
    if (later === undefined) return outcome.results as readonly AnyTensor[];
    try {
      const rest = await later.run(outcome.captures, context);
      return prepared.plan.results.map((result, i) => {
        const value = result.kind === 'later' ? rest[result.index] : outcome.results[i];
        return value as AnyTensor;
      });
    } catch (error) {
      releaseAll(outcome.results);
      throw error;
    } finally {
      releaseAll(outcome.captures);
    }
  }

  /** The graph as the session's variables have it now. */
  current(): { readonly graph: PlacedGraph; readonly stale: readonly string[] } {
    this.variables ??= declaredVariables(this.graph);
    return withCellShapes(this.graph, this.variables, this.runtime.resources);
  }

  /** The plan for these arguments, compiled and prepared if it is new. */
  async planFor(args: readonly AnyTensor[]): Promise<Plan> {
    return (await this.compiled(args, false)).prepared.plan;
  }

  /** What the plan of a run with these arguments is made for: their shapes, and the values that tell shapes. */
  async knowledgeOf(args: readonly AnyTensor[]): Promise<readonly ArgKnowledge[]> {
    const { graph, stale } = this.current();
    const key = keyOf(args, false, stale);
    const { wanted } = await (this.entries.get(key) ?? this.newEntry(key, graph, args));
    const told = await this.toldValues(args, wanted);
    return args.map((arg, i): ArgKnowledge => ({ ...knowledgeOf(arg), value: told.get(i) }));
  }

  private compiled(args: readonly AnyTensor[], timed: boolean): Compiled | Promise<Compiled> {
    const { graph, stale } = this.current();
    const key = keyOf(args, timed, stale);
    const entry = this.entries.get(key) ?? this.newEntry(key, graph, args);
    const isKnown = !(entry instanceof Promise) && entry.wanted.length === 0;
    return isKnown ? this.planIn(entry, nothingTold, args, timed) : this.planByValues(entry, args, timed);
  }

  private async planByValues(entry: ShapeEntry | Promise<ShapeEntry>, args: readonly AnyTensor[], timed: boolean): Promise<Compiled> {
    const known = await entry;
    return this.planIn(known, await this.toldValues(args, known.wanted), args, timed);
  }

  private planIn({ graph, plans, wanted, mayBeOpen }: ShapeEntry, told: ReadonlyMap<number, HostTensor>, args: readonly AnyTensor[], timed: boolean): Compiled | Promise<Compiled> {
    const exact = wanted.map((i) => `${i}=${told.get(i)?.bytes().join() ?? ''}`).join('|');
    const valueKey = plans.has(exact) || plans.size < maxValuePlans || !mayBeOpen ? exact : 'any';
    const existing = plans.get(valueKey);
    if (existing !== undefined) return existing;
    const compiled = this.compile(args.map((arg, i): ArgKnowledge => ({ ...knowledgeOf(arg), value: valueKey === 'any' ? undefined : told.get(i) })), graph, timed);
    plans.set(valueKey, compiled);
    compiled.then(
      (made) => {
        plans.set(valueKey, made);
        this.runtime.cache.add(made.prepared, () => { plans.delete(valueKey); });
      },
      () => { plans.delete(valueKey); },
    );
    return compiled;
  }

  /** Values of the arguments that tell shapes; those on a device are read from it. */
  private async toldValues(args: readonly AnyTensor[], wanted: readonly number[]): Promise<ReadonlyMap<number, HostTensor>> {
    const told = new Map<number, HostTensor>();
    for (const i of wanted) {
      const arg = args[i];
      if (arg instanceof HostTensor) told.set(i, arg);
      if (!(arg instanceof DeviceTensor)) continue;
      const { ticket, take } = downloadTensor(arg, sessionDevice(this.runtime.devices, arg.device));
      if (!ticket.settled) await ticket.done;
      told.set(i, take());
    }
    return told;
  }

  private newEntry(key: string, graph: PlacedGraph, args: readonly AnyTensor[]): Promise<ShapeEntry> {
    const made = (async (): Promise<ShapeEntry> => {
      try {
        const { wantedArgs, unready } = await this.runtime.wantedArgs(graph, args.map(knowledgeOf));
        const entry = { graph, wanted: [...wantedArgs], mayBeOpen: unready.size === 0, plans: new Map() };
        this.entries.set(key, entry);
        return entry;
      } catch (error) {
        this.entries.delete(key);
        throw error;
      }
    })();
    this.entries.set(key, made);
    return made;
  }

  private async compile(args: readonly ArgKnowledge[], graph: PlacedGraph, timed: boolean): Promise<Compiled> {
    const plan = await this.runtime.compile(graph, args, this.keeps);
    await this.runtime.openDevices(devicesOf(plan));
    const prepared = await PreparedPlan.prepare(plan, this.runtime.devices, timed);
    if (plan.later === undefined) return { prepared, later: undefined };
    // A later result stays on its device if every result that it is may.
    const keepsLater = (index: number): boolean => plan.results.every((result, i) => result.kind === 'now' || result.index !== index || this.keeps(i));
    return { prepared, later: new GraphFunction(plan.later.graph, this.runtime, keepsLater) };
  }
}

/** The devices whose memory or kernels a plan may need. What a control step calls has plans of its own. */
function devicesOf({ devices, steps }: Plan): Set<string> {
  const names = new Set(devices.map(({ device }) => device));
  // A host step puts the variables that it changes where it stands.
  for (const step of steps) if (step.kind === 'host' && step.program.placeless === undefined) names.add(step.device);
  return names;
}

/** Dtypes, shapes and places of arguments, and the variables whose shapes are not as declared. */
function keyOf(args: readonly AnyTensor[], timed: boolean, stale: readonly string[]): string {
  let key = timed ? 'timed' : '';
  for (const name of stale) key += `!${name}`;
  for (const arg of args) key += `|${arg.dtype}[${arg.shape.join()}]${arg instanceof DeviceTensor ? arg.device : ''}`;
  return key;
}

/** What a plan for this argument may know of it. */
export function knowledgeOf(arg: AnyTensor): ArgKnowledge {
  return arg instanceof DeviceTensor ? { shape: arg.shape, device: arg.device } : { shape: arg.shape };
}
