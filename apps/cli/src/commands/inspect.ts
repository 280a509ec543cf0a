/** `sessionflow inspect`: what is in a model file, and what of it the present devices cannot run. */
import { Command } from 'commander';
import { dtypeInfo, opDefinition, type GraphDefData } from '@sessionflow/core';
import { loadModel, type LoadedModel } from '@sessionflow/io/node';
import { loadModelGraph } from '../modelGraph.js';
import { openSession } from '../sessions.js';
import { table } from '../text.js';

interface Finding {
  readonly node: string;
  readonly op: string;
  readonly reason: string;
}

export function inspect(): Command {
  return new Command('inspect')
    .description('shows inputs, outputs, ops and parameters of a model')
    .argument('<model>', 'a .pb, .pbtxt or tfjs model.json')
    .option('--json', 'print JSON')
    .action(async (path: string, options: { readonly json?: boolean }) => {
      const model = await loadModel(path);
      const ops = histogram(model.graphDef);
      const unsupported = await withoutKernel(path, model);
      const { inputs, outputs } = await signature(path, model, unsupported.some(({ reason }) => reason === unknownOp));
      const report = { format: model.format, inputs, outputs, ops: Object.fromEntries(ops), parameters: parameters(model.graphDef), unsupported };
      if (options.json === true) process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
      else process.stdout.write(`${text(report)}\n`);
    });
}

const unknownOp = 'unknown op';

interface Port {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly (number | null)[] | null;
}

/** Ports with dtypes and shapes; of a graph with unknown ops only the names can be told. */
async function signature(path: string, model: LoadedModel, hasUnknownOps: boolean): Promise<{ inputs: Port[]; outputs: Port[] }> {
  if (hasUnknownOps) {
    const bare = (name: string): Port => ({ name, dtype: 'unknown', shape: null });
    return { inputs: model.inputs.map(bare), outputs: model.outputs.map(bare) };
  }
  const { graph } = await loadModelGraph(path);
  const port = (name: string): Port => {
    const { dtype, shape } = graph.getTensorByName(name.includes(':') ? name : `${name}:0`);
    return { name, dtype, shape };
  };
  return { inputs: model.inputs.map(port), outputs: model.outputs.map(port) };
}

function histogram(graphDef: GraphDefData): [string, number][] {
  const counts = new Map<string, number>();
  for (const { op } of graphDef.nodes) counts.set(op, (counts.get(op) ?? 0) + 1);
  return [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
}

/** Elements of floating-point constants of rank 1 and more: the weights. */
function parameters(graphDef: GraphDefData): number {
  let sum = 0;
  for (const { op, attr } of graphDef.nodes) {
    const value = op === 'Const' ? attr['value'] : undefined;
    if (value?.kind === 'tensor' && value.value.rank > 0 && dtypeInfo[value.value.dtype].kind === 'float') sum += value.value.size;
  }
  return sum;
}

async function withoutKernel(path: string, model: LoadedModel): Promise<Finding[]> {
  const unknown = model.graphDef.nodes.filter(({ op }) => opDefinition(op) === undefined && !model.graphDef.functions.some((fn) => fn.name === op));
  if (unknown.length > 0) return unknown.map(({ name, op }) => ({ node: name, op, reason: unknownOp }));
  const { graph } = await loadModelGraph(path);
  await using session = await openSession(graph, { softPlacement: true }, () => undefined);
  const support = await session.support();
  return [...support].flatMap(([node, reason]) => (reason === true ? [] : [{ node, op: graph.getOperationByName(node).type, reason }]));
}

function text(report: { format: string; inputs: readonly Port[]; outputs: readonly Port[]; ops: Record<string, number>; parameters: number; unsupported: readonly Finding[] }): string {
  const port = ({ name, dtype, shape }: Port): string[] => [`  ${name}`, dtype, shape === null ? 'unknown shape' : `[${shape.map((dim) => dim ?? '?').join(', ')}]`];
  return [
    `format      ${report.format}`,
    `parameters  ${report.parameters.toLocaleString('en-US')}`,
    'inputs', table(report.inputs.map(port)),
    'outputs', table(report.outputs.map(port)),
    'ops', table(Object.entries(report.ops).map(([op, n]) => [`  ${op}`, String(n)])),
    report.unsupported.length === 0 ? 'every node has a kernel on the present devices' : 'no kernel on the present devices for',
    ...report.unsupported.map(({ node, op, reason }) => `  ${node} (${op}): ${reason}`),
  ].filter((line) => line !== '').join('\n');
}
