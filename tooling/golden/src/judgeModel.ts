/** Tests of real models against real TensorFlow: every output, for every stored input. */
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Graph, importGraphDef, Session } from '@sessionflow/core';
import { cpuWasm } from '@sessionflow/cpu-wasm';
import { loadModel } from '@sessionflow/io/node';
import { describe, expect, it } from 'vitest';
import { readModelVectors, type ModelVectors } from './modelVectors.js';

/** One describe block per vector file of `vectors/<set>`, one test per thread count. */
export function judgeModels(set: string, threadCounts: readonly number[]): void {
  const folder = new URL(`../vectors/${set}/`, import.meta.url);
  describe.each(readdirSync(folder).filter((name) => name.endsWith('.json')))('%s', (name) => {
    const vectors = readModelVectors(new URL(name, folder));
    it.each(threadCounts)('gives the results of TensorFlow on %i thread(s)', { timeout: 120_000 }, (threads) => judge(vectors, threads));
  });
}

async function judge(vectors: ModelVectors, threads: number): Promise<void> {
  const { graphDef } = await loadModel(modelFile(vectors.package, vectors.model));
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

/** The model's file in the npm package that this package depends on. */
function modelFile(packageName: string, model: string): string {
  const found = [`models/${model}.json`, 'model/model.json'].map((path) => fileURLToPath(new URL(`../node_modules/${packageName}/${path}`, import.meta.url))).find(existsSync);
  if (found === undefined) throw new Error(`${packageName} has no model ${model}`);
  return found;
}
