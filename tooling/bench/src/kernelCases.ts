/** Matrix products and convolutions as single kernel calls, and the same work in tfjs. */
import { input, binary, constant } from '@sessionflow/core/codegen';
import { HostTensor, sizeOf, type Shape } from '@sessionflow/core/device';
import { AttrReader, type Attrs, type Epilogue, type OpCall } from '@sessionflow/core/kernels';
import * as tf from '@tensorflow/tfjs-core';
import { randomFloats } from './random.js';

export interface KernelCase {
  readonly name: string;
  readonly call: OpCall;
  readonly inputs: readonly HostTensor[];
  /** The same work in tfjs. */
  readonly tfjs: (inputs: readonly tf.Tensor[]) => tf.Tensor;
}

function random(shape: Shape): HostTensor {
  return new HostTensor('float32', shape, randomFloats(sizeOf(shape), sizeOf(shape)));
}

const int = (value: number): Attrs[string] => ({ kind: 'int', value });
const ints = (...value: number[]): Attrs[string] => ({ kind: 'list', of: 'int', value });
const bool = (value: boolean): Attrs[string] => ({ kind: 'bool', value });
const text = (value: string): Attrs[string] => ({ kind: 'string', value: new TextEncoder().encode(value) });

const biasRelu6: Epilogue = {
  extra: 1, dtype: 'float32',
  expr: binary('min', binary('max', binary('add', input(0, 'float32'), input(1, 'float32')), constant(0, 'float32')), constant(6, 'float32')),
};

const arg = (value: HostTensor, isConstant: boolean) => ({ dtype: value.dtype, shape: value.shape, constant: isConstant ? value : undefined });

interface MatMulForm {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  /** B is a constant, packed when the plan is made. */
  readonly weights?: boolean;
  /** Matrices of a batch. */
  readonly batch?: number;
  /** With a bias and relu6, as most layers have them. */
  readonly fused?: boolean;
}

/** [m, k] × [k, n]. */
function matMulCase(m: number, k: number, n: number, form: MatMulForm = {}): KernelCase {
  const { transposeA = false, transposeB = false, weights = false, batch = 0, fused = false } = form;
  const lead = batch > 0 ? [batch] : [];
  const inputs = [random([...lead, ...(transposeA ? [k, m] : [m, k])]), random([...lead, ...(transposeB ? [n, k] : [k, n])]), ...(fused ? [random([n])] : [])];
  const [a, b, bias] = inputs;
  const turned: Attrs = batch > 0 ? { adj_x: bool(transposeA), adj_y: bool(transposeB) } : { transpose_a: bool(transposeA), transpose_b: bool(transposeB) };
  const call: OpCall = {
    kind: 'op', op: batch > 0 ? 'BatchMatMulV2' : 'MatMul', node: 'bench', attrs: new AttrReader(turned, 'bench'),
    inputs: [arg(a!, false), arg(b!, weights), ...(bias === undefined ? [] : [arg(bias, true)])], outputs: [{ dtype: 'float32', shape: [...lead, m, n] }],
    ...(fused ? { epilogue: biasRelu6 } : {}),
  };
  const marks = [transposeA && 'At', transposeB && 'Bt', weights && 'weights', batch > 0 && `batch ${batch}`, fused && 'bias+relu6'];
  return {
    name: ['matmul', `${m}x${k}x${n}`, ...marks].filter((mark) => mark !== false).join(' '), call, inputs,
    tfjs: ([x, y, z]) => (fused
      ? tf.fused.matMul({ a: x as tf.Tensor2D, b: y as tf.Tensor2D, transposeA, transposeB, bias: z!, activation: 'relu6' })
      : tf.matMul(x as tf.Tensor2D, y as tf.Tensor2D, transposeA, transposeB)),
  };
}

/** A convolution with bias and relu6, the shape of most layers. `columns` 0: depthwise. */
function convCase(size: number, window: number, stride: number, depth: number, columns: number): KernelCase {
  const depthwise = columns === 0;
  const outputs = depthwise ? depth : columns;
  const inputs = [random([1, size, size, depth]), random([window, window, depth, depthwise ? 1 : columns]), random([outputs])];
  const out = Math.ceil(size / stride);
  const call: OpCall = {
    kind: 'op', op: depthwise ? 'DepthwiseConv2dNative' : 'Conv2D', node: 'bench',
    attrs: new AttrReader({
      strides: ints(1, stride, stride, 1), dilations: ints(1, 1, 1, 1), padding: text('SAME'), data_format: text('NHWC'), explicit_paddings: ints(), groups: int(1),
    }, 'bench'),
    inputs: [arg(inputs[0]!, false), arg(inputs[1]!, true), arg(inputs[2]!, true)], outputs: [{ dtype: 'float32', shape: [1, out, out, outputs] }],
    epilogue: biasRelu6,
  };
  const fused = depthwise ? tf.fused.depthwiseConv2d : tf.fused.conv2d;
  return {
    name: `${depthwise ? 'depthwise' : 'conv'} ${window}x${window}/${stride} ${size}x${size}x${depth}${depthwise ? '' : `->${columns}`}`, call, inputs,
    tfjs: ([image, filter, bias]) => fused({
      x: image as tf.Tensor4D, filter: filter as tf.Tensor4D, strides: stride, pad: 'same', bias: bias!, activation: 'relu6',
    }),
  };
}

export const kernelCases: readonly KernelCase[] = [
  matMulCase(1024, 1024, 1024), matMulCase(512, 512, 512), matMulCase(256, 256, 256), matMulCase(128, 128, 128),
  matMulCase(512, 512, 512, { weights: true }), matMulCase(512, 512, 512, { weights: true, fused: true }),
  matMulCase(512, 512, 512, { transposeA: true }), matMulCase(512, 512, 512, { transposeB: true }), matMulCase(512, 512, 512, { transposeA: true, transposeB: true }),
  matMulCase(128, 128, 128, { batch: 16 }), matMulCase(196, 64, 196, { batch: 12, transposeB: true }),
  matMulCase(500, 200, 300), matMulCase(333, 333, 333), matMulCase(509, 509, 509),
  ...[1, 2, 3, 4].flatMap((rows) => [matMulCase(rows, 2048, 2048), matMulCase(rows, 1024, 1024, { weights: true })]),
  convCase(192, 3, 2, 3, 32), convCase(96, 1, 1, 32, 16), convCase(96, 1, 1, 16, 96), convCase(48, 3, 1, 64, 64), convCase(24, 3, 1, 128, 128),
  convCase(14, 1, 1, 96, 576), convCase(7, 1, 1, 576, 160), convCase(128, 3, 1, 8, 8),
  convCase(96, 3, 1, 32, 0), convCase(96, 3, 2, 96, 0), convCase(24, 5, 1, 192, 0), convCase(12, 3, 1, 384, 0),
];
