/** `sessionflow inspect`: what is in a model file, and what of it the present devices cannot run. */
import { Command } from 'commander';
import { dtypeInfo, opDefinition, type GraphDefData, type NodeDefData } from '@sessionflow/core';
import { loadModel, type LoadedModel } from '@sessionflow/io/node';
import { graphOf } from '../modelGraph.js';
import { openSession } from '../sessions.js';
import type { Streams } from '../streams.js';
import { tensorName } from '../tensorNames.js';
import { table } from '../text.js';
import { flagTexts } from '../usage.js';

/** A node that no device can run. */
interface Finding {
  readonly node: string;
  readonly op: string;
  readonly reason: string;
}

/** An input or output. */
interface Port {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly (number | null)[] | null;
}

interface Report {
  readonly format: string;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  readonly ops: Readonly<Record<string, number>>;
  readonly parameters: number;
  readonly unsupported: readonly Finding[];
}

export function inspect(streams: Streams): Command {
  return new Command('inspect')
    .description('shows inputs, outputs, ops and parameters of a model')
    .argument('<model>', flagTexts.model)
    .option('--json', 'print JSON')
    .action(async (path: string, options: { readonly json?: boolean }) => {
      const model = await loadModel(path);
      const unknown = unknownOps(model.graphDef);
      const report: Report = {
        format: model.format,
        ...(unknown.length > 0 ? { ...statedPorts(model), unsupported: unknown } : await ofGraph(model, streams)),
        ops: histogram(model.graphDef), parameters: parameters(model.graphDef),
      };
      streams.out(options.json === true ? `${JSON.stringify(report, undefined, 2)}\n` : `${text(report)}\n`);
    });
}

/** Every node, those of functions included. */
function allNodes({ nodes, functions }: GraphDefData): NodeDefData[] {
  return [...nodes, ...functions.flatMap((fn) => fn.nodes)];
}

function unknownOps(graphDef: GraphDefData): Finding[] {
  const functions = new Set(graphDef.functions.map((fn) => fn.name));
  return allNodes(graphDef).filter(({ op }) => opDefinition(op) === undefined && !functions.has(op)).map(({ name, op }) => ({ node: name, op, reason: 'unknown op' }));
}

/** A graph with unknown ops cannot be built: only what its placeholders state is known of the ports. */
function statedPorts({ graphDef, inputs, outputs }: LoadedModel): { inputs: Port[]; outputs: Port[] } {
  const nodes = new Map(graphDef.nodes.map((node) => [node.name, node]));
  const port = (name: string): Port => {
    const attr = nodes.get(name.replace(/:\d+$/, ''))?.attr ?? {};
    const dtype = attr['dtype'];
    const shape = attr['shape'];
    return { name, dtype: dtype?.kind === 'type' ? dtype.value : 'unknown', shape: shape?.kind === 'shape' ? shape.value : null };
  };
  return { inputs: inputs.map(port), outputs: outputs.map(port) };
}

async function ofGraph(model: LoadedModel, streams: Streams): Promise<{ inputs: Port[]; outputs: Port[]; unsupported: Finding[] }> {
  const graph = graphOf(model);
  const port = (name: string): Port => {
    const { dtype, shape } = graph.getTensorByName(tensorName(name));
    return { name, dtype, shape };
  };
  await using session = await openSession(graph, { softPlacement: true }, streams);
  const unsupported = [...await session.support()].flatMap(([node, reason]) => (reason === true ? [] : [{ node, op: graph.getOperationByName(node).type, reason }]));
  return { inputs: model.inputs.map(port), outputs: model.outputs.map(port), unsupported };
}

/** How often each op occurs, most frequent first. */
function histogram(graphDef: GraphDefData): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { op } of allNodes(graphDef)) counts.set(op, (counts.get(op) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)));
}

/** Elements of floating-point constants of rank 1 and more: the weights. */
function parameters(graphDef: GraphDefData): number {
  let sum = 0;
  for (const { op, attr } of allNodes(graphDef)) {
    const value = op === 'Const' ? attr['value'] : undefined;
    if (value?.kind === 'tensor' && value.value.rank > 0 && dtypeInfo[value.value.dtype].kind === 'float') sum += value.value.size;
  }
  return sum;
}

function text({ format, inputs, outputs, ops, parameters: count, unsupported }: Report): string {
  const port = ({ name, dtype, shape }: Port): string[] => [`  ${name}`, dtype, shape === null ? 'unknown shape' : `[${shape.map((dim) => dim ?? '?').join(', ')}]`];
  return [
    `format      ${format}`,
    `parameters  ${count.toLocaleString('en-US')}`,
    'inputs', table(inputs.map(port)),
    'outputs', table(outputs.map(port)),
    'ops', table(Object.entries(ops).map(([op, n]) => [`  ${op}`, String(n)])),
    unsupported.length === 0 ? 'every node has a kernel on the present devices' : 'no kernel on the present devices for',
    ...unsupported.map(({ node, op, reason }) => `  ${node} (${op}): ${reason}`),
  ].filter((line) => line !== '').join('\n');
}
