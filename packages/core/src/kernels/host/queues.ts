/**
 * FIFO queues in the session, plain or padding. Enqueues wait for room and dequeues for elements, in the order in which they came; closing waits behind the
 * enqueues that came before it. A cancelled run leaves the line.
 */
import type { DType } from '../../dtypes.js';
import { CancelledError, NotFoundError, OutOfRangeError } from '../../errors.js';
import { HostTensor } from '../../hostTensor.js';
import { compatible, type PartialShape, sameShape, shapeText } from '../../shape.js';
import type { HostContext } from '../hostContext.js';
import { copyBox, placeOf, zeros } from './copy.js';
import { packed, pieces } from './movement.js';
import { host } from './define.js';
import { handleFor, handleOf } from './resourceHandles.js';
import { intTensor, invalid, reshaped, scalarOf, tensorOver } from './tensors.js';

type Element = readonly HostTensor[];

/** What the first of a line could do now: all it wants, something, or nothing. */
type Progress = 'done' | 'some' | 'none';

/** One attempt in a line. */
interface Attempt {
  readonly step: () => Progress;
  readonly finish: (error?: Error) => void;
}

class Queue {
  readonly items: Element[] = [];
  isClosed = false;
  /** Enqueues and closings. */
  private readonly enqueues: Attempt[] = [];
  private readonly dequeues: Attempt[] = [];

  constructor(readonly name: string, readonly dtypes: readonly DType[], readonly shapes: readonly PartialShape[], readonly capacity: number) {}

  async enqueue(elements: readonly Element[], signal: AbortSignal): Promise<void> {
    for (const element of elements) this.check(element);
    const rest = [...elements];
    await this.join(this.enqueues, signal, 'Enqueue operation was cancelled', () => {
      if (this.isClosed) throw new CancelledError(`FIFOQueue '${this.name}' is closed.`);
      const before = rest.length;
      while (rest.length > 0 && (this.capacity < 0 || this.items.length < this.capacity)) this.items.push(rest.shift()!);
      return rest.length === 0 ? 'done' : rest.length < before ? 'some' : 'none';
    });
  }

  /** `count` elements; `upTo`: fewer, but one, when the queue is closed. */
  async dequeue(count: number, upTo: boolean, signal: AbortSignal): Promise<Element[]> {
    const taken: Element[] = [];
    let wanted = count;
    await this.join(this.dequeues, signal, 'Dequeue operation was cancelled', () => {
      if (this.isClosed && this.items.length < wanted) {
        const missing = `(requested ${wanted}, current size ${this.items.length})`;
        // What was taken goes back: nothing is lost by asking too much.
        this.items.unshift(...taken.splice(0));
        wanted = count;
        if (!upTo || this.items.length === 0) {
          if (upTo && this.enqueues.length > 0) return 'none';
          throw new OutOfRangeError(`FIFOQueue '${this.name}' is closed and has insufficient elements ${missing}`);
        }
        wanted = this.items.length;
      }
      const got = this.items.splice(0, wanted);
      taken.push(...got);
      wanted -= got.length;
      return wanted === 0 ? 'done' : got.length > 0 ? 'some' : 'none';
    });
    return taken;
  }

  /** Lets nothing in any more: at once, with the enqueues that wait, or when they have gone in. */
  async close(cancelPending: boolean, signal: AbortSignal): Promise<void> {
    if (cancelPending) {
      this.isClosed = true;
      for (const attempt of [...this.enqueues]) attempt.finish(new CancelledError('Enqueue operation was cancelled'));
      this.serve();
      return;
    }
    await this.join(this.enqueues, signal, 'Close operation was cancelled', () => {
      if (this.isClosed) throw new CancelledError(`Queue '${this.name}' is already closed.`);
      this.isClosed = true;
      return 'done';
    });
  }

