/**
 * Partial runs: one step made in parts. `setup` prunes and places everything that will be fetched; each part then runs every node that the
 * feeds given so far allow and that did not run before, and keeps what later parts will read. So each node runs once per step.
 *
 * A part is a graph of its own, cut out of the setup's: its arguments are the new feeds and kept values, its results what is fetched now
 * and what must be kept. Loops and branches are cut as a whole (they are While and If by then): one that waits for a late feed runs late
 * altogether. A part waits for everything that it starts.
 */
import { CancelledError, InvalidArgumentError, OpError } from '../errors.js';
import { releaseAll, retained, type AnyTensor } from '../device/anyTensor.js';
import { GraphFunction } from '../execute/graphFunction.js';
import type { Cancellation } from '../execute/cancellation.js';
import { runStep } from '../execute/runStep.js';
import type { Graph } from '../graph/graph.js';
import { endpointText, type Endpoint, type NodeData } from '../graph/graphData.js';
import { topologicalOrder } from '../graph/stageGraph.js';
import type { Tensor } from '../graph/tensor.js';
import type { PlacedGraph } from '../graph/typedGraph.js';
import type { HostTensor } from '../hostTensor.js';
import { argName, prune } from '../prune/prune.js';
import { finish } from '../stage.js';
import { feedTensors } from './feeds.js';
import { endpointsOf, type FetchMapper } from './fetches.js';
import { finalizedError } from './lazyEngine.js';
import { Resources } from './resources.js';
import type { SessionRuntime } from './sessionRuntime.js';
import { onHost, type Steps } from './steps.js';

/** A step under way. */
interface PartialStep {
  readonly signature: PartialSignature;
  readonly step: Resources;
  /** Values by endpoint of the placed graph: feeds, fetches not taken yet, and what later parts read. */
  readonly values: Map<string, AnyTensor>;
  readonly ran: Set<string>;
  readonly fed: Set<string>;
  readonly fetched: Set<string>;
  isBusy: boolean;
}

/** What was set up; steps of equal setups share it, and with it the parts that were compiled. */
interface PartialSignature {
  readonly feeds: readonly string[];
  readonly fetches: readonly string[];
  /** Where each fetch is in the placed graph. */
  readonly sources: ReadonlyMap<string, Endpoint>;
  placed: PlacedGraph | undefined;
  readonly place: () => Promise<PlacedGraph>;
  readonly parts: Map<string, Part>;
}

interface Part {
  readonly fn: GraphFunction;
  readonly args: readonly string[];
  readonly results: readonly Endpoint[];
  readonly nodes: readonly string[];
}

export class PartialRuns {
  private readonly steps = new Map<string, PartialStep>();
  private readonly signatures = new Map<string, PartialSignature>();
  private counter = 0;
  private readonly closing = new AbortController();

  constructor(private readonly runtime: SessionRuntime, private readonly runner: Steps) {}

  /** Gives the handle of a new step. */
  setup(graph: Graph, mapper: FetchMapper, feedList: readonly unknown[]): string {
    const feeds = endpointsOf(feedTensors(graph, feedList));
    const fetches = endpointsOf(mapper.tensors);
    const targets = mapper.targets.map((op) => op.name);
    const key = `${feeds.map(endpointText).join()},->${fetches.map(endpointText).join()}/${targets.join()}/1/`;
    const data = graph.toGraphData();
    finish(prune(data, { feeds, fetches, targets }));
    let signature = this.signatures.get(key);
    if (signature === undefined) {
      if (this.runtime.isFinal) throw finalizedError();
      const request = { feeds, fetches, targets };
      const sources = new Map(fetches.map((fetch) => [endpointText(fetch), fetch] as const));
      signature = {
        feeds: feeds.map(endpointText), fetches: fetches.map(endpointText), sources, placed: undefined, parts: new Map(),
        place: async () => (await this.runtime.signature(key, data, request, true)).graph,
      };
      this.signatures.set(key, signature);
    }
    const handle = `${key};${this.counter++}`;
    this.steps.set(handle, { signature, step: new Resources(), values: new Map(), ran: new Set(), fed: new Set(), fetched: new Set(), isBusy: false });
    return handle;
  }

