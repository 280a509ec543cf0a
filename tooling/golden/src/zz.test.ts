import { device, Graph, importGraphDef, Session, HostTensor } from '@sessionflow/core';
import { cpuWasm } from '@sessionflow/cpu-wasm';
import { loadModel } from '@sessionflow/io/node';
import { webgpu } from '@sessionflow/webgpu';
import { it } from 'vitest';
import { modelFile, readModelVectors } from './modelVectors.js';
it('x', { timeout: 300000 }, async () => {
  const vectors = readModelVectors(new URL('../vectors/models/centernet.json', import.meta.url));
  const { graphDef } = await loadModel(modelFile(new URL('..', import.meta.url), vectors));
  const make = (asked: string) => { const graph = new Graph(); graph.asDefault(() => device(asked, () => importGraphDef(graphDef, { name: '' }))); return graph; };
  const g1 = make(''), g2 = make('/gpu:0');
  await using a = new Session({ graph: g1, backends: [cpuWasm()] });
  await using b = new Session({ graph: g2, backends: [cpuWasm(), webgpu()], config: { allowSoftPlacement: true } });
  const { feeds, outputs, name } = vectors.cases[0]!;
  const diff = (x: HostTensor, y: HostTensor) => { let d = 0, m = 0; const u = x.data as Float32Array, v = y.data as Float32Array; for (let i = 0; i < u.length; i++) { d = Math.max(d, Math.abs(u[i]! - v[i]!)); m = Math.max(m, Math.abs(u[i]!)); } return d / (m || 1); };
  const r1 = await a.run([...outputs], feeds), r2 = await b.run([...outputs], feeds);
  console.log(name, outputs.map((o, i) => o + ' ' + diff(r1[i]!, r2[i]!)).join('\n'));
  const ops = g1.getOperations().filter((o) => o.outputs.length > 0 && o.outputs[0]!.dtype === 'float32' && o.type !== 'Const' && o.type !== 'Placeholder');
  const bad = async (k: number) => { const op = ops[k]!; const [x] = await a.run([op.name + ':0'], feeds), [y] = await b.run([op.name + ':0'], feeds); const d = diff(x!, y!); console.log(k, op.name, op.type, d); return !(d < 1e-3); };
  let lo = 0, hi = ops.length - 1;
  while (lo < hi) { const mid = (lo + hi) >> 1; if (await bad(mid)) hi = mid; else lo = mid + 1; }
  const op = ops[lo]!;
  console.log('first bad', op.name, op.type, op.inputs.map((i) => i.name + ' ' + i.op.type));
  console.log((await b.explain([op.name + ':0'], feeds)).slice(-2500));
});
