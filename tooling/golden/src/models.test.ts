/** Real models against real TensorFlow: every output of every model, for random and for real inputs. */
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Graph, importGraphDef, Session } from '@sessionflow/core';
import { cpuWasm } from '@sessionflow/cpu-wasm';
import { loadModel } from '@sessionflow/io/node';
import { describe, expect, it } from 'vitest';
import { readModelVectors } from './modelVectors.js';

const folder = new URL('../vectors/models/', import.meta.url);
const require = createRequire(import.meta.url);

function modelFile(packageName: string, model: string): string {
  const root = dirname(require.resolve(`${packageName}/package.json`));
  const found = [join(root, 'models', `${model}.json`), join(root, 'model', 'model.json')].find(existsSync);
  if (found === undefined) throw new Error(`${packageName} has no model ${model}`);
  return found;
}

describe.each(readdirSync(folder).filter((name) => name.endsWith('.json')))('%s', (name) => {
  const vectors = readModelVectors(new URL(name, folder));

  it.each([1, 2])('gives the results of TensorFlow on %i thread(s)', { timeout: 120_000 }, async (threads) => {
    const { graphDef } = await loadModel(modelFile(vectors.package, vectors.model));
    const graph = new Graph();
    graph.asDefault(() => importGraphDef(graphDef, { name: '' }));
    await using session = new Session({ graph, backends: [cpuWasm()], config: { intraOpParallelismThreads: threads } });
    for (const { name: caseName, feeds, outputs, deviation } of vectors.cases) {
      const results = await session.run([...outputs], feeds);
      outputs.forEach((output, i) => {
        const { difference, allowed } = deviation(output, results[i]!);
        expect(difference, `${caseName}, ${output}: difference from TensorFlow (allowed ${allowed})`).toBeLessThanOrEqual(allowed);
      });
    }
  });
});