  /** One part of a step. */
  async run(handle: string, fetches: readonly Tensor[], fed: ReadonlyMap<Tensor, AnyTensor>): Promise<ReadonlyMap<Tensor, HostTensor>> {
    if (fetches.length + fed.size === 0) throw new InvalidArgumentError('Must specify at least one target to fetch or execute.');
    const step = this.steps.get(handle);
    if (step === undefined) throw new InvalidArgumentError("Must run 'setup' before performing partial runs!");
    const feeds = new Map([...fed].map(([tensor, value]) => [tensor.name, value]));
    const wanted = fetches.map((tensor) => tensor.name).filter((name) => !feeds.has(name));
    checkNames(step, [...feeds.keys()], wanted);
    if (step.isBusy) throw new InvalidArgumentError(`The step ${handle} has a partial run under way. Wait for it before the next.`);
    step.isBusy = true;
    const held = [...fed.values()].map(retained);
    try {
      return await this.runner.track({}, undefined, async (cancellation) => {
        await this.runtime.ready();
        const placed = (step.signature.placed ??= await step.signature.place());
        checkComputable(step, placed, feeds, wanted);
        for (const [name, value] of feeds) {
          step.fed.add(name);
          step.values.set(`${argName(endpointOfName(name))}:0`, retained(value));
        }
        await this.runPart(step, placed, cancellation);
        return await this.take(handle, step, fetches, fed);
      });
    } catch (error) {
      // A step that failed is over; a call that was refused leaves it alive.
      if (!(error instanceof Refused)) this.end(handle, step);
      if (this.closing.signal.aborted && error instanceof OpError && error.codeName === 'CANCELLED') throw new CancelledError('PRun cancellation', { cause: error });
      throw error instanceof Refused ? error.reason : error;
    } finally {
      releaseAll(held);
      step.isBusy = false;
      if (this.closing.signal.aborted) this.end(handle, step);
    }
  }

  /** Steps that are not finished are aborted. */
  close(): void {
    this.closing.abort();
    for (const [handle, step] of [...this.steps]) if (!step.isBusy) this.end(handle, step);
    this.signatures.clear();
  }

  /** A step that is over lets go of its values. */
  private end(handle: string, step: PartialStep): void {
    this.steps.delete(handle);
    releaseAll(step.values.values());
    step.values.clear();
  }

  private async runPart(step: PartialStep, placed: PlacedGraph, cancellation: Cancellation): Promise<void> {
    const runnable = nodesToRun(step, placed);
    if (runnable.length === 0) return;
    const key = `${[...step.values.keys()].join()}→${runnable.map((node) => node.name).join()}`;
    let part = step.signature.parts.get(key);
    if (part === undefined) {
      part = this.cutPart(step, placed, runnable);
      step.signature.parts.set(key, part);
    }
    const { fn, args } = part;
    const results = await runStep({ cancellation, session: this.runtime.resources, step: step.step }, (context) =>
      fn.run(args.map((text) => step.values.get(text) as AnyTensor), context));
    part.results.forEach((endpoint, i) => {
      const value = results[i];
      if (value !== undefined) step.values.set(endpointText(endpoint), value);
    });
    for (const name of part.nodes) step.ran.add(name);
  }

  /** The part's graph: `runnable` nodes, arguments for the values that they read, results for the values that are read later. */
  private cutPart(step: PartialStep, placed: PlacedGraph, runnable: readonly NodeData[]): Part {
    const inside = new Set(runnable.map((node) => node.name));
    const nodes = new Map<string, NodeData>();
    const placement = new Map<string, string>();
    const args = new Map<string, string>();
    const argOf = (endpoint: Endpoint): Endpoint => {
      if (inside.has(endpoint.node)) return endpoint;
      const text = endpointText(endpoint);
      const source = placed.nodes.get(endpoint.node);
      const name = source?.op === '_Arg' ? endpoint.node : `_kept_${endpoint.node}_${endpoint.index}`;
      if (!args.has(text)) {
        const dtype = source?.outputs[endpoint.index] ?? 'float32';
        nodes.set(name, {
          name, op: '_Arg', inputs: [], controls: [], device: '', outputs: [dtype],
          attrs: { T: { kind: 'type', value: dtype }, index: { kind: 'int', value: args.size } },
        });
        placement.set(name, placed.placement.get(endpoint.node) ?? '');
        args.set(text, name);
      }
      return { node: name, index: 0 };
    };
    for (const node of runnable) {
      nodes.set(node.name, { ...node, inputs: node.inputs.map(argOf), controls: node.controls.filter((name) => inside.has(name)) });
      placement.set(node.name, placed.placement.get(node.name) ?? '');
    }
    const results = new Map<string, Endpoint>();
    const targets = new Set(placed.targets.filter((name) => inside.has(name)));
    for (const endpoint of step.signature.sources.values()) if (inside.has(endpoint.node)) results.set(endpointText(endpoint), endpoint);
    for (const node of placed.nodes.values()) {
      if (inside.has(node.name) || step.ran.has(node.name)) continue;
      for (const endpoint of node.inputs) if (inside.has(endpoint.node)) results.set(endpointText(endpoint), endpoint);
      for (const control of node.controls) if (inside.has(control)) targets.add(control);
    }
    const graph: PlacedGraph = { nodes, placement, library: placed.library, args: [...args.values()], results: [...results.values()], targets: [...targets] };
    // What is fetched comes to the host; what only later parts read stays where it is.
    const fetched = new Set([...step.signature.sources.values()].map(endpointText));
    const keeps = [...results.keys()].map((text) => !fetched.has(text));
    return { fn: new GraphFunction(graph, this.runtime, (result) => keeps[result] === true), args: [...args.keys()], results: [...results.values()], nodes: [...inside] };
  }

