/** Explanations for tests: nodes by a short notation, on two devices. */
import type { ExplainedCopy, ExplainedNode, PlacementExplanation } from '@sessionflow/core';

export const cpu = '/job:localhost/replica:0/task:0/device:CPU:0';
export const gpu = '/job:localhost/replica:0/task:0/device:GPU:0';

/** `'scope/name': ['Op', 'cpu' | 'gpu', ...inputs]`; every tensor is a float32 of 4 bytes. */
export type Notation = Readonly<Record<string, readonly [op: string, device: 'cpu' | 'gpu', ...inputs: readonly string[]]>>;

export function explanationOf(notation: Notation, extra: Partial<PlacementExplanation> = {}): PlacementExplanation {
  const deviceOf = (name: string): string => (notation[name]?.[1] === 'gpu' ? gpu : cpu);
  const copies: ExplainedCopy[] = [];
  const edges = Object.entries(notation).flatMap(([to, [, , ...inputs]]) => inputs.map((from, input) => {
    const isControl = from.startsWith('^');
    const node = from.replace(/^\^/, '');
    const crosses = !isControl && deviceOf(node) !== deviceOf(to) && notation[node]?.[0] !== 'Const';
    let copy = crosses ? copies.findIndex(({ tensor, to: target }) => tensor === `${node}:0` && target === deviceOf(to)) : -1;
    if (crosses && copy < 0) copy = copies.push({ tensor: `${node}:0`, dtype: 'float32', shape: [], bytes: 4, consumers: [to], from: deviceOf(node), to: deviceOf(to), isFetched: false }) - 1;
    return { kind: isControl ? 'control' : 'data', from: node, output: isControl ? -1 : 0, to, input: isControl ? -1 : input, copy: copy < 0 ? null : copy } as const;
  }));
  const nodes = Object.entries(notation).map(([name, [op]]): ExplainedNode => ({
    name, op, scope: name.slice(0, Math.max(0, name.lastIndexOf('/'))), device: deviceOf(name), requested: '/gpu:0',
    candidates: [{ device: cpu, refusal: null }, { device: gpu, refusal: deviceOf(name) === cpu ? `no kernel for ${op}` : null }],
    rule: deviceOf(name) === cpu ? 'soft' : 'requested', reason: 'a reason', decidedBy: null,
  }));
  const device = (name: string, type: string): PlacementExplanation['devices'][number] => ({ name, type, backend: 'a backend', description: '', memoryLimit: 1, nodes: nodes.filter((node) => node.device === name).length });
  return { devices: [device(cpu, 'CPU'), device(gpu, 'GPU')], absent: [], functions: [], warnings: [], nodes, edges, copies, hostCopies: [], ...extra };
}
