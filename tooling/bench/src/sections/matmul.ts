/** f32 matrix products: Sessionflow, tfjs-wasm, ONNX Runtime, and the engine's multiply-add peak. */
import { matMul } from '@tensorflow/tfjs-core';
import { multiplyAddPeak } from '../bounds.js';
import { median } from '../measure.js';
import { ortNode, ortWeb, type OrtJob } from '../programs/ort.js';
import { attempt, type ProgramOrReason } from '../programs/program.js';
import { constant, float32, graphDef, node, placeholder } from '../programs/graphs.js';
import { sessionflow, type SessionflowJob } from '../programs/sessionflow.js';
import { tfjs } from '../programs/tfjs.js';
import { randomFloats } from '../random.js';
import type { Cell, Section } from '../report.js';
import type { Settings } from '../settings.js';
import { sideBySide } from '../sideBySide.js';

type Sizes = readonly [m: number, k: number, n: number];

const cases: readonly Sizes[] = [[1024, 1024, 1024], [512, 512, 512], [256, 256, 256], [1, 2048, 2048]];

/** Where the operands lie when the clock starts. */
type Job = 'resident' | 'weights' | 'host';

const jobs: Readonly<Record<Job, string>> = {
  resident: 'the op alone: A, B and C stay in the program\'s memory (ONNX Runtime: B only)',
  weights: 'B is a constant, A comes from and C goes to an array of the host',
  host: 'A and B come from, and C goes to arrays of the host',
};

export async function* matmulSections(settings: Settings): AsyncGenerator<Section> {
  for (const job of Object.keys(jobs) as Job[]) yield await matmulSection(job, settings);
}

async function matmulSection(job: Job, settings: Settings): Promise<Section> {
  const rows: Cell[][] = [];
  const absent = new Set<string>();
  const peak = await multiplyAddPeak();
  for (const sizes of cases) {
    const [m, k, n] = sizes;
    settings.log(`matmul ${sizes.join('×')}, ${job}`);
    const outcome = await sideBySide(await programs(sizes, job, settings), 'tfjs', 1e-4, settings, [peak]);
    const flops = 2 * m * k * n;
    for (const measured of outcome.measured) {
      const ms = median(measured.times);
      const isPeak = measured.name === peak.name;
      rows.push([sizes.join('×'), measured.name, isPeak ? null : ms, (isPeak ? peak.flops : flops) / ms / 1e6, isPeak ? null : measured.speedup]);
    }
    for (const line of outcome.absent) absent.add(line);
  }
  return { title: `f32 matmul: ${job}`, notes: [`M×K×N; ${jobs[job]}.`], columns: ['size', 'program', 'ms', 'GFLOP/s', '× tfjs-wasm'], rows, absent: [...absent] };
}

async function programs([m, k, n]: Sizes, job: Job, { threads }: Settings): Promise<ProgramOrReason[]> {
  const [a, b] = [randomFloats(m * k, 1), randomFloats(k * n, 2)];
  const [hostA, hostB] = [float32(a, [m, k]), float32(b, [k, n])];
  const graph = graphDef(
    job === 'resident' ? constant('a', hostA) : placeholder('a', [m, k]),
    job === 'host' ? placeholder('b', [k, n]) : constant('b', hostB),
    node('MatMul', 'c', ['a', 'b']),
  );
  const feedsOf: Readonly<Record<Job, SessionflowJob['feeds']>> = { resident: {}, weights: { 'a:0': hostA }, host: { 'a:0': hostA, 'b:0': hostB } };
  const onnx: OrtJob = {
    graph: {
      inputs: { a: [m, k], ...(job === 'host' ? { b: [k, n] } : {}) }, outputs: { c: [m, n] },
      constants: job === 'host' ? {} : { b: { shape: [k, n], values: b } },
      nodes: [{ op: 'MatMul', inputs: ['a', 'b'], output: 'c' }],
    },
    feeds: { a, ...(job === 'host' ? { b } : {}) },
  };
  const resident = job === 'resident';
  const list: ProgramOrReason[] = [];
  for (const count of new Set([1, threads])) list.push(await sessionflow({ graphDef: graph, fetches: ['c:0'], feeds: feedsOf[job], threads: count, resident }));
  list.push(await attempt('tfjs-wasm', () => tfjs({
    inputs: [{ values: a, shape: [m, k] }, { values: b, shape: [k, n] }], compute: (x, y) => matMul(x, y), constants: job === 'weights' ? [1] : [], resident,
  })));
  list.push(await attempt('ONNX Runtime Web', () => ortWeb(onnx)));
  for (const count of new Set([1, threads])) list.push(await attempt('ONNX Runtime native', () => ortNode(onnx, count)));
  return list;
}
