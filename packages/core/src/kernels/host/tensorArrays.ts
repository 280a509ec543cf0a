/**
 * TensorArrayV3: arrays that live as long as a run, found by their handle. The flow output orders reads after writes; its value means
 * nothing.
 */
import type { DType, ResourceHandle } from '../../dtypes.js';
import { InvalidArgumentError, NotFoundError } from '../../errors.js';
import type { HostTensor } from '../../hostTensor.js';
import { compatible, isFullyKnown, type PartialShape, sameShape, shapeText } from '../../shape.js';
import type { HostContext } from '../hostContext.js';
import { zeros } from './copy.js';
import { host, type HostCode } from './define.js';
import { concatenated, packed, pieces } from './movement.js';
import { evaluate } from './evaluate/evaluate.js';
import { binary, input } from '../../codegen/expr.js';
import { intsOf, intTensor, invalid, reshaped, scalarOf, tensorOver } from './tensors.js';

interface Slot {
  value: HostTensor | undefined;
  wasRead: boolean;
  wasWritten: boolean;
}

class TensorArray {
  readonly slots: Slot[] = [];
  isClosed = false;
  /** Gradients are summed when a place is written twice. */
  sums = false;

  constructor(
    readonly name: string, readonly dtype: DType, public elementShape: PartialShape, public canGrow: boolean, readonly clearsAfterRead: boolean,
    readonly identicalShapes: boolean, size: number,
  ) {
    this.grow(size);
  }

  grow(size: number): void {
    while (this.slots.length < size) this.slots.push({ value: undefined, wasRead: false, wasWritten: false });
  }

  write(index: number, value: HostTensor): void {
    if (this.isClosed) throw new InvalidArgumentError(`TensorArray ${this.name} has already been closed.`);
    if (index < 0 || (!this.canGrow && index >= this.slots.length)) {
      invalid(`TensorArray ${this.name}_0: Tried to write to index ${index} but array is not resizeable and size is: ${this.slots.length}`);
    }
    this.grow(index + 1);
    if (value.dtype !== this.dtype) {
      invalid(`TensorArray ${this.name}_0: Could not write to TensorArray index ${index} because the value dtype is ${value.dtype} but TensorArray dtype is ${this.dtype}.`);
    }
    if (!compatible(this.elementShape, value.shape)) {
      invalid(`TensorArray ${this.name}_0: Could not write to TensorArray index ${index} because the value shape is ${shapeText(value.shape)} which is ` +
        `incompatible with the TensorArray's inferred element shape: ${shapeText(this.elementShape)} (consider setting infer_shape=False).`);
    }
    if (this.identicalShapes && !isFullyKnown(this.elementShape)) this.elementShape = value.shape;
    const slot = this.slots[index]!;
    if (slot.wasRead) invalid(`TensorArray ${this.name}_0: Could not write to TensorArray index ${index} because it has already been read.`);
    if (slot.wasWritten && !this.sums) {
      invalid(`TensorArray ${this.name}_0: Could not write to TensorArray index ${index} because it has already been written to.`);
    }
    slot.value = slot.wasWritten && slot.value !== undefined ? sum(slot.value, value) : value;
    slot.wasWritten = true;
  }

  read(index: number): HostTensor {
    if (this.isClosed) throw new InvalidArgumentError(`TensorArray ${this.name} has already been closed.`);
    if (index < 0 || index >= this.slots.length) invalid(`Tried to read from index ${index} but array size is: ${this.slots.length}`);
    const slot = this.slots[index]!;
    if (slot.value === undefined) {
      if (slot.wasWritten) {
        invalid(`TensorArray ${this.name}_0: Could not read index ${index} twice because it was cleared after a previous read ` +
          '(perhaps try setting clear_after_read = false?)');
      }
      if (!isFullyKnown(this.elementShape)) invalid(`TensorArray ${this.name}_0: Could not read from TensorArray index ${index}.  Furthermore, the element shape is not fully defined: ${shapeText(this.elementShape)}.  It is possible you are working with a resizeable TensorArray and stop_gradients is not allowing the gradients to be written.  If you set the full element_shape property on the forward TensorArray, the proper all-zeros tensor will be returned instead of incurring this error.`);
      return zeros(this.dtype, this.elementShape);
    }
    const { value } = slot;
    if (this.clearsAfterRead) {
      slot.value = undefined;
      slot.wasRead = true;
    }
    return value;
  }
}

function sum(a: HostTensor, b: HostTensor): HostTensor {
  const add = { inputs: [a.dtype, b.dtype], outputs: [binary('add', input(0, a.dtype), input(1, b.dtype))] };
  return evaluate(add, [a, b], a.shape)[0]!;
}

const CONTAINER = '_tensor_arrays';

function handleTensor(name: string): HostTensor {
  const handle: ResourceHandle = { device: '', container: CONTAINER, name, hashCode: 0n, typeName: 'tensorflow::TensorArray' };
  return tensorOver('resource', [], [handle]);
}

const flow = (): HostTensor => tensorOver('float32', [], Float32Array.of(0));

function arrayOf(handle: HostTensor | undefined, { step }: HostContext): TensorArray {
  const { name } = (handle!.data as ResourceHandle[])[0]!;
  const found = step.get(CONTAINER, name);
  if (!(found instanceof TensorArray)) throw new NotFoundError(`Container ${CONTAINER} does not exist. (Could not find resource: ${CONTAINER}/${name})`);
  return found;
}

