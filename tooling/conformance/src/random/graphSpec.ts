/** A graph as a list of steps that build it: what the generator makes, the runner builds as often as it needs, and the shrinker cuts down. */
import { Graph, HostTensor, placeholder, type Operation, type DType, type PartialShape, type Tensor } from '@sessionflow/core';
import type { Random } from './random.js';

/** An output of an earlier step. */
export interface Ref {
  readonly step: number;
  readonly out: number;
}

export interface StepSpec {
  readonly id: number;
  /** The call, for people. */
  readonly text: string;
  readonly inputs: readonly Ref[];
  /** Device request; '' asks for none. */
  readonly device: string;
  /** Steps that must have run before. */
  readonly controls: readonly number[];
  /** The step with whose first operation it is to be colocated. */
  readonly with?: number | undefined;
  /** It changes a variable: runs at the same time would see each other. */
  readonly isStateful?: boolean | undefined;
  readonly build: (inputs: readonly Tensor[]) => readonly Tensor[];
  /** Of each output: how far a right result may lie from the other one; 0: results must be equal. */
  readonly tolerance: readonly number[];
}

export interface FeedSpec {
  readonly id: number;
  readonly dtype: DType;
  readonly declared: PartialShape;
  /** One value per run. */
  readonly values: readonly HostTensor[];
}

export interface GraphSpec {
  readonly seed: number;
  readonly feeds: readonly FeedSpec[];
  readonly steps: readonly StepSpec[];
  readonly fetches: readonly Ref[];
}

export interface BuiltGraph {
  readonly graph: Graph;
  readonly fetches: readonly Tensor[];
  /** Outputs by step. */
  readonly outputs: ReadonlyMap<number, readonly Tensor[]>;
}

/** Adds one step to the default graph. */
export function addStep(graph: Graph, step: StepSpec, outputs: Map<number, readonly Tensor[]>): readonly Tensor[] {
  const controls = step.controls.flatMap((id) => outputs.get(id)?.[0]?.op ?? []);
  const inputs = step.inputs.map((ref) => tensorOf(outputs, ref));
  const made = graph.nameScope(`s${step.id}`, () => graph.controlDependencies(controls, () => colocated(graph, outputs.get(step.with ?? -1)?.[0]?.op,
    () => graph.device(step.device === '' ? null : step.device, () => step.build(inputs)))));
  outputs.set(step.id, made);
  return made;
}

function colocated<R>(graph: Graph, op: Operation | undefined, make: () => R): R {
  return op === undefined ? make() : graph.colocateWith(op, make);
}

export function build(spec: GraphSpec): BuiltGraph {
  const graph = new Graph();
  return graph.asDefault(() => {
    const outputs = new Map<number, readonly Tensor[]>();
    for (const feed of spec.feeds) outputs.set(feed.id, [placeholder(feed.dtype, feed.declared, { name: `in${feed.id}` })]);
    for (const step of spec.steps) addStep(graph, step, outputs);
    return { graph, outputs, fetches: spec.fetches.map((ref) => tensorOf(outputs, ref)) };
  });
}

/** The values of run `index`, by name. */
export function feedsOf(spec: GraphSpec, index: number): Record<string, HostTensor> {
  return Object.fromEntries(spec.feeds.flatMap(({ id, values }) => {
    const value = values[index];
    return value === undefined ? [] : [[`in${id}:0`, value]];
  }));
}

export function printSpec(spec: GraphSpec): string {
  const ref = ({ step, out }: Ref): string => `s${step}:${out}`;
  return [
    ...spec.feeds.map(({ id, dtype, declared, values }) => `s${id} = placeholder ${dtype} ${JSON.stringify(declared)}, fed ${JSON.stringify(values[0]?.shape)}`),
    ...spec.steps.map(({ id, text, inputs, device, controls, with: other }) =>
      `s${id} = ${text} (${inputs.map(ref).join(', ')})${device === '' ? '' : ` on ${device}`}${controls.length > 0 ? ` after ${controls.map((c) => `s${c}`).join()}` : ''}${other === undefined ? '' : ` with s${other}`}`),
    `fetches: ${spec.fetches.map(ref).join(', ')}`,
  ].join('\n');
}

/** Random elements: small whole numbers, on which float arithmetic is exact, unless `isSmooth`. */
export function randomTensor(random: Random, dtype: 'float32' | 'int32' | 'bool', shape: readonly number[], isSmooth = false): HostTensor {
  const size = shape.reduce((product, dim) => product * dim, 1);
  const of = <T>(make: () => T): T[] => Array.from({ length: size }, make);
  switch (dtype) {
    case 'float32': return HostTensor.from(of(() => (isSmooth ? random.next() * 2 - 1 : random.int(-4, 4))), { dtype, shape });
    case 'int32': return HostTensor.from(of(() => random.int(-5, 9)), { dtype, shape });
    case 'bool': return HostTensor.from(of(() => random.chance(0.5)), { dtype, shape });
    default: return dtype satisfies never;
  }
}

function tensorOf(outputs: ReadonlyMap<number, readonly Tensor[]>, { step, out }: Ref): Tensor {
  const tensor = outputs.get(step)?.[out];
  if (tensor === undefined) throw new RangeError(`Step ${step} has no output ${out}.`);
  return tensor;
}
