/**
 * Sessionflow's part of the CUDA bench: each work of works.json on /gpu:0, as JSON on stdout. Run by run.sh; `--dry` shrinks every size and runs
 * once, to show on the fake driver that all of it runs.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import * as tf from '@sessionflow/core';
import { cpuWasm } from '@sessionflow/cpu-wasm';
import { cudaNative } from '@sessionflow/cuda-native';
import { modelFile, readModelVectors } from '@sessionflow/golden/modelVectors';
import { loadModel } from '@sessionflow/io/node';
import { median } from '../measure.js';

type Precision = 'exact' | 'tf32' | 'bfloat16';
type Step = readonly [name: string, op: string, ...inputs: string[]];
interface Work {
  readonly name: string;
  readonly batches?: readonly number[];
  readonly maths: readonly Precision[];
  readonly inputs: Readonly<Record<string, readonly (number | 'batch')[]>>;
  readonly steps?: readonly Step[];
  readonly repeat?: { readonly steps: readonly Step[]; readonly times: number };
}
interface ModelWork {
  readonly name: string;
  readonly dry?: boolean;
  readonly set: string;
  readonly batches: readonly number[];
  readonly maths: readonly Precision[];
}
/** Milliseconds of a call by itself, and of each of many that are in flight at once; calls: how many a batch took where the graph takes one image. */
interface Timing { readonly one: number; readonly many: number; readonly calls: number }

const dry = process.argv.includes('--dry');
const [runs, inFlight, heads] = dry ? [1, 2, 12] : [30, 16, 12];
const spec = JSON.parse(readFileSync(new URL('../cuda/works.json', import.meta.url), 'utf8')) as { works: readonly Work[]; models: readonly ModelWork[] };
const sized = (dim: number | 'batch', batch: number): number => (dim === 'batch' ? (dry ? Math.min(batch, 2) : batch) : dry && dim >= 64 ? dim / 32 : dim);

function layerNorm(x: tf.Tensor, gain: tf.Tensor, bias: tf.Tensor): tf.Tensor {
  const centered = tf.sub(x, tf.reduceMean(x, [-1], { keepdims: true }));
  const variance = tf.reduceMean(tf.mul(centered, centered), [-1], { keepdims: true });
  return tf.add(tf.mul(tf.mul(centered, tf.rsqrt(tf.add(variance, tf.cast(tf.constant(1e-5), x.dtype)))), gain), bias);
}

const ops: Readonly<Record<string, (...inputs: tf.Tensor[]) => tf.Tensor>> = {
  // A stack times one matrix is one product.
  matmul: (a, b) => tf.rawOps.batchMatMulV2(a, b),
  matmulTransposed: (a, b) => tf.rawOps.batchMatMulV2(a, b, { adjY: true }),
  conv: (x, w) => tf.conv2D(x, w, [1, 1, 1, 1], 'SAME'),
  add: (a, b) => tf.add(a, b),
  mul: (a, b) => tf.mul(a, b),
  relu: (x) => tf.relu(x),
  tanh: (x) => tf.tanh(x),
  softmax: (x) => tf.softmax(x),
  layerNorm: (x, gain, bias) => layerNorm(x, gain, bias),
  heads: (x) => {
    const [batch, length, width] = x.shape as readonly number[];
    return tf.transpose(tf.reshape(x, [batch!, length!, heads, width! / heads]), [0, 2, 1, 3]);
  },
  joinHeads: (x) => {
    const [batch, , length, width] = x.shape as readonly number[];
    return tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [batch!, length!, heads * width!]);
  },
};

/** Milliseconds of one call heard to its end, and of each of several that are given at once. */
async function timed(call: () => Promise<unknown>, calls: number): Promise<Timing> {
  const all = async (count: number): Promise<number> => {
    const start = performance.now();
    await Promise.all(Array.from({ length: count }, call));
    return performance.now() - start;
  };
  const sample = async (count: number): Promise<number> => {
    await all(count);
    const times: number[] = [];
    for (let i = 0; i < runs; i++) times.push(await all(count));
    return median(times);
  };
  const one = await sample(calls);
  return { one, many: calls > 1 ? one : await sample(inFlight) / inFlight, calls };
}

const backends = (math: Precision): tf.Backend[] => [cpuWasm(), cudaNative(math === 'tf32' ? { float32Math: 'tf32' } : {})];

