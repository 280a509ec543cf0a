/** relu(a·b + b) on four million floats: one fused loop against an op at a time. */
import { add, mul, relu } from '@tensorflow/tfjs-core';
import { median } from '../measure.js';
import { ortNode, ortWeb } from '../programs/ort.js';
import { attempt, type ProgramOrReason } from '../programs/program.js';
import { constant, float32, graphDef, node, placeholder } from '../programs/graphs.js';
import { sessionflow, type SessionflowJob } from '../programs/sessionflow.js';
import { tfjs } from '../programs/tfjs.js';
import { randomFloats } from '../random.js';
import type { Section } from '../report.js';
import type { Settings } from '../settings.js';
import { sideBySide } from '../sideBySide.js';

const size = 4 * 1024 * 1024;

export async function* elementwiseSections(settings: Settings): AsyncGenerator<Section> {
  yield await section(true, settings);
  yield await section(false, settings);
}

async function section(resident: boolean, settings: Settings): Promise<Section> {
  settings.log(`elementwise, ${resident ? 'resident' : 'host'}`);
  const { measured, absent } = await sideBySide(await programs(resident, settings), 'tfjs', 1e-6, settings);
  return {
    title: `relu(a·b + b), ${size} floats: ${resident ? 'resident' : 'host'}`,
    notes: [resident ? 'The ops alone: a, b and the result stay in the program\'s memory (not so in ONNX Runtime).' : 'a and b come from, and the result goes to arrays of the host.'],
    columns: ['program', 'ms', 'GB/s', '× tfjs-wasm'],
    rows: measured.map((program) => {
      const ms = median(program.times);
      // Two arrays are read and one is written.
      return [program.name, ms, (3 * 4 * size) / ms / 1e6, program.speedup];
    }),
    absent,
  };
}

async function programs(resident: boolean, { threads }: Settings): Promise<ProgramOrReason[]> {
  const [a, b] = [randomFloats(size, 1), randomFloats(size, 2)];
  const [hostA, hostB] = [float32(a, [size]), float32(b, [size])];
  const graph = graphDef(
    resident ? constant('a', hostA) : placeholder('a', [size]), resident ? constant('b', hostB) : placeholder('b', [size]),
    node('Mul', 'product', ['a', 'b']), node('AddV2', 'sum', ['product', 'b']), node('Relu', 'c', ['sum']),
  );
  const feeds: SessionflowJob['feeds'] = resident ? {} : { 'a:0': hostA, 'b:0': hostB };
  const onnx = {
    graph: {
      inputs: { a: [size], b: [size] }, outputs: { c: [size] },
      nodes: [{ op: 'Mul', inputs: ['a', 'b'], output: 'p' }, { op: 'Add', inputs: ['p', 'b'], output: 's' }, { op: 'Relu', inputs: ['s'], output: 'c' }],
    },
    feeds: { a, b },
  };
  const list: ProgramOrReason[] = [];
  for (const count of new Set([1, threads])) list.push(await sessionflow({ graphDef: graph, fetches: ['c:0'], feeds, threads: count, resident }));
  list.push(await attempt('tfjs-wasm', () => tfjs({
    inputs: [{ values: a, shape: [size] }, { values: b, shape: [size] }], compute: (x, y) => relu(add(mul(x, y), y)), resident,
  })));
  list.push(await attempt('ONNX Runtime Web', () => ortWeb(onnx)));
  for (const count of new Set([1, threads])) list.push(await attempt('ONNX Runtime native', () => ortNode(onnx, count)));
  return list;
}
