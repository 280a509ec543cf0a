/** `tf.TensorArray`: a list of tensors that loops write to and read from, one element at a time. */
import type { DType } from '../../dtypes.js';
import { ValueError } from '../../errors.js';
import type { Operation } from '../../graph/operation.js';
import type { Tensor } from '../../graph/tensor.js';
import { HostTensor } from '../../hostTensor.js';
import { convertToTensor, type TensorLike } from '../../ops/convert.js';
import type { OpOptions } from '../../ops/apply.js';
import * as ops from '../../ops/families.js';
import { mergeShapes, shapeText, type PartialShape } from '../../shape.js';
import { checkOptions, graphOf, inScope, toTensor } from '../arguments.js';

export interface TensorArrayOptions extends OpOptions {
  /** Elements at first. Not given: 0, and writes beyond the end make the array longer. */
  readonly size?: TensorLike<'int32'>;
  /** Writes beyond the end make the array longer. */
  readonly dynamicSize?: boolean;
  /** An element that was read may not be read again. Default true. */
  readonly clearAfterRead?: boolean;
  readonly tensorArrayName?: string;
  readonly handle?: Tensor<'resource'>;
  readonly flow?: Tensor<'float32'>;
  /** All elements have one shape: what is known of it from writes is told of reads. Default true. */
  readonly inferShape?: boolean;
  readonly elementShape?: PartialShape;
}

/** What all values of one array know of it. */
interface Elements {
  shape: PartialShape;
  readonly areAlike: boolean;
  /** Where the array keeps the length that it was made with. */
  readonly size: TensorLike<'int32'> | undefined;
}

/**
 * A value of an array: every write gives the next one, which stands for the array after that write. The array itself lives in a run of the graph.
 * ValueError for elements whose shapes contradict each other.
 */
export class TensorArray<D extends DType = DType> {
  readonly handle: Tensor<'resource'>;
  readonly flow: Tensor<'float32'>;
  private elements: Elements;

  /** A new array, made when a run comes to it; with `handle` and `flow` a value of one that is there. */
  constructor(readonly dtype: D, options: TensorArrayOptions = {}) {
    checkOptions('TensorArray', options, ['size', 'dynamicSize', 'clearAfterRead', 'tensorArrayName', 'handle', 'flow', 'inferShape', 'elementShape']);
    const { size, clearAfterRead, tensorArrayName, handle, flow, inferShape = true, elementShape = null, name } = options;
    this.elements = { shape: elementShape, areAlike: inferShape, size: options.dynamicSize === true ? undefined : size };
    if (handle !== undefined || flow !== undefined) {
      if (handle === undefined || flow === undefined) throw new ValueError('Must provide both handle and flow, or neither.');
      if (size !== undefined || options.dynamicSize !== undefined || clearAfterRead !== undefined) {
        throw new ValueError('Cannot provide both a handle and size, dynamicSize or clearAfterRead');
      }
      this.handle = handle;
      this.flow = flow;
      return;
    }
    const { dynamicSize = size === undefined } = options;
    if (size === undefined && !dynamicSize) throw new ValueError('Must provide size or set dynamicSize to true');
    const made = inScope(graphOf(size), name, 'TensorArray', (scope) =>
      ops.tensorArrayV3(size ?? 0, dtype, { elementShape, dynamicSize, clearAfterRead, tensorArrayName, identicalElementShapes: inferShape, name: scope }));
    this.handle = made.handle;
    this.flow = made.flow;
  }

  /** What is known of every element's shape. */
  get elementShape(): PartialShape {
    return this.elements.shape;
  }

  /** The same array after what `flow` stands for. */
  withFlow(flow: Tensor<'float32'>): TensorArray<D> {
    const value = new TensorArray(this.dtype, { handle: this.handle, flow });
    value.elements = this.elements;
    return value;
  }

  /** The array as it is, by a node of its own. */
  identity(): TensorArray<D> {
    return this.withFlow(ops.identity(this.flow));
  }

  /** The element at an index. */
  read(index: TensorLike<'int32'>, options: OpOptions = {}): Tensor<D> {
    checkOptions('read', options);
    const value = ops.tensorArrayReadV3(this.handle, index, this.flow, this.dtype, { name: options.name ?? 'TensorArrayReadV3' });
    if (this.elements.shape !== null) value.setShape(this.elements.shape);
    return value;
  }