async function measureWork(work: Work, batch: number, math: Precision): Promise<Timing> {
  const dtype = math === 'bfloat16' ? 'bfloat16' : 'float32';
  const graph = new tf.Graph();
  const { initialize, step } = graph.asDefault(() => graph.device('/gpu:0', () => {
    const variables: tf.Variable[] = [];
    const held = (value: () => tf.Tensor): tf.Variable => {
      const made = new tf.Variable(value, { useResource: true });
      variables.push(made);
      return made;
    };
    const values = new Map(Object.entries(work.inputs).map(([name, dims]): [string, tf.Tensor] => {
      const shape = dims.map((dim) => sized(dim, batch));
      return [name, held(() => tf.cast(tf.randomUniform(shape, { minval: -0.5, maxval: 0.5, seed: 1 }), dtype)).value()];
    }));
    const { steps, times } = work.repeat ?? { steps: work.steps ?? [], times: 1 };
    let result: tf.Tensor | undefined;
    for (let turn = 0; turn < times; turn++) {
      for (const [name, op, ...inputs] of steps) {
        result = ops[op]!(...inputs.map((input) => values.get(input)!));
        values.set(name, result);
      }
    }
    // The result stays on the device: what is measured is the work, not a copy to the host.
    const shape = result!.shape as readonly number[];
    const sink = held(() => tf.cast(tf.zeros([...shape]), dtype));
    return { initialize: tf.group(...variables.map(({ initializer }) => initializer)), step: sink.assign(result!).op };
  }));
  await using session = new tf.Session({ graph, backends: backends(math) });
  await session.run(initialize);
  return await timed(() => session.run(step), 1);
}

async function measureModel({ name, set }: ModelWork, batch: number, math: Precision): Promise<Timing> {
  const root = new URL('.', pathToFileURL(createRequire(import.meta.url).resolve('@sessionflow/golden/package.json')));
  const vectors = readModelVectors(new URL(`vectors/${set}/${name}.json`, root));
  const { graphDef } = await loadModel(modelFile(root, vectors));
  const graph = new tf.Graph();
  graph.asDefault(() => graph.device('/gpu:0', () => tf.importGraphDef(graphDef, { name: '' })));
  await using session = new tf.Session({ graph, backends: backends(math), config: { allowSoftPlacement: true } });
  const outputs = [...vectors.outputs];
  const { feeds } = vectors.cases[0]!;
  if (batch === 1) return await timed(() => session.run(outputs, feeds), 1);
  const count = dry ? 2 : batch;
  const stacked = new Map([...feeds].map(([key, feed]): [string, tf.HostTensor] => {
    const data = Array.from({ length: count }, () => [...feed.data as Iterable<number>]).flat();
    return [key, tf.HostTensor.from(data, { dtype: feed.dtype, shape: [feed.shape[0]! * count, ...feed.shape.slice(1)] })];
  }));
  try {
    await session.run(outputs, stacked);
  } catch {
    // The graph is for one image: so many calls in flight.
    return await timed(() => session.run(outputs, feeds), count);
  }
  return await timed(() => session.run(outputs, stacked), 1);
}

const results: Record<string, Timing> = {};
const failures: Record<string, string> = {};
async function note(name: string, measure: () => Promise<Timing>): Promise<void> {
  process.stderr.write(`${name}\n`);
  try {
    results[name] = await measure();
  } catch (error) {
    failures[name] = error instanceof Error ? error.message : String(error);
  }
}
/** The name of a measurement, as neighbours.py makes it. */
const nameOf = (name: string, batches: readonly number[] | undefined, batch: number, math: Precision): string => `${name}${batches === undefined ? '' : `, batch ${batch}`}, ${math}`;

const { devices, reason } = await cudaNative().discover({});
if (devices[0] === undefined) throw new Error(`no CUDA device: ${reason}`);
for (const work of spec.works) {
  for (const batch of work.batches ?? [1]) for (const math of work.maths) await note(nameOf(work.name, work.batches, batch, math), () => measureWork(work, batch, math));
}
for (const model of spec.models.filter((one) => !dry || one.dry === true)) {
  for (const batch of model.batches) for (const math of model.maths) await note(nameOf(model.name, model.batches, batch, math), () => measureModel(model, batch, math));
}
console.log(JSON.stringify({ device: devices[0].description, details: devices[0].details, results, failures }, undefined, 1));
if (Object.keys(failures).length > 0) process.exitCode = 1;
