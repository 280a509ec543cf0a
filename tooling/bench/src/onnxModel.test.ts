import { expect, it } from 'vitest';
import { ortNode } from './programs/ort.js';
import { onnxModel, type OnnxGraph } from './onnxModel.js';

const graph: OnnxGraph = {
  inputs: { a: [1, 2] }, outputs: { c: [1, 1] }, constants: { b: { shape: [2, 1], values: Float32Array.of(3, 4) } },
  nodes: [{ op: 'MatMul', inputs: ['a', 'b'], output: 'c' }],
};

it('writes the fields of onnx.proto3', () => {
  const bytes = onnxModel(graph);
  // ir_version 8; then the graph's length, and at the end operator set 13 of the domain ''.
  expect([...bytes.subarray(0, 2)]).toEqual([8, 8]);
  expect([...bytes.subarray(-6)]).toEqual([0x42, 4, 0x0a, 0, 0x10, 13]);
});

it('is read by ONNX Runtime', async () => {
  const program = await ortNode({ graph, feeds: { a: Float32Array.of(5, 6) } }, 1);
  expect((await program.results()).map((values) => [...(values as Float32Array)])).toEqual([[39]]);
  await program.close();
});
