/** ONNX Runtime: the WebAssembly build, which has one thread in Node, and the native one. */
import type { HostTensor } from '@sessionflow/core';
import type { Values } from '../agree.js';
import type { OnnxGraph } from '../onnxModel.js';
import { onnxModel } from '../onnxModel.js';
import type { Program } from './program.js';

/** A small graph on float32 arrays, or the bytes of a model on any tensors. */
export type OrtJob =
  | { readonly graph: OnnxGraph; readonly feeds: Readonly<Record<string, Float32Array>> }
  | { readonly model: Uint8Array; readonly feeds: ReadonlyMap<string, HostTensor>; readonly outputs: readonly string[] };

export async function ortWeb(job: OrtJob): Promise<Program> {
  const ort = await import('onnxruntime-web');
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = 'error';
  return ortProgram('ONNX Runtime Web, 1 thread', ort, job, { executionProviders: ['wasm'] });
}

export async function ortNode(job: OrtJob, threads: number): Promise<Program> {
  const ort = await import('onnxruntime-node');
  const name = `ONNX Runtime native, ${threads} thread${threads === 1 ? '' : 's'}`;
  const program = await ortProgram(name, ort, job, {
    executionProviders: ['cpu'], intraOpNumThreads: threads, interOpNumThreads: 1, logSeverityLevel: 3,
    // Its idle threads would otherwise spin on into the turn of the next program.
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  });
  return { ...program, apart: true };
}

type Ort = typeof import('onnxruntime-web');
type Options = NonNullable<Parameters<Ort['InferenceSession']['create']>[1]>;

async function ortProgram(name: string, ort: Pick<Ort, 'InferenceSession' | 'Tensor'>, job: OrtJob, options: Options): Promise<Program> {
  const isGraph = 'graph' in job;
  const session = await ort.InferenceSession.create(isGraph ? onnxModel(job.graph) : job.model, options);
  const outputs = isGraph ? Object.keys(job.graph.outputs) : job.outputs;
  const inputs = (): Record<string, InstanceType<Ort['Tensor']>> => Object.fromEntries(isGraph
    ? Object.entries(job.feeds).map(([key, values]) => [key, new ort.Tensor('float32', values, job.graph.inputs[key])])
    : [...job.feeds].map(([key, { dtype, data, shape }]) => [key, new ort.Tensor(dtype as 'float32', data as Float32Array, shape)]));
  const run = async (): Promise<Record<string, InstanceType<Ort['Tensor']>>> => session.run(inputs());
  return {
    name,
    run,
    results: async () => {
      const out = await run();
      return outputs.map((key) => out[key]!.data as Values);
    },
    close: () => session.release(),
  };
}
