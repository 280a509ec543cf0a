/** FIFO queues in the session. Enqueues wait for room and dequeues for elements, in the order in which they came; a cancelled run leaves the line. */
import type { DType } from '../../dtypes.js';
import { CancelledError, NotFoundError, OutOfRangeError } from '../../errors.js';
import type { HostTensor } from '../../hostTensor.js';
import { compatible, type PartialShape, shapeText } from '../../shape.js';
import type { HostContext } from '../hostContext.js';
import { packed, pieces } from './movement.js';
import { host } from './define.js';
import { handleFor, handleOf } from './resourceHandles.js';
import { intTensor, invalid, reshaped, scalarOf, tensorOver } from './tensors.js';

type Element = readonly HostTensor[];

/** One attempt in a line: true when it is done, false to wait on. */
interface Attempt {
  try(): boolean;
  fail(error: Error): void;
}

class Queue {
  readonly items: Element[] = [];
  isClosed = false;
  private readonly enqueues: Attempt[] = [];
  private readonly dequeues: Attempt[] = [];

  constructor(readonly name: string, readonly dtypes: readonly DType[], readonly shapes: readonly PartialShape[], readonly capacity: number) {}

  enqueue(elements: readonly Element[], signal: AbortSignal): Promise<void> {
    if (this.isClosed) return Promise.reject(new CancelledError(`FIFOQueue '${this.name}' is closed.`));
    for (const element of elements) this.check(element);
    const rest = [...elements];
    return this.join(this.enqueues, signal, 'Enqueue operation was cancelled', () => {
      while (rest.length > 0 && (this.capacity < 0 || this.items.length < this.capacity)) this.items.push(rest.shift()!);
      return rest.length === 0 ? undefined : 'wait';
    });
  }

  /** `count` elements; `upTo`: fewer, but one, when the queue is closed. */
  async dequeue(count: number, upTo: boolean, signal: AbortSignal): Promise<Element[]> {
    const taken: Element[] = [];
    await this.join(this.dequeues, signal, 'Dequeue operation was cancelled', () => {
      if (!this.isClosed) {
        while (taken.length < count && this.items.length > 0) taken.push(this.items.shift()!);
        return taken.length === count ? undefined : 'wait';
      }
      const available = taken.length + this.items.length;
      if (available < count && !(upTo && available > 0)) {
        // What was taken goes back: nothing is lost by asking too much.
        this.items.unshift(...taken.splice(0));
        throw new OutOfRangeError(`FIFOQueue '${this.name}' is closed and has insufficient elements (requested ${count}, current size ${available})`);
      }
      while (taken.length < count && this.items.length > 0) taken.push(this.items.shift()!);
      return undefined;
    });
    return taken;
  }

  close(cancelPending: boolean): void {
    this.isClosed = true;
    if (cancelPending) for (const attempt of this.enqueues.splice(0)) attempt.fail(new CancelledError(`FIFOQueue '${this.name}' is closed.`));
    this.serve();
  }

  /** Stands in a line until `step` no longer says wait. */
  private join(line: Attempt[], signal: AbortSignal, cancelled: string, step: () => 'wait' | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        const place = line.indexOf(attempt);
        if (place >= 0) line.splice(place, 1);
        signal.removeEventListener('abort', abort);
      };
      const abort = (): void => {
        leave();
        reject(new CancelledError(cancelled));
      };
      const attempt: Attempt = {
        try: () => {
          try {
            if (step() === 'wait') return false;
            leave();
            resolve();
          } catch (error) {
            leave();
            reject(error instanceof Error ? error : new Error(String(error)));
          }
          return true;
        },
        fail: (error) => {
          leave();
          reject(error);
        },
      };
      line.push(attempt);
      signal.addEventListener('abort', abort);
      if (signal.aborted) abort();
      else this.serve();
    });
  }

  /** Lets the first of each line go on for as long as anything moves. */
  private serve(): void {
    for (;;) {
      const before = this.items.length;
      const moved = [this.enqueues[0]?.try() ?? false, this.dequeues[0]?.try() ?? false];
      if (!moved.includes(true) && this.items.length === before) return;
    }
  }

  private check(element: Element): void {
    element.forEach((component, i) => {
      const shape = this.shapes.length === 0 ? null : (this.shapes[i] ?? null);
      if (component.dtype !== this.dtypes[i]) invalid(`Type mismatch in tuple component ${i}. Expected ${this.dtypes[i]}, got ${component.dtype}`);
      if (!compatible(shape, component.shape)) {
        invalid(`Shape mismatch in tuple component ${i}. Expected ${shapeText(shape)}, got ${shapeText(component.shape)}`);
      }
    });
  }
}

const state = { nature: 'state' } as const;

export const FIFOQueueV2 = host((_inputs, context) => {
  const { attrs, session } = context;
  const { handle, tensor } = handleFor(context, 'tensorflow::QueueInterface');
  // TensorFlow gives a queue without a shared name one made of its node's.
  const name = attrs.string('shared_name') === '' ? `_0_${handle.name}` : handle.name;
  session.getOrCreate(handle.container, handle.name, () => new Queue(name, attrs.types('component_types'), attrs.shapes('shapes'), attrs.int('capacity')));
  return [tensor];
}, state);

function queueOf(handle: HostTensor | undefined, { session }: HostContext): Queue {
  const { container, name } = handleOf(handle);
  const found = session.get(container, name);
  if (!(found instanceof Queue)) throw new NotFoundError(`Resource ${container}/${name}/N10tensorflow14QueueInterfaceE does not exist.`);
  return found;
}

export const QueueEnqueueV2 = host(async ([handle, ...components], context) => {
  await queueOf(handle, context).enqueue([components], context.signal);
  return [];
}, state);

export const QueueEnqueueManyV2 = host(async ([handle, ...components], context) => {
  const count = components[0]!.shape[0] ?? invalid('All components must have at least one dimension');
  const columns = components.map((component) => {
    if (component.shape[0] !== count) invalid(`All input tensors must have the same size in the 0th dimension. Component ${components.indexOf(component)} has ${component.shape[0]}, and should have ${count}`);
    return pieces(component, 0, new Array<number>(count).fill(1)).map((row) => reshaped(row, component.shape.slice(1)));
  });
  await queueOf(handle, context).enqueue(Array.from({ length: count }, (_, i) => columns.map((column) => column[i]!)), context.signal);
  return [];
}, state);

export const QueueDequeueV2 = host(async ([handle], context) => {
  const [element] = await queueOf(handle, context).dequeue(1, false, context.signal);
  return element!;
}, state);

const dequeueMany = (upTo: boolean) => host(async ([handle, countArg], context) => {
  const queue = queueOf(handle, context);
  const count = scalarOf(countArg!);
  if (count < 0) invalid(`QueueDequeueManyOp: num_elements requested must be nonnegative, got ${count}`);
  const elements = await queue.dequeue(count, upTo, context.signal);
  return queue.dtypes.map((_, i) => packed(elements.map((element) => element[i]!), 0));
}, state);

export const QueueDequeueManyV2 = dequeueMany(false);
export const QueueDequeueUpToV2 = dequeueMany(true);

export const QueueCloseV2 = host(([handle], context) => {
  queueOf(handle, context).close(context.attrs.bool('cancel_pending_enqueues'));
  return [];
}, state);

export const QueueSizeV2 = host(([handle], context) => [intTensor('int32', [queueOf(handle, context).items.length], [])], state);
export const QueueIsClosedV2 = host(([handle], context) => [tensorOver('bool', [], Uint8Array.of(queueOf(handle, context).isClosed ? 1 : 0))], state);
