/** Each job's op, spelled for each of the three programs. Images are NHWC, ONNX's are NCHW. */
import type { GraphDefData, NodeDefData } from '@sessionflow/core';
import * as tf from '@tensorflow/tfjs-core';
import type { OnnxGraph } from '../onnxModel.js';
import { constant, float32, graphDef, intVector, node } from '../programs/graphs.js';
import { randomFloats } from '../random.js';
import type { WebGpuJob } from './jobs.js';

interface Operand {
  readonly name: string;
  readonly shape: readonly number[];
}

/** By operand. */
type Orders = Readonly<Record<string, readonly number[]>>;

/** Images from NHWC to NCHW, filters from HWIO to OIHW (depthwise ones have the channels as I), results back. */
const convOrders: Orders = { x: [0, 3, 1, 2], w: [3, 2, 0, 1], c: [0, 2, 3, 1] };
const depthwiseOrders: Orders = { ...convOrders, w: [2, 3, 0, 1] };

export interface SpelledJob {
  readonly graph: GraphDefData;
  readonly inputs: readonly (Operand & { readonly values: Float32Array })[];
  readonly compute: (...inputs: tf.Tensor[]) => tf.Tensor;
  readonly onnx: OnnxGraph;
  /** How ONNX has the dimensions of inputs and results in another order. */
  readonly orders: Orders;
}

/** An op over constants, all in the program's memory. */
export function spellJob(job: Exclude<WebGpuJob, { readonly kind: 'model' }>): SpelledJob {
  switch (job.kind) {
    case 'matmul': {
      const { m, k, n } = job;
      return spelled([{ name: 'a', shape: [m, k] }, { name: 'b', shape: [k, n] }], [node('MatMul', 'c', ['a', 'b'])], (a, b) => tf.matMul(a, b),
        { outputs: { c: [m, n] }, nodes: [{ op: 'MatMul', inputs: ['a', 'b'], output: 'c' }] });
    }
    case 'conv': {
      const { size, channels, filters, window, stride } = job;
      const made = Math.ceil(size / stride);
      const around = Math.max(0, (made - 1) * stride + window - size);
      const before = Math.floor(around / 2);
      return spelled(
        [{ name: 'x', shape: [1, size, size, channels] }, { name: 'w', shape: [window, window, channels, filters] }, { name: 'bias', shape: [filters] }],
        [windowed('Conv2D', 'product', stride), node('BiasAdd', 'sum', ['product', 'bias']), node('Relu', 'c', ['sum'])],
        // What tfjs's converter makes of the same three nodes.
        (x, w, bias) => tf.fused.conv2d({ x: x as tf.Tensor4D, filter: w as tf.Tensor4D, strides: stride, pad: 'same', bias: bias, activation: 'relu' }),
        {
          outputs: { c: [1, filters, made, made] },
          nodes: [
            { op: 'Conv', inputs: ['x', 'w', 'bias'], output: 's', ints: { strides: [stride, stride], pads: [before, before, around - before, around - before] } },
            { op: 'Relu', inputs: ['s'], output: 'c' },
          ],
        }, convOrders);
    }
    case 'depthwise': {
      const { size, channels, window } = job;
      const before = (window - 1) >> 1;
      return spelled([{ name: 'x', shape: [1, size, size, channels] }, { name: 'w', shape: [window, window, channels, 1] }], [windowed('DepthwiseConv2dNative', 'c', 1)],
        (x, w) => tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same'),
        { outputs: { c: [1, channels, size, size] }, nodes: [{ op: 'Conv', inputs: ['x', 'w'], output: 'c', ints: { pads: [before, before, before, before] }, int: { group: channels } }] },
        depthwiseOrders);
    }
    case 'elementwise': {
      const shape = [job.size];
      return spelled([{ name: 'a', shape }, { name: 'b', shape }], [node('Mul', 'p', ['a', 'b']), node('AddV2', 's', ['p', 'b']), node('Relu', 'c', ['s'])],
        (a, b) => tf.relu(tf.add(tf.mul(a, b), b)),
        { outputs: { c: shape }, nodes: [{ op: 'Mul', inputs: ['a', 'b'], output: 'p' }, { op: 'Add', inputs: ['p', 'b'], output: 's' }, { op: 'Relu', inputs: ['s'], output: 'c' }] });
    }
    case 'softmax': {
      const shape = [job.rows, job.columns];
      return spelled([{ name: 'x', shape }], [node('Softmax', 'c', ['x'])], (x) => tf.softmax(x),
        { outputs: { c: shape }, nodes: [{ op: 'Softmax', inputs: ['x'], output: 'c', int: { axis: 1 } }] });
    }
    case 'sum':
      return spelled([{ name: 'x', shape: [job.rows, job.columns] }],
        [intVector('axes', [1]), node('Sum', 'c', ['x', 'axes'], { Tidx: { kind: 'type', value: 'int32' }, keep_dims: { kind: 'bool', value: false } })], (x) => tf.sum(x, 1),
        { outputs: { c: [job.rows] }, nodes: [{ op: 'ReduceSum', inputs: ['x', 'axes'], output: 'c', int: { keepdims: 0 } }], integers: { axes: [1] } });
    case 'transpose':
      return spelled([{ name: 'x', shape: [job.rows, job.columns] }], [intVector('order', [1, 0]), node('Transpose', 'c', ['x', 'order'], { Tperm: { kind: 'type', value: 'int32' } })],
        (x) => tf.transpose(x, [1, 0]), { outputs: { c: [job.columns, job.rows] }, nodes: [{ op: 'Transpose', inputs: ['x'], output: 'c', ints: { perm: [1, 0] } }] });
    default:
      return job satisfies never;
  }
}

/** A convolution that pads as `SAME` says. */
const windowed = (op: string, name: string, stride: number): NodeDefData => node(op, name, ['x', 'w'], {
  strides: { kind: 'list', of: 'int', value: [1, stride, stride, 1] }, padding: { kind: 'string', value: new TextEncoder().encode('SAME') },
});

function spelled(operands: readonly Operand[], nodes: readonly NodeDefData[], compute: SpelledJob['compute'], onnx: Omit<OnnxGraph, 'inputs'>, orders: Orders = {}): SpelledJob {
  const inputs = operands.map(({ name, shape }, i) => ({ name, shape, values: randomFloats(shape.reduce((size, dim) => size * dim, 1), i + 1) }));
  return {
    graph: graphDef(...inputs.map(({ name, shape, values }) => constant(name, float32(values, shape))), ...nodes),
    inputs, compute, orders,
    onnx: { ...onnx, inputs: Object.fromEntries(operands.map(({ name, shape }) => [name, orders[name]?.map((axis) => shape[axis]!) ?? shape])) },
  };
}