  private async take(handle: string, step: PartialStep, fetches: readonly Tensor[], fed: ReadonlyMap<Tensor, AnyTensor>): Promise<ReadonlyMap<Tensor, HostTensor>> {
    const taken = new Map<Tensor, HostTensor>();
    for (const [tensor, value] of fed) taken.set(tensor, await this.runtime.toHost(value));
    for (const tensor of fetches) {
      if (fed.has(tensor)) continue;
      step.fetched.add(tensor.name);
      const source = step.signature.sources.get(tensor.name);
      const value = source === undefined ? undefined : step.values.get(endpointText(source));
      if (value !== undefined) taken.set(tensor, onHost(value));
    }
    if (step.fed.size === step.signature.feeds.length && step.signature.fetches.every((name) => step.fetched.has(name) || step.fed.has(name))) this.end(handle, step);
    return taken;
  }
}

/** An error of the request, not of the step. */
class Refused extends Error {
  constructor(readonly reason: InvalidArgumentError) {
    super(reason.message);
  }
}

function endpointOfName(name: string): Endpoint {
  const colon = name.lastIndexOf(':');
  return { node: name.slice(0, colon), index: Number(name.slice(colon + 1)) };
}

function checkNames(step: PartialStep, feeds: readonly string[], fetches: readonly string[]): void {
  for (const name of feeds) {
    if (!step.signature.feeds.includes(name)) throw new InvalidArgumentError(`The feed ${name} was not specified in partial_run_setup.`);
    if (step.fed.has(name)) throw new InvalidArgumentError(`The feed ${name} has already been fed.`);
  }
  for (const name of fetches) {
    if (!step.signature.fetches.includes(name)) throw new InvalidArgumentError(`The fetch ${name} was not specified in partial_run_setup.`);
    if (step.fetched.has(name)) throw new InvalidArgumentError(`The fetch ${name} has already been fetched.`);
  }
}

/** Every fetch must follow from what is fed by now. */
function checkComputable(step: PartialStep, placed: PlacedGraph, feeds: ReadonlyMap<string, AnyTensor>, fetches: readonly string[]): void {
  const missing = new Map(step.signature.feeds.filter((name) => !step.fed.has(name) && !feeds.has(name)).map((name) => [argName(endpointOfName(name)), name]));
  for (const name of fetches) {
    const source = step.signature.sources.get(name);
    const seen = new Set<string>();
    const stack = source === undefined ? [] : [source.node];
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      if (seen.has(at)) continue;
      seen.add(at);
      // TensorFlow's text names the feed that is missing.
      if (missing.has(at)) throw new Refused(new InvalidArgumentError(`Fetch ${missing.get(at) ?? name} can't be computed from the feeds that have been fed so far.`));
      const node = placed.nodes.get(at);
      stack.push(...(node?.inputs ?? []).map((endpoint) => endpoint.node), ...(node?.controls ?? []));
    }
  }
}

/** Nodes that did not run and whose inputs are all there, in order. */
function nodesToRun(step: PartialStep, placed: PlacedGraph): NodeData[] {
  const ready = new Set([...step.ran, ...placed.args.filter((name) => step.values.has(`${name}:0`))]);
  const args = new Set(placed.args);
  const runnable: NodeData[] = [];
  for (const node of topologicalOrder(placed.nodes)) {
    if (args.has(node.name) || ready.has(node.name)) continue;
    if (!node.inputs.every((endpoint) => ready.has(endpoint.node)) || !node.controls.every((name) => ready.has(name))) continue;
    ready.add(node.name);
    runnable.push(node);
  }
  return runnable;
}