/** A name that no other array of the run has. */
function freshName(base: string, { step }: HostContext): string {
  const counter = step.getOrCreate(CONTAINER, '#', () => ({ count: 0 }));
  return `${base}_${counter.count++}`;
}

export const TensorArrayV3 = host(([sizeArg], context) => {
  const { attrs, node } = context;
  const size = scalarOf(sizeArg!);
  if (size < 0) invalid(`Size should be >= 0.`);
  const base = attrs.string('tensor_array_name');
  const name = freshName(base === '' ? node : base, context);
  context.step.getOrCreate(CONTAINER, name, () => new TensorArray(
    name, attrs.type('dtype'), attrs.shape('element_shape'), attrs.bool('dynamic_size'), attrs.bool('clear_after_read'), attrs.bool('identical_element_shapes'), size,
  ));
  return [handleTensor(name), flow()];
});

/** The gradient's array beside a forward one, by its source name: made at the first call. */
const gradientArray = (prefixed: boolean): HostCode => host(([handle, , prefix], context) => {
  const forward = arrayOf(handle, context);
  const name = `${forward.name}@${context.attrs.string('source')}`;
  context.step.getOrCreate(CONTAINER, name, () => {
    const shape = prefixed && prefix !== undefined && forward.elementShape !== null ? [...intsOf(prefix), ...forward.elementShape] : forward.elementShape;
    const array = new TensorArray(name, forward.dtype, shape, false, false, forward.identicalShapes, forward.slots.length);
    array.sums = true;
    return array;
  });
  // A gradient counts on the forward array's size: it may grow no more.
  forward.canGrow = false;
  return [handleTensor(name), flow()];
});

export const TensorArrayGradV3 = gradientArray(false);
export const TensorArrayGradWithShape = gradientArray(true);

export const TensorArrayWriteV3 = host(([handle, index, value], context) => {
  arrayOf(handle, context).write(scalarOf(index!), value!);
  return [flow()];
});

export const TensorArrayReadV3 = host(([handle, index], context) => [arrayOf(handle, context).read(scalarOf(index!))]);

export const TensorArraySizeV3 = host(([handle], context) => [intTensor('int32', [arrayOf(handle, context).slots.length], [])]);

export const TensorArrayGatherV3 = host(([handle, indices], context) => {
  const array = arrayOf(handle, context);
  const places = intsOf(indices!);
  const given = context.attrs.shape('element_shape');
  if (places.length === 0) {
    const shape = isFullyKnown(array.elementShape) ? array.elementShape : given;
    if (!isFullyKnown(shape)) invalid(`TensorArray has size zero, but element shape ${shapeText(shape)} is not fully defined. Currently only static shapes are supported when packing zero-size TensorArrays.`);
    return [zeros(array.dtype, [0, ...shape])];
  }
  const values = places.map((place) => array.read(place));
  for (const value of values) {
    if (!sameShape(value.shape, values[0]!.shape)) {
      invalid(`TensorArray has inconsistent shapes.  Index 0 has shape: ${shapeText(values[0]!.shape)} but index ${values.indexOf(value)} has shape: ${shapeText(value.shape)}`);
    }
  }
  return [packed(values, 0)];
});

export const TensorArrayScatterV3 = host(([handle, indices, value], context) => {
  const array = arrayOf(handle, context);
  const places = intsOf(indices!);
  const [count = 0, ...rest] = value!.shape;
  if (places.length !== count) invalid(`Expected len(indices) == values.shape[0], but saw: ${places.length} vs. ${count}`);
  pieces(value!, 0, new Array<number>(count).fill(1)).forEach((row, i) => array.write(places[i]!, reshaped(row, rest)));
  return [flow()];
});

export const TensorArrayConcatV3 = host(([handle], context) => {
  const array = arrayOf(handle, context);
  const values = array.slots.map((_, i) => array.read(i));
  if (values.length === 0) {
    const rest = context.attrs.shape('element_shape_except0');
    if (!isFullyKnown(rest)) invalid('TensorArray has size zero, but element_shape_except0 is not fully defined.');
    return [zeros(array.dtype, [0, ...rest]), intTensor('int64', [])];
  }
  values.forEach((value, i) => value.shape.length === 0 && invalid(`TensorArray saw a scalar shape at index ${i}. Concat expects at least a vector.`));
  return [concatenated(values, 0), intTensor('int64', values.map((value) => value.shape[0]!))];
});

export const TensorArraySplitV3 = host(([handle, value, lengthsArg], context) => {
  const array = arrayOf(handle, context);
  const lengths = intsOf(lengthsArg!);
  if (value!.shape.length < 1) invalid(`Expected value to be at least a vector, but received shape: ${shapeText(value!.shape)}`);
  const total = lengths.reduce((all, length) => all + length, 0);
  if (total !== value!.shape[0]) invalid(`Expected sum of lengths to be equal to values.shape[0], but sum of lengths is ${total} and value's shape is: ${shapeText(value!.shape)}`);
  if (!array.canGrow && array.slots.length !== lengths.length) {
    invalid(`TensorArray's size is not equal to the size of lengths (${array.slots.length} vs. ${lengths.length}), and the TensorArray is not marked as dynamically resizeable`);
  }
  pieces(value!, 0, lengths).forEach((piece, i) => array.write(i, piece));
  return [flow()];
});

export const TensorArrayCloseV3 = host(([handle], context) => {
  const array = arrayOf(handle, context);
  array.isClosed = true;
  array.slots.length = 0;
  return [];
});
