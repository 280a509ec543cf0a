/** The elementwise work on a matmul's or convolution's result becomes that kernel's epilogue, if the kernel takes it. */
import { rewrite, type Expr } from '../codegen/expr.js';
import { kernelsFor, queryOf, takes } from '../kernels/findKernel.js';
import { sameShape } from '../shape.js';
import type { CompileDevice } from '../device/compileDevice.js';
import type { Stage } from '../stage.js';
import { callOfItem, type Item, type MapItem, type OpItem } from './item.js';
import type { Value } from './value.js';

export function* fuseEpilogues(items: readonly Item[], kept: ReadonlySet<Value>, devices: ReadonlyMap<string, CompileDevice>): Stage<Item[]> {
  const readers = new Map<Value, Set<Item>>();
  for (const item of items) for (const value of item.inputs) readers.set(value.root, (readers.get(value.root) ?? new Set()).add(item));
  const keptRoots = new Set([...kept].map((value) => value.root));
  const gone = new Set<Item>();
  const fusedAt = new Map<Item, OpItem>();
  for (const item of items) {
    yield;
    const [result] = item.outputs;
    const device = devices.get(item.device);
    if (item.kind !== 'op' || item.pinned || result === undefined || item.outputs.length !== 1 || device === undefined || keptRoots.has(result)) continue;
    const [reader] = readers.get(result) ?? [];
    if (readers.get(result)?.size !== 1 || reader?.kind !== 'map' || reader.pinned || reader.device !== item.device) continue;
    const fused = withEpilogue(item, reader, result, device);
    if (fused === undefined || fusedAt.has(reader)) continue;
    gone.add(item);
    fusedAt.set(reader, fused);
  }
  // The fused launch stands where the elementwise item stood: everything that either needs is there by then.
  return items.filter((item) => !gone.has(item)).map((item) => fusedAt.get(item) ?? item);
}

function withEpilogue(item: OpItem, map: MapItem, result: Value, device: CompileDevice): OpItem | undefined {
  const [output] = map.outputs;
  const [code] = map.fn.outputs;
  if (output === undefined || code === undefined || map.outputs.length !== 1 || !map.inputs.includes(result) || !sameShape(output.shape, result.shape)) return undefined;
  const extras = map.inputs.filter((value) => value !== result);
  // Under another shape it is read at another place, and there is nothing to read it from.
  if (extras.some((value) => value.root === result)) return undefined;
  const expr: Expr = rewrite(code, (node) => {
    if (node.kind !== 'input') return node;
    const value = map.inputs[node.index];
    return { ...node, index: value === undefined || value === result ? 0 : 1 + extras.indexOf(value) };
  });
  const fused: OpItem = {
    ...item, inputs: [...item.inputs, ...extras], outputs: map.outputs, nodes: [...new Set([...map.nodes, ...item.nodes])], epilogue: { extra: extras.length, dtype: result.dtype, expr },
  };
  const call = callOfItem(fused);
  if (call.kind !== 'op') return undefined;
  const query = queryOf(call);
  return kernelsFor(device.kernels, query).own.some((kernel) => takes(kernel, call, query, device.info)) ? fused : undefined;
}
