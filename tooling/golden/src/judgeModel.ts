/** Tests of real models against real TensorFlow: every output, for every stored input. */
import { readdirSync } from 'node:fs';
import { device, Graph, importGraphDef, Session, type Backend, type SessionOptions } from '@sessionflow/core';
import { cpuWasm } from '@sessionflow/cpu-wasm';
import { loadModel } from '@sessionflow/io/node';
import { describe, expect, it } from 'vitest';
import { modelFile, readModelVectors, type ModelVectors } from './modelVectors.js';

/** How models are run. */
export interface Setting {
  readonly title: string;
  readonly backends: readonly Backend[];
  readonly config: NonNullable<SessionOptions['config']>;
  /** The device that every node asks for; with soft placement, where it can. */
  readonly device?: string;
  /** Milliseconds that a model may take; two minutes by default. */
  readonly timeout?: number;
}

/** On the CPU, with so many threads. */
export const onThreads = (threads: number): Setting => ({ title: `${threads} thread(s)`, backends: [cpuWasm()], config: { intraOpParallelismThreads: threads } });

/** One describe block per vector file of `vectors/<set>` (of `names` only, where they are given), one test per setting. */
export function judgeModels(set: string, settings: readonly Setting[], names?: readonly string[]): void {
  const folder = new URL(`../vectors/${set}/`, import.meta.url);
  describe.each(readdirSync(folder).filter((name) => name.endsWith('.json') && (names?.includes(name.slice(0, -'.json'.length)) ?? true)))('%s', (name) => {
    const vectors = readModelVectors(new URL(name, folder));
    for (const setting of settings) {
      it(`gives the results of TensorFlow on ${setting.title}`, { timeout: setting.timeout ?? 120_000 }, () => judge(vectors, setting));
    }
  });
}

async function judge(vectors: ModelVectors, { backends, config, device: asked = '' }: Setting): Promise<void> {
  const { graphDef } = await loadModel(modelFile(new URL('..', import.meta.url), vectors));
  const graph = new Graph();
  graph.asDefault(() => device(asked, () => importGraphDef(graphDef, { name: '' })));
  await using session = new Session({ graph, backends, config });
  for (const { name, feeds, outputs, deviation } of vectors.cases) {
    const results = await session.run([...outputs], feeds);
    outputs.forEach((output, i) => {
      const { difference, allowed } = deviation(output, results[i]!);
      expect(difference, `${name}, ${output}: difference from TensorFlow (allowed ${allowed})`).toBeLessThanOrEqual(allowed);
    });
  }
}
