/** One case through a Session on a backend: nothing here needs Node, a page of a browser runs it as well. */
import {
  Graph, HostTensor, InvalidArgumentError, OpError, Session, ValueError, importGraphDef, opDefinition,
  type AttrValue, type Backend, type Feeds, type NodeDefData,
} from '@sessionflow/core';
import type { Device, MemoryUse } from '@sessionflow/core/device';
import { AttrReader, supportOf } from '@sessionflow/core/kernels';
import { graphDefData, parseGraphDefText } from '@sessionflow/core/proto';
import { attrsOf, tensorOf, type GraphRun, type OpCase } from './caseFile.js';
import { difference } from './judge.js';

/** How a case's inputs reach the node. */
export type Supply = 'fed' | 'constant' | 'numbers fed';
export const supplies: readonly Supply[] = ['fed', 'constant', 'numbers fed'];

/** dtypes that hold data rather than shapes, axes and sizes. */
const isData = (dtype: HostTensor['dtype']): boolean => !['int32', 'int64', 'string', 'bool'].includes(dtype);

/** The backend's table does not take the case, in its words. */
export class Skip extends Error {}

/** Asks the devices whether more is allocated on them than when they were asked before. */
export function growth(devices: ReadonlySet<Device>): () => MemoryUse[] {
  const before = new Map<Device, number>();
  return () => [...devices].flatMap((device) => {
    const use = device.memory();
    const { buffers } = use;
    const isMore = buffers > (before.get(device) ?? 0);
    before.set(device, buffers);
    return isMore ? [use] : [];
  });
}

export function expectNothingLeft(left: readonly MemoryUse[], when: string): void {
  for (const { buffers, bytes } of left) throw new Error(`${when}: ${buffers} buffers of ${bytes} bytes are still allocated after the session closed.`);
}

const typeAttr = (tensor: HostTensor): AttrValue => ({ kind: 'type', value: tensor.dtype });

/** The node, and one Placeholder or Const for each input. */
function nodesOf(opCase: OpCase, inputs: readonly HostTensor[], isFed: (input: HostTensor) => boolean): NodeDefData[] {
  const sources = inputs.map((input, i): NodeDefData => (isFed(input)
    ? { name: `in${i}`, op: 'Placeholder', input: [], device: '', attr: { dtype: typeAttr(input), shape: { kind: 'shape', value: null } } }
    : { name: `in${i}`, op: 'Const', input: [], device: '', attr: { dtype: typeAttr(input), value: { kind: 'tensor', value: input } } }));
  return [...sources, { name: 'node', op: opCase.op, input: inputs.map((_, i) => `in${i}`), device: '', attr: attrsOf(opCase.attrs) }];
}

/** Throws where a result is not TensorFlow's, Skip where the table does not take the case. */
export async function checkOp(backend: Backend, opCase: OpCase, supply: Supply): Promise<void> {
  if (opDefinition(opCase.op) === undefined) throw new Skip(`core has no op ${opCase.op}`);
  const inputs = opCase.inputs.map(tensorOf);
  const isFed = (input: HostTensor): boolean => supply === 'fed' || (supply === 'numbers fed' && isData(input.dtype));
  const graph = new Graph();
  try {
    importGraphDef(graphDefData({ nodes: nodesOf(opCase, inputs, isFed) }), { graph, name: '' });
  } catch (error) {
    // Python refuses at graph building what its shape functions see; the class is ValueError there.
    if (opCase.error !== undefined && (error instanceof ValueError || error instanceof InvalidArgumentError)) return;
    throw error;
  }
  const node = graph.getOperationByName('node');
  await backend.load?.();
  // The node and what it reads: a device may not hold the dtype of an input that it only wants to be told.
  for (const one of graph.getOperations()) {
    const support = supportOf(backend.kernels, one.definition, {
      op: one.type, attrs: new AttrReader(one.attrs, one.name), inputDtypes: one.inputs.map((input) => input.dtype),
      outputDtypes: one.outputs.map((output) => output.dtype), constants: one.inputs.map((_, i) => (isFed(inputs[i]!) ? undefined : inputs[i])),
    });
    if (support !== true) throw new Skip(support);
  }
  const feeds: Record<string, HostTensor> = {};
  inputs.forEach((input, i) => {
    if (isFed(input)) feeds[`in${i}:0`] = input;
  });
  await using session = new Session({ graph, backends: [backend] });
  const call = node.outputs.length > 0 ? session.run([...node.outputs], feeds) : session.run([node], feeds).then(() => []);
  if (opCase.error !== undefined) {
    // Awaited here: the session closes when this function returns.
    await expectFailure(call, opCase.error, `${opCase.tensorflowSays} (${supply})`);
    return;
  }
  const got = await call;
  opCase.outputs.forEach((want, i) => {
    if (want === null) return;
    const wrong = difference(got[i]!, tensorOf(want), opCase.tolerance);
    if (wrong !== undefined) throw new Error(`${supply}: output ${i}: ${wrong}`);
  });
}

async function expectFailure(call: Promise<unknown>, code: string, says: string): Promise<void> {
  const outcome: unknown = await call.then(() => undefined, (error: unknown) => error);
  if (outcome === undefined) throw new Error(`No error. TensorFlow says ${code}: ${says}`);
  if (outcome instanceof OpError ? outcome.codeName === code : outcome instanceof ValueError && code === 'INVALID_ARGUMENT') return;
  throw new Error(`Expected ${code}: ${says}`, { cause: outcome });
}

export async function checkGraph(backend: Backend, text: string, runs: readonly GraphRun[]): Promise<void> {
  const graph = new Graph();
  const data = parseGraphDefText(text);
  const missing = [...data.nodes, ...data.functions.flatMap((fn) => fn.nodes)].find(({ op }) => opDefinition(op) === undefined && !data.functions.some(({ name }) => name === op));
  if (missing !== undefined) throw new Skip(`core has no op ${missing.op}`);
  importGraphDef(data, { graph, name: '' });
  await backend.load?.();
  for (const op of graph.getOperations()) {
    const support = supportOf(backend.kernels, op.definition, {
      op: op.type, attrs: new AttrReader(op.attrs, op.name), inputDtypes: op.inputs.map((input) => input.dtype),
      outputDtypes: op.outputs.map((output) => output.dtype), constants: op.inputs.map(() => undefined),
    });
    if (support !== true) throw new Skip(`${op.type}: ${support}`);
  }
  await using session = new Session({ graph, backends: [backend] });
  for (const [index, run] of runs.entries()) {
    const feeds: Feeds = Object.fromEntries(Object.entries(run.feeds).map(([name, value]) => [name, tensorOf(value)]));
    const call = session.run([...run.fetches, ...run.targets], feeds).catch((error: unknown) => {
      // A function's body is placed when it is called: what the table does not take shows only then.
      throw error instanceof InvalidArgumentError && error.message.includes('No OpKernel was registered') ? new Skip(error.message.split('\n')[0]) : error;
    });
    if (run.error !== undefined) {
      await expectFailure(call, run.error, run.tensorflowSays);
      continue;
    }
    const got = await call;
    run.fetches.forEach((name, i) => {
      const want = run.outputs[name];
      const value = got[i];
      if (want === undefined || !(value instanceof HostTensor)) throw new Error(`run ${index}: nothing came of ${name}`);
      const wrong = difference(value, tensorOf(want), want.tolerance);
      if (wrong !== undefined) throw new Error(`run ${index}: ${name}: ${wrong}`);
    });
  }
}
