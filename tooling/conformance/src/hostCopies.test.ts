/**
 * What `explainPlacement` tells of copies to the host is what a plan does: one case of each op on a device whose memory the host does not see, its
 * numeric inputs made by that device.
 */
import { expect, it } from 'vitest';
import { Graph, Session, importGraphDef, opDefinition, reference, simulated, type HostTensor, type NodeDefData } from '@sessionflow/core';
import { graphDefData } from '@sessionflow/core/proto';
import { attrsOf, tensorOf, type OpCase } from './caseFile.js';
import { opCaseFiles } from './caseFiles.js';

const quiet = { info: () => undefined, warning: () => undefined, error: (line: string) => { throw new Error(line); } };
const summed: ReadonlySet<HostTensor['dtype']> = new Set(['float32', 'int32', 'uint32', 'float16']);

function graphOf({ op, attrs, inputs }: OpCase): { graph: Graph; feeds: Record<string, HostTensor> } {
  const tensors = inputs.map(tensorOf);
  const type = (dtype: HostTensor['dtype']) => ({ kind: 'type' as const, value: dtype });
  const nodes = tensors.flatMap((tensor, i): NodeDefData[] => {
    const { dtype, shape } = tensor;
    const source: NodeDefData = { name: `in${i}`, op: 'Placeholder', input: [], device: '/cpu:0', attr: { dtype: type(dtype), shape: { kind: 'shape', value: shape } } };
    return summed.has(dtype) ? [source, { name: `made${i}`, op: 'Sub', input: [`in${i}`, `in${i}`], device: '/gpu:0', attr: { T: type(dtype) } }] : [source];
  });
  const from = tensors.map(({ dtype }, i) => (summed.has(dtype) ? `made${i}` : `in${i}`));
  const node: NodeDefData = { name: 'node', op, input: from, device: '/gpu:0', attr: attrsOf(attrs) };
  const graph = new Graph();
  importGraphDef(graphDefData({ nodes: [...nodes, node] }), { graph, name: '' });
  return { graph, feeds: Object.fromEntries(tensors.map((tensor, i) => [`in${i}:0`, tensor])) };
}

it('tells of every op what the host reads of its inputs', async () => {
  const seen = new Map<string, string>();
  for (const opCase of opCaseFiles().flatMap(({ cases }) => cases)) {
    if (opCase.error !== undefined || seen.get(opCase.op) !== undefined || opDefinition(opCase.op) === undefined) continue;
    let made: ReturnType<typeof graphOf>;
    try {
      made = graphOf(opCase);
    } catch {
      continue;
    }
    const { graph, feeds } = made;
    const fetches = [...graph.getOperationByName('node').outputs];
    if (fetches.length === 0 || opCase.op === 'SerializeTensor') continue;
    await using session = new Session({
      graph, backends: [reference(), simulated()], logger: quiet, config: { allowSoftPlacement: true, graphOptions: { optimizerOptions: { optLevel: 'L0' } } },
    });
    const told = await session.explainPlacement(fetches, feeds);
    if (told.nodes.some(({ name, device }) => (name === 'node' || name.startsWith('made')) && !device.endsWith('GPU:0'))) continue;
    const plan = await session.plan(fetches, feeds);
    const fetched = new Set(plan.results.flatMap((result) => (result.kind === 'now' && result.ref.kind === 'slot' ? [result.ref.slot] : [])));
    const read = new Set(plan.steps.flatMap((step) => (step.kind === 'host' ? step.inputs.flatMap((ref) => (ref.kind === 'slot' ? [ref.slot] : [])) : [])));
    const done = plan.steps.flatMap((step) => (step.kind === 'download' && (read.has(step.to) || !fetched.has(step.to)) ? [step.name] : []));
    const said = told.hostCopies.map(({ tensor }) => tensor);
    seen.set(opCase.op, said.join());
    if (plan.later === undefined) {
      // A value that a node makes of itself has a name of the plan's, and a number past the node's outputs where it is told.
      const isInside = (tensor: string): boolean => tensor.startsWith('node/') || Number(/^node:(\d+)$/.exec(tensor)?.[1] ?? -1) >= fetches.length;
      const names = (tensors: readonly string[]): string[] => tensors.map((tensor) => (isInside(tensor) ? 'inside' : tensor));
      expect(names(said), opCase.name).toEqual(names(done));
      continue;
    }
    // The rest of the graph waits for values that tell shapes. It gets other small integers on the host as well.
    const isInteger = (name: string): boolean => ['int32', 'uint32'].includes(graph.getTensorByName(name).dtype);
    expect(said, opCase.name).not.toEqual([]);
    expect(done, opCase.name).toEqual(expect.arrayContaining(said.filter(isInteger)));
    expect(done.filter((name) => !isInteger(name)), opCase.name).toEqual([]);
  }
  expect(seen.size).toBeGreaterThan(150);
  expect(['Sum', 'SpaceToBatch', 'FusedPadConv2D', 'Slice', 'MatMul', 'MaxPool'].map((op) => seen.get(op))).toEqual(
    ['made1:0', 'made1:0', 'made1:0', 'made1:0,made2:0', '', '']);
}, 60_000);
