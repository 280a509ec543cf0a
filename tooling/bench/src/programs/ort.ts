/** ONNX Runtime: the WebAssembly build, which has one thread in Node, and the native one. */
import type { Values } from '../agree.js';
import type { OnnxGraph } from '../onnxModel.js';
import { onnxModel } from '../onnxModel.js';
import type { Program } from './program.js';

export interface OrtJob {
  readonly graph: OnnxGraph;
  readonly feeds: Readonly<Record<string, Float32Array>>;
}

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

async function ortProgram(name: string, ort: Pick<Ort, 'InferenceSession' | 'Tensor'>, { graph, feeds }: OrtJob, options: Options): Promise<Program> {
  const session = await ort.InferenceSession.create(onnxModel(graph), options);
  const run = async (): Promise<Record<string, InstanceType<Ort['Tensor']>>> => {
    const inputs = Object.fromEntries(Object.entries(feeds).map(([key, values]) => [key, new ort.Tensor('float32', values, graph.inputs[key])]));
    return (await session.run(inputs));
  };
  return {
    name,
    run,
    results: async () => {
      const out = await run();
      return Object.keys(graph.outputs).map((key) => out[key]!.data as Values);
    },
    close: () => session.release(),
  };
}
