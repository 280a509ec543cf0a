/**
 * What memory's speed decides: chains of elementwise ops, softmax, layer norm, beside a plain copy of as many bytes as they must read and
 * write, measured in turn. Operands and results stay in the program's memory.
 */
import * as tf from '@tensorflow/tfjs-core';
import { HostTensor, type NodeDefData } from '@sessionflow/core';
import { checkAgreement } from '../agree.js';
import { copy } from '../bounds.js';
import { measure, median, speedup } from '../measure.js';
import type { Program } from '../programs/program.js';
import { constant, float32, graphDef, node } from '../programs/graphs.js';
import { sessionflow } from '../programs/sessionflow.js';
import { tfjs } from '../programs/tfjs.js';
import { randomFloats } from '../random.js';
import type { Cell, Section } from '../report.js';
import type { Settings } from '../settings.js';

type Sizes = readonly [rows: number, columns: number];

interface RowsCase {
  readonly name: string;
  /** Arrays of the size that are read; one is written. */
  readonly reads: number;
  /** Of inputs `x0`, `x1`, …; the last node is the result. */
  readonly nodes: readonly NodeDefData[];
  readonly tfjs: (...inputs: tf.Tensor[]) => tf.Tensor;
}

const scalar = (name: string, value: number): NodeDefData => constant(name, float32(Float32Array.of(value), []));
const lastAxis: NodeDefData = {
  op: 'Const', name: 'axis', input: [], device: '',
  attr: { dtype: { kind: 'type', value: 'int32' }, value: { kind: 'tensor', value: new HostTensor('int32', [1], Int32Array.of(-1)) } },
};
const mean = (name: string, of: string): NodeDefData =>
  node('Mean', name, [of, 'axis'], { keep_dims: { kind: 'bool', value: true }, Tidx: { kind: 'type', value: 'int32' } });

/** As Keras writes it, without scale and offset. */
const layerNorm: readonly NodeDefData[] = [
  lastAxis, scalar('epsilon', 1e-3),
  mean('mean', 'x0'), node('SquaredDifference', 'squares', ['x0', 'mean']), mean('variance', 'squares'),
  node('AddV2', 'shifted', ['variance', 'epsilon']), node('Rsqrt', 'factor', ['shifted']), node('Sub', 'centred', ['x0', 'mean']),
  node('Mul', 'result', ['centred', 'factor']),
];

const cases: readonly RowsCase[] = [
  {
    name: 'relu(a·b + b)', reads: 2, tfjs: (a, b) => tf.relu(tf.add(tf.mul(a, b), b)),
    nodes: [node('Mul', 'product', ['x0', 'x1']), node('AddV2', 'sum', ['product', 'x1']), node('Relu', 'result', ['sum'])],
  },
  {
    name: 'min(max(a, 0), 6)·a / 6 (a hard swish)', reads: 1, tfjs: (a) => tf.div(tf.mul(tf.relu6(a), a), 6),
    nodes: [scalar('six', 6), node('Relu6', 'clipped', ['x0']), node('Mul', 'product', ['clipped', 'x0']), node('RealDiv', 'result', ['product', 'six'])],
  },
  { name: 'sigmoid', reads: 1, tfjs: (a) => tf.sigmoid(a), nodes: [node('Sigmoid', 'result', ['x0'])] },
  { name: 'softmax', reads: 1, tfjs: (a) => tf.softmax(a), nodes: [node('Softmax', 'result', ['x0'])] },
  {
    name: 'layer norm', reads: 1, nodes: layerNorm,
    tfjs: (a) => {
      const { mean: centre, variance } = tf.moments(a, -1, true);
      return tf.mul(tf.sub(a, centre), tf.rsqrt(tf.add(variance, 1e-3)));
    },
  },
];

/** In the caches, and far beyond them. */
const sizes: readonly Sizes[] = [[512, 768], [4096, 1024]];

async function rowOf(test: RowsCase, [rows, columns]: Sizes, settings: Settings): Promise<Cell[]> {
  const inputs = Array.from({ length: test.reads }, (_, i) => ({ values: randomFloats(rows * columns, i + 1), shape: [rows, columns] }));
  const graph = graphDef(...inputs.map(({ values, shape }, i) => constant(`x${i}`, float32(values, shape))), ...test.nodes);
  const programs: Program[] = [];
  try {
    for (const threads of [1, settings.threads]) programs.push(await sessionflow({ graphDef: graph, fetches: ['result:0'], feeds: {}, threads, resident: true }));
    programs.push(await tfjs({ inputs, compute: test.tfjs, resident: true }));
    const results = [];
    for (const program of programs) results.push([program.name, (await program.results())[0]!] as const);
    checkAgreement(results, 1e-5);
    const bytes = 4 * rows * columns;
    const [one, more, theirs, plain] = await measure([...programs, copy(bytes)], settings);
    // A copy moves two arrays, this moves one more than it reads.
    const share = (test.reads + 1) / 2;
    const ms = median(one!.times);
    return [
      `${test.name}, ${rows}×${columns}`, ms, (share * 2 * bytes) / ms / 1e6, (2 * bytes) / median(plain!.times) / 1e6, 100 * share * speedup(one!, plain!),
      100 * share * speedup(more!, plain!), speedup(one!, theirs!), speedup(more!, theirs!),
    ];
  } finally {
    for (const program of programs) await program.close();
  }
}

export async function* rowsSections(settings: Settings): AsyncGenerator<Section> {
  const rows: Cell[][] = [];
  for (const test of cases) {
    for (const size of sizes) {
      settings.log(`${test.name}, ${size.join('×')}`);
      rows.push(await rowOf(test, size, settings));
    }
  }
  const { threads } = settings;
  yield {
    title: 'Elementwise chains, softmax, layer norm, operands in memory',
    notes: ['GB/s of what must be read and written once. % of copy: of what one thread copies from array to array; on more threads, of the same one thread.'],
    columns: ['op', 'ms', 'GB/s', 'copy GB/s', '% of copy', `on ${threads}`, '× tfjs-wasm', `on ${threads}`],
    rows,
  };
}