  /** The array with another element at an index. */
  write(index: TensorLike<'int32'>, value: TensorLike<D>, options: OpOptions = {}): TensorArray<D> {
    checkOptions('write', options);
    return inScope(this.flow.graph, options.name, 'TensorArrayWrite', () => {
      const element = this.element(value);
      this.learn(element.shape);
      return this.withFlow(ops.tensorArrayWriteV3(this.handle, index, element, this.flow));
    });
  }

  /** All elements along a new first axis. */
  stack(options: OpOptions = {}): Tensor<D> {
    checkOptions('stack', options);
    return inScope(this.flow.graph, options.name, 'TensorArrayStack', (scope) => this.gather(ops.range(0, this.size(), 1), { name: scope }));
  }

  /** The array with the rows of a tensor as its elements. */
  unstack(value: TensorLike<D>, options: OpOptions = {}): TensorArray<D> {
    checkOptions('unstack', options);
    return inScope(this.flow.graph, options.name, 'TensorArrayUnstack', (scope) => {
      const rows = this.element(value);
      const count = ops.stridedSlice(ops.shape(rows), [0], [1], [1], { shrinkAxisMask: 1 });
      return this.scatter(ops.range(0, count, 1), rows, { name: scope });
    });
  }

  /** The elements at indices, along a new first axis. */
  gather(indices: TensorLike<'int32'>, options: OpOptions = {}): Tensor<D> {
    checkOptions('gather', options);
    return ops.tensorArrayGatherV3(this.handle, integers(indices), this.flow, this.dtype, { elementShape: this.elements.shape, name: options.name ?? 'TensorArrayGatherV3' });
  }

  /** The array with the rows of a tensor at indices. */
  scatter(indices: TensorLike<'int32'>, value: TensorLike<D>, options: OpOptions = {}): TensorArray<D> {
    checkOptions('scatter', options);
    return inScope(this.flow.graph, options.name, 'TensorArrayScatter', () => {
      const rows = this.element(value);
      if (rows.shape !== null) this.learn(rows.shape.slice(1));
      return this.withFlow(ops.tensorArrayScatterV3(this.handle, integers(indices), rows, this.flow));
    });
  }

  /** All elements, joined along their first axis. */
  concat(options: OpOptions = {}): Tensor<D> {
    checkOptions('concat', options);
    const elementShapeExcept0 = this.elements.shape === null ? null : this.elements.shape.slice(1);
    return ops.tensorArrayConcatV3(this.handle, this.flow, this.dtype, { elementShapeExcept0, name: options.name ?? 'TensorArrayConcatV3' }).value;
  }

  /** The array with parts of a tensor, of these lengths along its first axis, as its elements. */
  split(value: TensorLike<D>, lengths: TensorLike<'int64'>, options: OpOptions = {}): TensorArray<D> {
    checkOptions('split', options);
    return inScope(this.flow.graph, options.name, 'TensorArraySplit', () => {
      const sizes = Array.isArray(lengths) ? HostTensor.from(lengths as readonly number[], { dtype: 'int64' }) : lengths;
      return this.withFlow(ops.tensorArraySplitV3(this.handle, this.element(value), sizes, this.flow));
    });
  }

  /** The number of elements. */
  size(options: OpOptions = {}): Tensor<'int32'> {
    checkOptions('size', options);
    const { size } = this.elements;
    if (size !== undefined) return convertToTensor(this.flow.graph, size, { dtype: 'int32', name: options.name ?? 'size' }) as Tensor<'int32'>;
    return ops.tensorArraySizeV3(this.handle, this.flow, { name: options.name ?? 'TensorArraySizeV3' });
  }

  /** Gives the memory back before the run ends. */
  close(options: OpOptions = {}): Operation {
    checkOptions('close', options);
    return ops.tensorArrayCloseV3(this.handle, { name: options.name ?? 'TensorArrayCloseV3' });
  }

  private element(value: TensorLike<D>): Tensor<D> {
    const tensor = convertToTensor(this.flow.graph, value, { dtype: this.dtype, name: 'value' }) as Tensor<D>;
    return toTensor(tensor, 'value');
  }

  private learn(shape: PartialShape): void {
    if (!this.elements.areAlike) return;
    const merged = mergeShapes(this.elements.shape, shape);
    if (merged === undefined) {
      throw new ValueError(`Inconsistent shapes: saw ${shapeText(shape)} but expected ${shapeText(this.elements.shape)} (and inferShape is true)`);
    }
    this.elements.shape = merged;
  }
}

const integers = (values: TensorLike<'int32'>): TensorLike<'int32'> => (Array.isArray(values) ? HostTensor.from(values as readonly number[], { dtype: 'int32' }) : values);
