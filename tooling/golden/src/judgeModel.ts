/** Tests of real models against real TensorFlow: every output, for every stored input. */
import { readdirSync } from 'node:fs';
import { Graph, importGraphDef, Session } from '@sessionflow/core';
import { cpuWasm } from '@sessionflow/cpu-wasm';
import { loadModel } from '@sessionflow/io/node';
import { describe, expect, it } from 'vitest';
import { modelFile, readModelVectors, type ModelVectors } from './modelVectors.js';

/** One describe block per vector file of `vectors/<set>`, one test per thread count. */
export function judgeModels(set: string, threadCounts: readonly number[]): void {
  const folder = new URL(`../vectors/${set}/`, import.meta.url);
  describe.each(readdirSync(folder).filter((name) => name.endsWith('.json')))('%s', (name) => {
    const vectors = readModelVectors(new URL(name, folder));
    it.each(threadCounts)('gives the results of TensorFlow on %i thread(s)', { timeout: 120_000 }, (threads) => judge(vectors, threads));
  });
}

async function judge(vectors: ModelVectors, threads: number): Promise<void> {
  const { graphDef } = await loadModel(modelFile(new URL('..', import.meta.url), vectors));
  const graph = new Graph();
  graph.asDefault(() => importGraphDef(graphDef, { name: '' }));
  await using session = new Session({ graph, backends: [cpuWasm()], config: { intraOpParallelismThreads: threads } });
  for (const { name, feeds, outputs, deviation } of vectors.cases) {
    const results = await session.run([...outputs], feeds);
    outputs.forEach((output, i) => {
      const { difference, allowed } = deviation(output, results[i]!);
      expect(difference, `${name}, ${output}: difference from TensorFlow (allowed ${allowed})`).toBeLessThanOrEqual(allowed);
    });
  }
}
