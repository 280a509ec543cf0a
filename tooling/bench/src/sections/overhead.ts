/** What a run costs beside its kernels: plans of few and of many launches over single numbers, and the line through their times. */
import { matMul, type Tensor } from '@tensorflow/tfjs-core';
import { fitLine, measure, median } from '../measure.js';
import { ortNode, ortWeb } from '../programs/ort.js';
import { attempt, isProgram, type Program, type ProgramOrReason } from '../programs/program.js';
import { constant, float32, graphDef, node, placeholder, sessionflow } from '../programs/sessionflow.js';
import { tfjs } from '../programs/tfjs.js';
import type { Cell, Section } from '../report.js';
import type { Settings } from '../settings.js';

const counts = [1, 10, 100, 300] as const;

export async function* overheadSections(settings: Settings): AsyncGenerator<Section> {
  const times = new Map<string, (number | undefined)[]>();
  const absent = new Set<string>();
  for (const [column, count] of counts.entries()) {
    settings.log(`overhead, ${count} ops`);
    const candidates = await programs(count, settings);
    const present: Program[] = candidates.filter(isProgram);
    for (const candidate of candidates) if (!isProgram(candidate)) absent.add(`${candidate.name}: ${candidate.reason}`);
    for (const { name, times: taken } of await measure(present, settings)) {
      const row = times.get(name) ?? [];
      times.set(name, row);
      row[column] = median(taken) * 1000;
    }
    for (const program of present) await program.close();
  }
  yield {
    title: 'Overhead of a run',
    notes: [
      'µs of a run whose ops are products of 1×1 matrices, each waiting for the one before: they cannot be fused, and do next to nothing.',
      'One number is fed, one is fetched. fixed and per op: the line through the four times (least squares of the relative error).',
    ],
    columns: ['program', ...counts.map((count) => `${count} op${count === 1 ? '' : 's'}`), 'fixed', 'per op'],
    rows: [...times].map(([name, row]): Cell[] => [name, ...counts.map((_, i) => row[i] ?? null), ...lineThrough(row)]),
    absent: [...absent],
  };
}

/** The short runs tell the fixed cost and the long ones the cost per op: each point counts by its relative error. */
function lineThrough(row: readonly (number | undefined)[]): Cell[] {
  if (counts.some((_, i) => row[i] === undefined)) return [null, null];
  // y/x ≈ b + a/x is a line in 1/x whose points weigh alike.
  const [perOp, fixed] = fitLine(counts.map((count, i): [number, number] => [1 / count, row[i]! / count]));
  return [fixed, perOp];
}

async function programs(count: number, { threads }: Settings): Promise<ProgramOrReason[]> {
  const one = Float32Array.of(1);
  const value = float32(one, [1, 1]);
  const steps = Array.from({ length: count }, (_, i) => ({ from: i === 0 ? 'x' : `y${i - 1}`, to: `y${i}` }));
  const graph = graphDef(placeholder('x', [1, 1]), constant('w', value), ...steps.map(({ from, to }) => node('MatMul', to, [from, 'w'])));
  const last = steps.at(-1)!.to;
  const onnx = {
    graph: {
      inputs: { x: [1, 1] }, outputs: { [last]: [1, 1] }, constants: { w: { shape: [1, 1], values: one } },
      nodes: steps.map(({ from, to }) => ({ op: 'MatMul', inputs: [from, 'w'], output: to })),
    },
    feeds: { x: one },
  };
  const list: ProgramOrReason[] = [];
  for (const n of new Set([1, threads])) list.push(await sessionflow({ graphDef: graph, fetches: [`${last}:0`], feeds: { 'x:0': value }, threads: n }));
  list.push(await attempt('tfjs-wasm', () => tfjs({
    inputs: [{ values: one, shape: [1, 1] }, { values: one, shape: [1, 1] }], constants: [1],
    compute: (x, w) => steps.reduce((y: Tensor) => matMul(y, w), x),
  })));
  list.push(await attempt('ONNX Runtime Web', () => ortWeb(onnx)));
  list.push(await attempt('ONNX Runtime native', () => ortNode(onnx, 1)));
  return list;
}
