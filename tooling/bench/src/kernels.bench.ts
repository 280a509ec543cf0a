/**
 * Matrix multiplications, convolutions and depthwise convolutions, kernel by kernel: GFLOP/s on one thread and on two, beside the engine's
 * multiply-add peak and tfjs-wasm, all measured in this run. Arguments: parts of names, to run only those.
 */
import { input, binary, constant } from '@sessionflow/core/codegen';
import { HostTensor, sizeOf, type Device, type DeviceInfo, type Shape } from '@sessionflow/core/device';
import { AttrReader, type Attrs, type DeviceProgram, type Epilogue, type KernelTable, type OpCall } from '@sessionflow/core/kernels';
import { cpuWasm, measurePeak } from '@sessionflow/cpu-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { setThreadsCount } from '@tensorflow/tfjs-backend-wasm';

interface Case {
  readonly name: string;
  readonly call: OpCall;
  readonly inputs: readonly HostTensor[];
  /** The same work in tfjs. */
  readonly tfjs: (inputs: readonly tf.Tensor[]) => tf.Tensor;
}

function random(shape: Shape): HostTensor {
  return new HostTensor('float32', shape, Float32Array.from({ length: sizeOf(shape) }, () => Math.random() - 0.5));
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
function matMulCase(m: number, k: number, n: number, form: MatMulForm = {}): Case {
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
function convCase(size: number, window: number, stride: number, depth: number, columns: number): Case {
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

const bytesOf = ({ data }: HostTensor): Uint8Array => new Uint8Array((data as Float32Array).buffer);

/** Median of the times of one run, in milliseconds, after a warm-up. */
async function time(run: () => Promise<void> | void): Promise<number> {
  const start = performance.now();
  let runs = 0;
  while (performance.now() - start < 150 || runs < 8) {
    await run();
    runs++;
  }
  const times: number[] = [];
  const from = performance.now();
  while (performance.now() - from < 250 || times.length < 9) {
    const begin = performance.now();
    await run();
    times.push(performance.now() - begin);
  }
  return times.sort((a, b) => a - b)[times.length >> 1]!;
}

/** The program of the kernel that takes the call, as a plan would choose it: the first of an op may be for some shapes only. */
function programOf(kernels: KernelTable, call: OpCall, info: DeviceInfo): DeviceProgram {
  const kernel = kernels.ops[call.op]?.find((one) => one.isHost !== true && (one.accepts?.(call, info) ?? call.epilogue === undefined));
  const program = kernel?.program(call, info);
  if (program?.kind !== 'device') throw new Error(`no wasm kernel takes this ${call.op}`);
  return program;
}

async function onDevice(test: Case, threads: number): Promise<{ milliseconds: number; flops: number }> {
  const backend = cpuWasm({ threads });
  const { devices: [info] } = await backend.discover({});
  const device: Device = await backend.open(info!);
  const program = programOf(backend.kernels, test.call, info!);
  const values = test.inputs.map((value, i) => program.packs.find((pack) => pack.input === i)?.pack(value) ?? bytesOf(value));
  const sizes = [...program.inputs.map((i) => values[i]!.length), 4 * sizeOf(test.call.outputs[0]!.shape), ...(program.scratch > 0 ? [program.scratch] : [])];
  const [executable] = await device.prepare([program]);
  const ranges = sizes.map((bytes) => ({ buffer: device.allocate(bytes), offset: 0, bytes }));
  const stream = device.stream({ threads, memoryLimit: 0 });
  const sequence = device.sequence([{ kind: 'launch', program, executable: executable!, slots: sizes.map((_, i) => i), nodes: ['bench'] }], sizes, { timed: false });
  const bound = device.bind(sequence, ranges);
  program.inputs.forEach((i, slot) => stream.upload(ranges[slot]!, values[i]!));
  const milliseconds = await time(async () => stream.run(bound).done);
  await stream.close();
  bound.release();
  sequence.release();
  for (const { buffer } of ranges) device.release(buffer);
  await device.close();
  return { milliseconds, flops: program.flops };
}

async function inTfjs(test: Case): Promise<number> {
  const inputs = test.inputs.map(({ data, shape }) => tf.tensor(data as Float32Array, [...shape]));
  const milliseconds = await time(() => test.tfjs(inputs).dispose());
  tf.dispose(inputs);
  return milliseconds;
}

const cases = [
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

async function main(): Promise<void> {
  const wanted = process.argv.slice(2);
  setThreadsCount(1);
  await tf.setBackend('wasm');
  const { devices: [info] } = await cpuWasm().discover({});
  const peak = measurePeak(info!.features) / 1e9;
  const tile = info!.gemmTile(Infinity);
  console.log(`Node ${process.version}, ${info!.features.relaxedSimd ? 'relaxed SIMD' : 'plain SIMD'}, tile ${tile.rows}x${tile.columns}, multiply-add peak ${peak.toFixed(1)} GFLOP/s on one thread.`);
  console.log('GFLOP/s'.padEnd(36), 'one thread'.padStart(10), 'of peak'.padStart(8), 'two'.padStart(7), 'two/one'.padStart(8), 'tfjs'.padStart(7), 'one/tfjs'.padStart(9));
  for (const test of cases) {
    if (wanted.length > 0 && !wanted.some((part) => test.name.includes(part))) continue;
    const one = await onDevice(test, 1);
    const two = await onDevice(test, 2);
    const rate = (milliseconds: number): number => one.flops / milliseconds / 1e6;
    const tfjs = rate(await inTfjs(test));
    const [first, second] = [rate(one.milliseconds), rate(two.milliseconds)];
    console.log(
      test.name.padEnd(36), first.toFixed(1).padStart(10), `${((100 * first) / peak).toFixed(0)} %`.padStart(8), second.toFixed(1).padStart(7),
      (second / first).toFixed(2).padStart(8), tfjs.toFixed(1).padStart(7), (first / tfjs).toFixed(2).padStart(9),
    );
  }
}

await main();
