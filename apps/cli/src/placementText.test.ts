/** The table of `sessionflow place` over two devices: nodes by scope, devices in their colours, copies with their bytes, warnings. */
import { stripVTControlCharacters } from 'node:util';
import * as tf from '@sessionflow/core';
import { describe, expect, it } from 'vitest';
import { placementText } from './placementText.js';

const cpu = tf.reference({ name: 'a CPU' });
const whole = tf.reference({ name: 'a GPU', deviceType: 'GPU', priority: 1 });
// Without MatMul; all else it can.
const gpu: tf.Backend = { ...whole, kernels: { ...whole.kernels, ops: Object.fromEntries(Object.entries(whole.kernels.ops).filter(([op]) => op !== 'MatMul')) } };

async function explained(): Promise<tf.PlacementExplanation> {
  const graph = new tf.Graph();
  graph.asDefault(() => {
    const x = tf.device('/cpu:0', () => tf.placeholder('float32', [64, 16], { name: 'x' }));
    tf.device('/gpu:0', () => tf.nameScope('layer', () => {
      const sum = tf.add(x, x, { name: 'sum' });
      const product = tf.matMul(sum, sum, { transposeB: true, name: 'product' });
      tf.relu(product, { name: 'relu' });
      tf.neg(product, { name: 'neg' });
    }));
  });
  await using session = new tf.Session({ graph, backends: [cpu, gpu], config: { allowSoftPlacement: true } });
  return await session.explainPlacement();
}

const green = '\u001b[32m';
const cyan = '\u001b[36m';
const end = '\u001b[39m';

describe('the table of a placement', () => {
  it('groups by scope, says who can and why, and counts copies in bytes, one per tensor and device', async () => {
    const lines = placementText(await explained(), false).split('\n').map((line) => line.replace(/ {2,}/g, ' | ').trimEnd());
    expect(lines.slice(0, 2)).toEqual(['CPU:0 | 2 nodes | a CPU', 'GPU:0 | 3 nodes | a GPU']);
    const rows = lines.slice(lines.indexOf('node | op | is on | can be on | why'));
    expect(rows.slice(1, 4)).toEqual([
      expect.stringMatching(/^x \| Placeholder \| CPU:0 \| any \| \/device:CPU:0 was asked for and can run it$/),
      'layer/',
      expect.stringMatching(/^ \| sum \| Add(V2)? \| GPU:0 \| any \| \/device:GPU:0 was asked for and can run it$/),
    ]);
    expect(rows[4]).toBe(' | product | MatMul | CPU:0 | CPU:0 | soft placement: /device:GPU:0 was asked for, but cannot run it: no kernel for MatMul');
    expect(rows).toContain('3 copies between devices, 24 KiB:');
    // One copy for both of its readers.
    expect(rows).toContain(' | layer/product:0 | float32[64,64] | 16 KiB | CPU:0 → GPU:0 | for layer/relu, layer/neg');
    expect(rows).toContain(' | x:0 | float32[64,16] | 4 KiB | CPU:0 → GPU:0 | for layer/sum');
    expect(rows).toContain(' | layer/sum:0 | float32[64,16] | 4 KiB | GPU:0 → CPU:0 | for layer/product');
    expect(rows).toContain(
      'warning: The graph ping-pongs between GPU:0 and CPU:0: values leave GPU:0 (layer/sum:0 → layer/product) and come back (layer/product:0 → layer/relu, layer/product:0 → layer/neg) in every run.',
    );
  });

  it('colours each device the same wherever it stands', async () => {
    const text = placementText(await explained(), true);
    const plain = placementText(await explained(), false);
    const [table = ''] = text.split('warning: ');
    for (const [name, colour] of [['CPU:0', green], ['GPU:0', cyan]] as const) {
      expect(text.split(`${colour}${name}${end}`).length - 1).toBeGreaterThan(4);
      // None of them is left without.
      expect(table.replaceAll(`${colour}${name}${end}`, '').replace(/\/device:\w+:0/g, '')).not.toContain(name);
    }
    expect(stripVTControlCharacters(text)).toBe(plain);
  });
});
