/**
 * A placed graph that can be called: the main graph of a signature, the body of a loop, a branch, or the rest of a graph whose shapes were
 * born from data. Plans are compiled once per argument dtypes and shapes, and per value of those arguments that tell shapes.
 */
import type { FunctionRef } from '../graph/attrs.js';
import type { ArgKnowledge, PlacedGraph } from '../graph/typedGraph.js';
import type { HostTensor } from '../hostTensor.js';
import type { Plan } from '../plan/plan.js';
import { runControl } from './control.js';
import type { PlanCache } from './planCache.js';
import { PreparedPlan, type SessionDevice } from './preparedPlan.js';
import type { RunContext } from './runContext.js';
import { runPlan } from './runPlan.js';

/** What a session lends to its functions. */
export interface Runtime {
  readonly devices: ReadonlyMap<string, SessionDevice>;
  readonly cache: PlanCache;
  /** From a placed graph to a plan. */
  compile(graph: PlacedGraph, args: readonly ArgKnowledge[]): Plan;
  /** Arguments whose values would tell shapes. */
  wantedArgs(graph: PlacedGraph, args: readonly ArgKnowledge[]): ReadonlySet<number>;
  /** A function of the graph's library, placed for a call on `device`. */
  functionFor(ref: FunctionRef, graph: PlacedGraph, device: string): GraphFunction;
}

interface Compiled {
  readonly prepared: PreparedPlan;
  readonly later: GraphFunction | undefined;
}

interface ShapeEntry {
  readonly wanted: readonly number[];
  readonly plans: Map<string, Promise<Compiled>>;
}

/** Plans for different values of the same arguments; past this, one plan serves all values with host kernels where shapes depend on them. */
const maxValuePlans = 16;

export class GraphFunction {
  private readonly entries = new Map<string, ShapeEntry>();

  constructor(readonly graph: PlacedGraph, private readonly runtime: Runtime) {}

  /** Runs with these arguments; results in the graph's order. */
  async run(args: readonly HostTensor[], context: RunContext): Promise<readonly HostTensor[]> {
    const { prepared, later } = await this.compiled(args, context.stats !== undefined);
    this.runtime.cache.touch(prepared);
    const outcome = await runPlan(prepared, this.runtime.devices, args, context, (step, inputs, inner) =>
      runControl(step, inputs, inner, (ref) => this.runtime.functionFor(ref, this.graph, step.device)));
    if (later === undefined) return outcome.results as readonly HostTensor[];
    const rest = await later.run(outcome.captures, context);
    return prepared.plan.results.map((result, i) => {
      const value = result.kind === 'later' ? rest[result.index] : outcome.results[i];
      return value as HostTensor;
    });
  }

  /** The plan for these arguments, compiled and prepared if it is new. */
  async planFor(args: readonly HostTensor[]): Promise<Plan> {
    return (await this.compiled(args, false)).prepared.plan;
  }

  private compiled(args: readonly HostTensor[], timed: boolean): Promise<Compiled> {
    let key = timed ? 'timed' : '';
    for (const arg of args) key += `|${arg.dtype}[${arg.shape.join()}]`;
    let entry = this.entries.get(key);
    if (entry === undefined) {
      const known = args.map((arg): ArgKnowledge => ({ shape: arg.shape }));
      entry = { wanted: [...this.runtime.wantedArgs(this.graph, known)], plans: new Map() };
      this.entries.set(key, entry);
    }
    const { plans, wanted } = entry;
    const exact = wanted.map((i) => `${i}=${args[i]?.bytes().join() ?? ''}`).join('|');
    const valueKey = plans.has(exact) || plans.size < maxValuePlans ? exact : 'any';
    const existing = plans.get(valueKey);
    if (existing !== undefined) return existing;
    const values = new Set(valueKey === 'any' ? [] : wanted);
    const compiled = this.compile(args.map((arg, i): ArgKnowledge => ({ shape: arg.shape, value: values.has(i) ? arg : undefined })), timed);
    plans.set(valueKey, compiled);
    compiled.then(
      ({ prepared }) => { this.runtime.cache.add(prepared, () => { plans.delete(valueKey); }); },
      () => { plans.delete(valueKey); },
    );
    return compiled;
  }

  private async compile(args: readonly ArgKnowledge[], timed: boolean): Promise<Compiled> {
    const plan = this.runtime.compile(this.graph, args);
    const prepared = await PreparedPlan.prepare(plan, this.runtime.devices, timed);
    return { prepared, later: plan.later === undefined ? undefined : new GraphFunction(plan.later.graph, this.runtime) };
  }
}