  /** Stands in a line until `step` is done, or fails. */
  private join(line: Attempt[], signal: AbortSignal, cancelled: string, step: () => Progress): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        attempt.finish(new CancelledError(cancelled));
        this.serve();
      };
      const attempt: Attempt = {
        step,
        finish: (error) => {
          line.splice(line.indexOf(attempt), 1);
          signal.removeEventListener('abort', abort);
          if (error === undefined) resolve();
          else reject(error);
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
    let moved = true;
    while (moved) moved = [this.enqueues, this.dequeues].map((line) => serveLine(line)).includes(true);
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

/** Whether anything moved. */
function serveLine(line: readonly Attempt[]): boolean {
  let moved = false;
  for (let first = line[0]; first !== undefined; first = line[0]) {
    try {
      const progress = first.step();
      if (progress !== 'none') moved = true;
      if (progress !== 'done') return moved;
      first.finish();
    } catch (error) {
      first.finish(error instanceof Error ? error : new Error('internal: a queue attempt failed', { cause: error }));
      moved = true;
    }
  }
  return moved;
}


function makeQueue(context: HostContext): readonly HostTensor[] {
  const { attrs, session } = context;
  const { handle, tensor } = handleFor(context, 'tensorflow::QueueInterface');
  // TensorFlow gives a queue without a shared name one made of its node's.
  const name = attrs.string('shared_name') === '' ? `_0_${handle.name}` : handle.name;
  session.getOrCreate(handle.container, handle.name, () => new Queue(name, attrs.types('component_types'), attrs.shapes('shapes'), attrs.int('capacity')));
  return [tensor];
}

export const FIFOQueueV2 = host((_inputs, context) => makeQueue(context));

export const PaddingFIFOQueueV2 = host((_inputs, context) => {
  const shapes = context.attrs.shapes('shapes');
  const types = context.attrs.types('component_types');
  if (shapes.length !== types.length) invalid(`Different number of component types.  Types: ${types.length}, Shapes: ${shapes.length}`);
  for (const shape of shapes) if (shape === null) invalid('shape <unknown> must have known rank.');
  return makeQueue(context);
});

function queueOf(handle: HostTensor | undefined, { session }: HostContext): Queue {
  const { container, name } = handleOf(handle);
  const found = session.get(container, name);
  if (!(found instanceof Queue)) throw new NotFoundError(`Resource ${container}/${name}/N10tensorflow14QueueInterfaceE does not exist.`);
  return found;
}

export const QueueEnqueueV2 = host(async ([handle, ...components], context) => {
  await queueOf(handle, context).enqueue([components], context.signal);
  return [];
});

export const QueueEnqueueManyV2 = host(async ([handle, ...components], context) => {
  const count = components[0]!.shape[0] ?? invalid('All components must have at least one dimension');
  const columns = components.map((component) => {
    if (component.shape[0] !== count) invalid(`All input tensors must have the same size in the 0th dimension. Component ${components.indexOf(component)} has ${component.shape[0]}, and should have ${count}`);
    return pieces(component, 0, new Array<number>(count).fill(1)).map((row) => reshaped(row, component.shape.slice(1)));
  });
  await queueOf(handle, context).enqueue(Array.from({ length: count }, (_, i) => columns.map((column) => column[i]!)), context.signal);
  return [];
});

export const QueueDequeueV2 = host(async ([handle], context) => {
  const [element] = await queueOf(handle, context).dequeue(1, false, context.signal);
  return element!;
});

const dequeueMany = (upTo: boolean) => host(async ([handle, countArg], context) => {
  const queue = queueOf(handle, context);
  const count = scalarOf(countArg!);
  if (queue.shapes.length === 0) invalid("FIFOQueue's DequeueMany and DequeueUpTo require the components to have specified shapes.");
  if (count < 0) invalid(`QueueDequeueManyOp: num_elements requested must be nonnegative, got ${count}`);
  const elements = await queue.dequeue(count, upTo, context.signal);
  if (elements.length === 0) return queue.dtypes.map((dtype, i) => HostTensor.zeros([0, ...(queue.shapes[i] ?? []).map((dim) => dim ?? 0)], dtype));
  return queue.dtypes.map((_, i) => batched(elements.map((element) => element[i]!)));
});

/** Elements as one batch; those of a padding queue are filled up with zeros to the largest size of each dimension. */
function batched(elements: readonly HostTensor[]): HostTensor {
  const [{ shape, dtype }] = elements as readonly [HostTensor];
  const largest = shape.map((_, axis) => Math.max(...elements.map((element) => element.shape[axis]!)));
  return packed(elements.map((element) => {
    if (sameShape(element.shape, largest)) return element;
    const out = zeros(dtype, largest);
    copyBox(placeOf(out), placeOf(element), element.shape);
    return out;
  }), 0);
}

export const QueueDequeueManyV2 = dequeueMany(false);
export const QueueDequeueUpToV2 = dequeueMany(true);

export const QueueCloseV2 = host(async ([handle], context) => {
  await queueOf(handle, context).close(context.attrs.bool('cancel_pending_enqueues'), context.signal);
  return [];
});

export const QueueSizeV2 = host(([handle], context) => [intTensor('int32', [queueOf(handle, context).items.length], [])]);
export const QueueIsClosedV2 = host(([handle], context) => [tensorOver('bool', [], Uint8Array.of(queueOf(handle, context).isClosed ? 1 : 0))]);
