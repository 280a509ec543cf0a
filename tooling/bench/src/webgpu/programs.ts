/** The programs of the page, each on a device of its own of the same adapter; a run is over when the GPU is done. */
import type { HostTensor} from '@sessionflow/core';
import { Graph, importGraphDef, Session, type Backend } from '@sessionflow/core';
import { loadModel, readNpy } from '@sessionflow/io';
import { webgpu } from '@sessionflow/webgpu';
import { loadGraphModel } from '@tensorflow/tfjs-converter';
import * as tf from '@tensorflow/tfjs-core';
import * as ort from 'onnxruntime-web/webgpu';
import type { Values } from '../agree.js';
import { onnxModel } from '../onnxModel.js';
import type { Program } from '../programs/program.js';
import { computation, tfjsInputs } from '../programs/tfjsCalls.js';
import type { WebGpuJob } from './jobs.js';
import type { SpelledJob } from './opJobs.js';

type ModelJob = Extract<WebGpuJob, { readonly kind: 'model' }>;

const backend: Backend = webgpu();

export async function ours({ graph: graphDef }: SpelledJob): Promise<Program> {
  const graph = new Graph();
  importGraphDef(graphDef, { name: '', graph });
  // Nothing is folded, so that the op over constants is run.
  const session = new Session({ graph, backends: [backend], config: { graphOptions: { optimizerOptions: { optLevel: 'L0' } } } });
  return {
    name: 'Sessionflow', run: () => session.run(['c']), close: () => session.close(),
    results: async () => (await session.run(['c:0'])).map(({ data }) => data as Values),
  };
}

export async function oursModel({ file, feeds, outputs, compared }: ModelJob, cpu: Backend): Promise<Program> {
  const { graphDef } = await loadModel(file);
  const graph = new Graph();
  importGraphDef(graphDef, { name: '', graph });
  // Soft placement: the CPU has what the GPU has no kernel for.
  const session = new Session({ graph, backends: [backend, cpu], config: { allowSoftPlacement: true } });
  // The devices are opened now: a neighbour that loses Chromium's GPU would leave the CPU, and its time would be taken for the GPU's.
  const devices = await session.listDevices();
  if (!devices.some(({ deviceType }) => deviceType === 'GPU')) throw new Error('Sessionflow found no WebGPU device');
  const fed = await readFeeds(feeds);
  const run = async (): Promise<readonly HostTensor[]> => await session.run([...outputs], fed) as readonly HostTensor[];
  return {
    name: 'Sessionflow', run, close: () => session.close(),
    results: async () => chosen(outputs, compared, (await run()).map(({ data }) => data as Values)),
  };
}

const readFeeds = async (feeds: ModelJob['feeds']): Promise<Map<string, HostTensor>> => new Map(await Promise.all(Object.entries(feeds).map(
  async ([name, file]) => [name, readNpy(new Uint8Array(await (await fetch(file)).arrayBuffer()), file)] as const,
)));

const chosen = (outputs: readonly string[], compared: readonly string[], values: readonly Values[]): Values[] => outputs.flatMap((name, i) => (compared.includes(name) ? [values[i]!] : []));

/** What of tfjs's backend ends and submits the work that it has gathered. */
interface TfjsBackend extends tf.KernelBackend {
  readonly device: GPUDevice;
  endComputePassEncoder(): void;
  submitQueue(): void;
}

async function useTfjs(): Promise<TfjsBackend> {
  await import('@tensorflow/tfjs-backend-webgpu');
  tf.env().set('PROD', true);
  if (!(await tf.setBackend('webgpu'))) throw new Error('tfjs has no WebGPU backend here');
  return tf.backend() as TfjsBackend;
}

export async function tfjs({ inputs, compute }: SpelledJob): Promise<Program> {
  const gpu = await useTfjs();
  const kept = inputs.map(({ values, shape }) => tf.tensor(values, [...shape], 'float32'));
  return {
    name: 'tfjs-webgpu',
    run: async () => {
      const result = tf.tidy(() => compute(...kept));
      gpu.endComputePassEncoder();
      gpu.submitQueue();
      await gpu.device.queue.onSubmittedWorkDone();
      result.dispose();
    },
    results: async () => {
      const result = tf.tidy(() => compute(...kept));
      const values = await result.data();
      result.dispose();
      return [values];
    },
    close: async () => { tf.dispose(kept); },
  };
}

export async function tfjsModel({ file, feeds, outputs, compared }: ModelJob): Promise<Program> {
  await useTfjs();
  const model = await loadGraphModel(file);
  const fed = await readFeeds(feeds);
  const compute = await computation(model, [...outputs], () => tfjsInputs(fed));
  const run = async (): Promise<Values[]> => {
    const tensors = await compute();
    const values = await Promise.all(tensors.map((tensor) => tensor.data()));
    tf.dispose(tensors);
    return values;
  };
  return { name: 'tfjs-webgpu', run, results: async () => chosen(outputs, compared, await run()), close: async () => { model.dispose(); } };
}

/** Values whose dimensions stand in another order: dimension i of the result is dimension order[i] of the input. */
export function permuted(values: ArrayLike<number>, shape: readonly number[], order: readonly number[]): Float32Array {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, dim) => product * dim, 1));
  const dims = order.map((axis) => shape[axis]!);
  const result = new Float32Array(values.length);
  const at = dims.map(() => 0);
  for (let i = 0; i < result.length; i++) {
    result[i] = values[order.reduce((place, axis, d) => place + at[d]! * strides[axis]!, 0)]!;
    for (let d = dims.length - 1; d >= 0 && ++at[d]! === dims[d]!; d--) at[d] = 0;
  }
  return result;
}

export async function onnxRuntime({ onnx, inputs, orders }: SpelledJob): Promise<Program> {
  ort.env.wasm.wasmPaths = '/ort/';
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = 'error';
  const session = await ort.InferenceSession.create(onnxModel(onnx), { executionProviders: ['webgpu'], preferredOutputLocation: 'gpu-buffer' });
  const device = await (ort.env.webgpu.device as GPUDevice | Promise<GPUDevice>);
  const buffers: GPUBuffer[] = [];
  const feeds = Object.fromEntries(inputs.map(({ name, shape, values }) => {
    const order = orders[name];
    const stored = order === undefined ? values : permuted(values, shape, order);
    const buffer = device.createBuffer({ size: Math.ceil(stored.byteLength / 16) * 16, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST });
    device.queue.writeBuffer(buffer, 0, stored as Float32Array<ArrayBuffer>);
    buffers.push(buffer);
    return [name, ort.Tensor.fromGpuBuffer(buffer, { dataType: 'float32', dims: [...onnx.inputs[name]!] })];
  }));
  return {
    name: 'ONNX Runtime Web, WebGPU',
    run: async () => {
      const { c } = await session.run(feeds);
      await device.queue.onSubmittedWorkDone();
      c!.dispose();
    },
    results: async () => {
      const { c } = await session.run(feeds);
      const values = await c!.getData(true) as Float32Array;
      return [orders['c'] === undefined ? values : permuted(values, onnx.outputs['c']!, orders['c'])];
    },
    close: async () => {
      await session.release();
      for (const buffer of buffers) buffer.destroy();
    },
  };
}
