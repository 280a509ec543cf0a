/** Single kernels beside what the engine's multiply-adds and its memory allow, and beside tfjs-wasm: products of every form, convolutions, depthwise convolutions. */
import { sizeOf } from '@sessionflow/core/device';
import * as tf from '@tensorflow/tfjs-core';
import { checkAgreement } from '../agree.js';
import { copy, multiplyAddPeak, type Peak } from '../bounds.js';
import { kernelCases, type KernelCase } from '../kernelCases.js';
import { measure, median, speedup } from '../measure.js';
import { kernelProgram } from '../programs/kernel.js';
import type { Program } from '../programs/program.js';
import { tfjsName, useTfjs } from '../programs/tfjs.js';
import type { Cell, Section } from '../report.js';
import type { Settings } from '../settings.js';

async function tfjsKernel(test: KernelCase): Promise<Program> {
  await useTfjs();
  const inputs = test.inputs.map(({ data, shape }) => tf.tensor(data as Float32Array, [...shape]));
  return {
    name: tfjsName,
    run: () => test.tfjs(inputs).dispose(),
    results: async () => {
      const result = test.tfjs(inputs);
      const values = result.dataSync<'float32'>();
      result.dispose();
      return [values];
    },
    close: async () => tf.dispose(inputs),
  };
}

async function rowOf(test: KernelCase, peak: Peak, settings: Settings): Promise<Cell[]> {
  const ours = [await kernelProgram(test, 1), await kernelProgram(test, settings.threads)];
  const theirs = await tfjsKernel(test);
  const programs = [...ours, theirs];
  try {
    const results = [];
    for (const program of programs) results.push([program.name, (await program.results())[0]!] as const);
    checkAgreement(results, 1e-4);
    const { flops } = ours[0]!;
    const bytes = 4 * [...test.call.inputs, ...test.call.outputs].reduce((sum, { shape }) => sum + sizeOf(shape), 0);
    // A copy of half as many bytes reads and writes as many.
    const [one, more, tfjs, arithmetic, memory] = await measure([...programs, peak, copy(Math.ceil(bytes / 2))], settings);
    const ofPeak = 100 * speedup(one!, arithmetic!) * (flops / peak.flops);
    const rate = (times: readonly number[]): number => flops / median(times) / 1e6;
    return [
      test.name, rate(one!.times), ofPeak, Math.max(ofPeak, 100 * speedup(one!, memory!)), rate(more!.times), speedup(more!, one!), rate(tfjs!.times), speedup(one!, tfjs!),
      speedup(more!, tfjs!),
    ];
  } finally {
    for (const program of programs) await program.close();
  }
}

export async function* kernelSections(settings: Settings): AsyncGenerator<Section> {
  const chosen = kernelCases.filter(({ name }) => settings.models.length === 0 || settings.models.some((part) => name.includes(part)));
  const rows: Cell[][] = [];
  const peak = await multiplyAddPeak();
  for (const test of chosen) {
    settings.log(test.name);
    rows.push(await rowOf(test, peak, settings));
  }
  const { threads } = settings;
  yield {
    title: 'Kernels, operands in memory',
    notes: [
      'Products are [M, K] × [K, N]; At, Bt: that operand is transposed; weights: B is constant, else it lies in a buffer that may change. Depthwise: a filter per channel.',
      'GFLOP/s; % of peak: of what one thread of this engine reaches with multiply-adds alone, measured in turn. % of bound: of that, or of the time that a copy takes which moves as many bytes as the operands and the result have, whichever binds.',
      'GFLOP/s count what our kernel multiplies: for a 3×3 convolution of stride 1 by Winograd 16 products where the sum has 36, in all columns.',
    ],
    columns: ['kernel', '1 thread', '% of peak', '% of bound', `${threads} threads`, `${threads} : 1`, 'tfjs-wasm', '× on 1', `× on ${threads}`],
    rows,
  };
}
