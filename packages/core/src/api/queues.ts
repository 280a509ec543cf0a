/** Queues of tuples of tensors: state of a session whose ops wait. */
import type { DType } from '../dtypes.js';
import { ValueError } from '../errors.js';
import type { Operation } from '../graph/operation.js';
import { tupleText, type Tensor } from '../graph/tensor.js';
import { convertToTensor, type TensorLike } from '../ops/convert.js';
import * as ops from '../ops/families.js';
import { checkOptions, isOptions } from './arguments.js';
import { compatible, type PartialShape } from '../shape.js';

export interface QueueOptions<N extends readonly string[] | undefined = undefined> {
  /** The shape of each component; without them only single elements can be dequeued (InvalidArgumentError of the run). */
  readonly shapes?: readonly PartialShape[];
  /** A name for each component: elements are then objects with these keys, in and out. */
  readonly names?: N;
  /** Sessions find the queue by this name, else by its node's. */
  readonly sharedName?: string;
  readonly name?: string;
}

/** One element as `dequeue` gives it: the tensor of the one component, all of them, or an object by name. */
export type QueueElement<N extends readonly string[] | undefined> = N extends readonly string[] ? { [K in N[number]]: Tensor } : Tensor | Tensor[];

/** One element as `enqueue` takes it. */
export type QueueInput<N extends readonly string[] | undefined> = N extends readonly string[] ? { readonly [K in N[number]]: TensorLike } : TensorLike | readonly TensorLike[];

/** What a queue's op takes. */
interface QueueAttrs {
  readonly capacity: number;
  readonly name: string;
  readonly shapes?: readonly PartialShape[];
  readonly sharedName?: string;
}

/** A queue. `enqueue` waits for room, `dequeue` for elements; closing the queue, a timeout or a signal ends the waiting. */
abstract class Queue<const N extends readonly string[] | undefined = undefined> {
  readonly queueRef: Tensor<'resource'>;
  readonly dtypes: readonly DType[];
  /** The names of the components, where they have any. */
  readonly names: N;
  private readonly shapes: readonly PartialShape[] | undefined;

  protected constructor(
    capacity: number, dtypes: DType | readonly DType[], options: QueueOptions<N> & { readonly name: string },
    make: (dtypes: readonly DType[], attrs: QueueAttrs) => Tensor<'resource'>,
  ) {
    checkOptions('A queue', options, ['shapes', 'names', 'sharedName']);
    const { shapes, names, sharedName, name } = options;
    this.dtypes = typeof dtypes === 'string' ? [dtypes] : dtypes;
    if (shapes !== undefined && shapes.length !== this.dtypes.length) throw new ValueError('Queue shapes must have the same length as dtypes');
    if (names !== undefined && names.length !== this.dtypes.length) throw new ValueError('List of queue names must have the same length as the list of dtypes');
    this.shapes = shapes;
    // Left out, N is undefined.
    this.names = names as N;
    this.queueRef = make(this.dtypes, {
      capacity: capacity < 1 ? -1 : capacity, name,
      ...(shapes === undefined ? {} : { shapes }), ...(sharedName === undefined ? {} : { sharedName }),
    });
  }

  get name(): string {
    return this.queueRef.op.name;
  }

  /** Puts one element in: a value per component (a queue of one component takes the bare value), or an object by their names. */
  enqueue(values: QueueInput<N>, options: { readonly name?: string } = {}): Operation {
    return this.put('enqueue', options, (name) => ops.queueEnqueueV2(this.queueRef, this.components(values, false), name));
  }

  /** Puts the slices of the first dimension in, one by one. */
  enqueueMany(values: QueueInput<N>, options: { readonly name?: string } = {}): Operation {
    return this.put('EnqueueMany', options, (name) => ops.queueEnqueueManyV2(this.queueRef, this.components(values, true), name));
  }

  /** Takes one element out: its tensors, or, of one component, the tensor, or an object by the components' names. */
  dequeue(options: { readonly name?: string } = {}): QueueElement<N> {
    return this.out(this.in('Dequeue', options, (name) => ops.queueDequeueV2(this.queueRef, this.dtypes, name)), undefined);
  }

  /** Takes n elements out, as one batch; OutOfRangeError when the queue is closed and has fewer. */
  dequeueMany(n: number | Tensor<'int32'>, options: { readonly name?: string } = {}): QueueElement<N> {
    return this.out(this.in('DequeueMany', options, (name) => ops.queueDequeueManyV2(this.queueRef, n, this.dtypes, name)), typeof n === 'number' ? n : null);
  }

  /** As `dequeueMany`, or what is left when the queue is closed. */
  dequeueUpTo(n: number | Tensor<'int32'>, options: { readonly name?: string } = {}): QueueElement<N> {
    return this.out(this.in('DequeueUpTo', options, (name) => ops.queueDequeueUpToV2(this.queueRef, n, this.dtypes, name)), null);
  }

