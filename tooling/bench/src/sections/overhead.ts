/** What a run costs beside its kernels: plans of few and of many launches over single numbers. */
import { matMul, type Tensor } from '@tensorflow/tfjs-core';
import { measure, median } from '../measure.js';
import { ortNode, ortWeb } from '../programs/ort.js';
import { attempt, isProgram, type ProgramOrReason } from '../programs/program.js';
import { constant, float32, graphDef, node, placeholder } from '../programs/graphs.js';
import { sessionflow } from '../programs/sessionflow.js';
import { tfjs } from '../programs/tfjs.js';
import type { Cell, Section } from '../report.js';
import type { Settings } from '../settings.js';

const counts = [1, 10, 100, 300] as const;
const last = 300;

export async function* overheadSections(settings: Settings): AsyncGenerator<Section> {
  settings.log(`overhead, ${counts.join(', ')} ops`);
  const candidates: { readonly count: number; readonly program: ProgramOrReason }[] = [];
  for (const count of counts) for (const program of await programs(count, settings)) candidates.push({ count, program });
  const present = candidates.flatMap(({ count, program }) => (isProgram(program) ? [{ count, program }] : []));
  const absent = candidates.flatMap(({ program }) => (isProgram(program) ? [] : [`${program.name}: ${program.reason}`]));
  const measured = await measure(present.map(({ program }) => program), settings);
  const times = new Map<string, Map<number, number>>();
  measured.forEach((one, i) => {
    const row = times.get(one.name) ?? new Map<number, number>();
    times.set(one.name, row.set(present[i]!.count, median(one.times) * 1000));
  });
  for (const { program } of present) await program.close();
  yield {
    title: 'Overhead of a run',
    notes: [
      'µs of a run whose ops are products of 1×1 matrices, each waiting for the one before: they cannot be fused, and do next to nothing.',
      `One number is fed, one is fetched. The run of 1 op is the fixed cost; per op: what ${last} ops take longer, divided by ${last - 1}.`,
    ],
    columns: ['program', ...counts.map((count) => `${count} op${count === 1 ? '' : 's'}`), 'per op'],
    rows: [...times].map(([name, row]): Cell[] => [name, ...counts.map((count) => row.get(count) ?? null), perOp(row.get(1), row.get(last))]),
    absent: [...new Set(absent)],
  };
}

function perOp(one: number | undefined, most: number | undefined): Cell {
  return one === undefined || most === undefined ? null : (most - one) / (last - 1);
}

async function programs(count: number, { threads }: Settings): Promise<ProgramOrReason[]> {
  const one = Float32Array.of(1);
  const value = float32(one, [1, 1]);
  const steps = Array.from({ length: count }, (_, i) => ({ from: i === 0 ? 'x' : `y${i - 1}`, to: `y${i}` }));
  const graph = graphDef(placeholder('x', [1, 1]), constant('w', value), ...steps.map(({ from, to }) => node('MatMul', to, [from, 'w'])));
  const result = steps.at(-1)!.to;
  const onnx = {
    graph: {
      inputs: { x: [1, 1] }, outputs: { [result]: [1, 1] }, constants: { w: { shape: [1, 1], values: one } },
      nodes: steps.map(({ from, to }) => ({ op: 'MatMul', inputs: [from, 'w'], output: to })),
    },
    feeds: { x: one },
  };
  const list: ProgramOrReason[] = [];
  for (const n of new Set([1, threads])) list.push(await sessionflow({ graphDef: graph, fetches: [`${result}:0`], feeds: { 'x:0': value }, threads: n }));
  list.push(await attempt('tfjs-wasm', () => tfjs({
    inputs: [{ values: one, shape: [1, 1] }, { values: one, shape: [1, 1] }], constants: [1],
    compute: (x, w) => steps.reduce((y: Tensor) => matMul(y, w), x),
  })));
  list.push(await attempt('ONNX Runtime Web', () => ortWeb(onnx)));
  list.push(await attempt('ONNX Runtime native', () => ortNode(onnx, 1)));
  return list;
}
