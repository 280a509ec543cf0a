/**
 * Random graphs. A scratch graph is built along, so that shapes come from the project's own shape functions. Each value carries how exact it
 * is: whole numbers in floats stay exact through sums and products whatever the order, so what jumps (comparisons, rounding, sorting) is only
 * ever applied to those.
 */
import { Graph, placeholder, type DType, type PartialShape, type Tensor } from '@sessionflow/core';
import { recipes } from './recipes.js';
import { addStep, randomTensor, type FeedSpec, type GraphSpec, type Ref, type StepSpec } from './graphSpec.js';
import { Random } from './random.js';

/** What the generator knows of a value. */
export interface Known {
  readonly ref: Ref;
  readonly tensor: Tensor;
  readonly dtype: DType;
  /** Null dimensions are born from data. */
  readonly shape: readonly (number | null)[];
  /** Floats: whether every element is a whole number that any order of operations gives exactly. */
  readonly exact: boolean;
  /** No element is larger in magnitude. */
  readonly bound: number;
}

export interface AddOptions {
  readonly exact?: boolean;
  readonly bound?: number;
  /** It changes a variable. */
  readonly isStateful?: boolean;
}

/** Runs of one graph with different feeds. */
export const runsPerGraph = 3;

const devices = ['', '', '', '/cpu:0', '/cpu:1', '/gpu:0', '/gpu:0', '/gpu:1', '/gpu:1'];

export class Generator {
  readonly random: Random;
  readonly values: Known[] = [];
  private readonly graph = new Graph();
  private readonly steps: StepSpec[] = [];
  private readonly feeds: FeedSpec[] = [];
  private readonly outputs = new Map<number, readonly Tensor[]>();

  constructor(private readonly seed: number) {
    this.random = new Random(seed);
  }

  run(): GraphSpec {
    return this.graph.asDefault(() => {
      const { random } = this;
      for (let i = random.int(1, 4); i > 0; i--) this.feed();
      const wanted = random.int(4, 28);
      for (let tries = 0; this.steps.length < wanted && (tries < 300 || this.steps.length === 0); tries++) random.pick(recipes)(this);
      // Mostly what nobody reads, so that little is pruned; some values inside, which fusion must then keep.
      const read = new Set(this.steps.flatMap(({ inputs }) => inputs.map(({ step }) => step)));
      const leaves = random.shuffle(this.values.filter(({ ref }) => !read.has(ref.step))).slice(0, random.int(2, 10));
      const inner = random.shuffle(this.values).slice(0, random.int(0, 2));
      const fetches = [...new Set([...leaves, ...inner, ...(leaves.length === 0 ? this.values.slice(-1) : [])].map(({ ref }) => ref))];
      return { seed: this.seed, feeds: this.feeds, steps: this.steps, fetches };
    });
  }

  /** A value that fits, later ones more often. */
  find(fits: (value: Known) => boolean): Known | undefined {
    const found = this.values.filter(fits);
    if (found.length === 0) return undefined;
    const from = this.random.chance(0.6) ? Math.max(0, found.length - 4) : 0;
    return found[this.random.int(from, found.length - 1)];
  }

  /** What a node may ask for. */
  device(): string {
    return this.random.pick(devices);
  }

  /** A random shape of a rank, small. */
  shape(rank = this.random.int(0, 4)): number[] {
    const { random } = this;
    return Array.from({ length: rank }, () => (random.chance(0.03) ? 0 : random.chance(0.15) ? 1 : random.chance(0.1) && rank < 3 ? random.int(9, 33) : random.int(2, 6)));
  }

  feed(shape = this.shape(), dtype: 'float32' | 'int32' | 'bool' = this.random.pick(['float32', 'float32', 'float32', 'int32', 'bool'])): void {
    const { random } = this;
    const id = this.nextId();
    const isSmooth = dtype === 'float32' && random.chance(0.4);
    const values = Array.from({ length: runsPerGraph }, () => randomTensor(random, dtype, shape, isSmooth));
    const declared: PartialShape = random.chance(0.2) ? null : shape.map((dim) => (random.chance(0.2) ? null : dim));
    this.feeds.push({ id, dtype, declared, values });
    const step: StepSpec = { id, text: 'placeholder', inputs: [], device: '', controls: [], tolerance: [0], build: () => [placeholder(dtype, shape)] };
    const [tensor] = addStep(this.graph, step, this.outputs);
    if (tensor !== undefined) this.values.push({ ref: { step: id, out: 0 }, tensor, dtype, shape, exact: !isSmooth, bound: isSmooth ? 1 : 9 });
  }

  /** Adds a step; what its shape function refuses is left out. Bounds and exactness hold for all outputs. */
  add(text: string, inputs: readonly Known[], build: StepSpec['build'], options: AddOptions = {}): readonly Known[] {
    const { random } = this;
    const exact = options.exact ?? inputs.every((input) => input.exact);
    const bound = options.bound ?? Math.max(1, ...inputs.map((input) => input.bound));
    // Past these, sums of whole numbers round, and errors of the others grow.
    if (exact ? bound > 2 ** 20 : bound > 2 ** 10) return [];
    const before = [...this.outputs.keys()];
    const step: StepSpec = {
      id: this.nextId(), text, inputs: inputs.map(({ ref }) => ref), build, device: this.device(), isStateful: options.isStateful,
      with: random.chance(0.12) ? random.pick(before) : undefined,
      controls: random.chance(0.06) ? [random.pick(before)] : [], tolerance: [],
    };
    const made = addStep(this.graph, step, this.outputs);
    if (made.some(({ shape }) => (shape ?? []).reduce<number>((product, dim) => product * (dim ?? 1), 1) > 4096)) {
      this.outputs.delete(step.id);
      return [];
    }
    const known = made.map((tensor, out): Known => ({
      ref: { step: step.id, out }, tensor, dtype: tensor.dtype, shape: tensor.shape ?? [null, null, null, null, null], exact: exact || !tensor.dtype.startsWith('float'), bound,
    }));
    this.steps.push({ ...step, tolerance: known.map((value) => (value.exact ? 0 : 4e-6 * Math.max(1, ...inputs.map((input) => input.bound), bound))) });
    this.values.push(...known.filter(({ tensor }) => tensor.shape !== null));
    return known;
  }

  /** The same call once more: a shared subexpression, perhaps under another device request. */
  repeat(): void {
    const step = this.random.pick(this.steps);
    const outputs = this.values.filter(({ ref }) => ref.step === step.id);
    const inputs = step.inputs.map((ref) => this.values.find((value) => value.ref.step === ref.step && value.ref.out === ref.out));
    const [first] = outputs;
    if (step.isStateful === true || first === undefined || inputs.some((input) => input === undefined)) return;
    this.add(step.text, inputs as readonly Known[], step.build, { exact: outputs.every(({ exact }) => exact), bound: first.bound });
  }

  get count(): number {
    return this.steps.length;
  }

  private nextId(): number {
    return this.outputs.size === 0 ? 0 : Math.max(...this.outputs.keys()) + 1;
  }
}

export function randomGraph(seed: number): GraphSpec {
  return new Generator(seed).run();
}