  /** Lets nothing in any more; what waits for elements fails when there are not enough. */
  close(options: { readonly cancelPendingEnqueues?: boolean; readonly name?: string } = {}): Operation {
    const { cancelPendingEnqueues = false } = options;
    return this.in('Close', options, (name) => ops.queueCloseV2(this.queueRef, { ...name, cancelPendingEnqueues }));
  }

  isClosed(options: { readonly name?: string } = {}): Tensor<'bool'> {
    return this.in('Is_Closed', options, (name) => ops.queueIsClosedV2(this.queueRef, name));
  }

  size(options: { readonly name?: string } = {}): Tensor<'int32'> {
    return this.in('Size', options, (name) => ops.queueSizeV2(this.queueRef, name));
  }

  /** As `in`; what is made for the operation has its name as a scope. */
  private put(what: string, options: { readonly name?: string }, make: (name: { readonly name: string }) => Operation): Operation {
    return this.in(what, options, ({ name }) => this.queueRef.graph.nameScope(name, (scope) => make({ name: scope })));
  }

  private in<R>(what: string, options: { readonly name?: string }, make: (name: { readonly name: string }) => R): R {
    const { graph } = this.queueRef;
    return graph.asDefault(() => make({ name: options.name ?? `${this.name.split('/').at(-1) ?? ''}_${what}` }));
  }

  /** Values as tensors of the components' dtypes. ValueError for another number of them, or a shape that a component cannot have. */
  private components(values: unknown, isBatch: boolean): readonly Tensor[] {
    const parts = this.parts(values);
    const tensors = parts.map((value, i) => convertToTensor(this.queueRef.graph, value, { dtype: this.dtypes[i] ?? 'float32', name: `component_${i}` }));
    tensors.forEach((tensor, i) => {
      const shape = this.shapes?.[i];
      const given = isBatch ? (tensor.shape?.slice(1) ?? null) : tensor.shape;
      if (shape !== undefined && !compatible(given, shape)) throw new ValueError(`Shapes ${tupleText(given)} and ${tupleText(shape)} are incompatible`);
    });
    return tensors;
  }

  private parts(values: unknown): readonly TensorLike[] {
    const { names } = this;
    if (names !== undefined) return this.namedParts(names, values);
    if (isOptions(values)) throw new ValueError('Queue must have names to enqueue a dictionary');
    if (this.dtypes.length === 1 && !(Array.isArray(values) && values.length === 1 && typeof values[0] === 'object')) return [values as TensorLike];
    if (!Array.isArray(values) || values.length !== this.dtypes.length) {
      throw new ValueError(`A queue of ${this.dtypes.length} components takes an array of as many values.`);
    }
    return values as readonly TensorLike[];
  }

  private namedParts(names: readonly string[], values: unknown): readonly TensorLike[] {
    if (!isOptions<Readonly<Record<string, TensorLike>>>(values)) throw new ValueError('You must enqueue a dictionary in a Queue with names');
    const given = Object.keys(values).sort();
    const wanted = [...names].sort();
    if (given.length !== wanted.length || given.some((key, i) => key !== wanted[i])) {
      throw new ValueError(`Keys in dictionary to enqueue do not match names of Queue.  Dictionary: (${given.join(',')}), Queue: (${wanted.join(',')})`);
    }
    return names.map((name) => values[name] as TensorLike);
  }

  private out(tensors: readonly Tensor[], batch: number | null | undefined): QueueElement<N> {
    tensors.forEach((tensor, i) => {
      const shape = this.shapes?.[i];
      if (shape !== undefined && shape !== null) tensor.setShape(batch === undefined ? shape : [batch, ...shape]);
    });
    const { names } = this;
    const [only] = tensors;
    const element = names !== undefined ? Object.fromEntries(names.map((name, i) => [name, tensors[i]])) : tensors.length === 1 ? only : [...tensors];
    return element as QueueElement<N>;
  }
}

/** First in, first out. */
export class FIFOQueue<const N extends readonly string[] | undefined = undefined> extends Queue<N> {
  /** `capacity` below 1: without bound. */
  constructor(capacity: number, dtypes: DType | readonly DType[], options: QueueOptions<N> = {}) {
    super(capacity, dtypes, { name: 'fifo_queue', ...options }, ops.fifoQueueV2);
  }
}

/** First in, first out, of elements whose sizes may differ where their shape says null: a batch has the largest of each, filled up with zeros. */
export class PaddingFIFOQueue<const N extends readonly string[] | undefined = undefined> extends Queue<N> {
  /** `capacity` below 1: without bound. Shapes must have a rank: InvalidArgumentError of the run for null. */
  constructor(capacity: number, dtypes: DType | readonly DType[], shapes: readonly PartialShape[], options: Omit<QueueOptions<N>, 'shapes'> = {}) {
    super(capacity, dtypes, { name: 'padding_fifo_queue', ...options, shapes }, ops.paddingFIFOQueueV2);
  }
}
