/**
 * Every case through a real Session on one backend, its inputs once as feeds, once as constants, once with the numbers fed and the rest
 * (shapes, axes, sizes) constant. A case that the backend's kernel table does not take is skipped with the table's reason, never by its name.
 */
import { afterAll, describe, expect, it } from 'vitest';
import {
  Graph, HostTensor, InvalidArgumentError, OpError, Session, ValueError, importGraphDef, opDefinition,
  type AttrValue, type Backend, type Feeds, type NodeDefData,
} from '@sessionflow/core';
import type { Device, MemoryUse } from '@sessionflow/core/device';
import { AttrReader, supportOf } from '@sessionflow/core/kernels';
import { graphDefData, parseGraphDefText } from '@sessionflow/core/proto';
import { attrsOf, graphCases, opCaseFiles, tensorOf, type GraphRun, type OpCase } from './caseFile.js';
import { difference } from './judge.js';
import { keptOpen } from './keptOpen.js';

export interface ConformanceOptions {
  /** Known wrong results: `family/case name` → why. Such a case must fail; when it passes, the entry has to go. */
  readonly knownIssues?: Readonly<Record<string, string>>;
  /** A sample: true, or why a case is left out, by its data and never by its name. Graphs are run only without one. */
  readonly sample?: (opCase: OpCase) => true | string;
}

/** How a case's inputs reach the node. */
type Supply = 'fed' | 'constant' | 'numbers fed';
const supplies: readonly Supply[] = ['fed', 'constant', 'numbers fed'];

/** dtypes that hold data rather than shapes, axes and sizes. */
const isData = (dtype: HostTensor['dtype']): boolean => !['int32', 'int64', 'string', 'bool'].includes(dtype);

class Skip extends Error {}

/** Runs all op cases and graph cases on the backend that `create` makes. */
export function runConformance(create: () => Backend, options: ConformanceOptions = {}): void {
  const created = create();
  const { backend, devices, close } = keptOpen(created);
  const grown = growth(devices);
  const { knownIssues = {} } = options;
  afterAll(close);
  it('tells of its devices what they are', async () => {
    for (const info of (await created.discover({})).devices) {
      const device = await created.open(info);
      try {
        expect(device.info).toEqual(info);
        expect(device.view !== undefined, 'whether it has `view` is what info.hostVisible says').toBe(info.hostVisible);
      } finally {
        await device.close();
      }
    }
  });
  describe.each(opCaseFiles())('$family', ({ family, cases }) => {
    for (const opCase of cases) {
      it(opCase.name, async (test) => {
        const known = knownIssues[`${family}/${opCase.name}`];
        try {
          const isTaken = options.sample?.(opCase) ?? true;
          if (isTaken !== true) throw new Skip(isTaken);
          for (const supply of supplies) {
            await checkOp(backend, opCase, supply);
            expectNothingLeft(grown(), supply);
          }
        } catch (error) {
          if (error instanceof Skip) test.skip(error.message);
          else if (known === undefined) throw error;
          return;
        }
        if (known !== undefined) throw new Error(`This known issue is none any more, remove it: ${known}`);
      });
    }
  });
  describe.skipIf(options.sample !== undefined)('graphs', () => {
    for (const graphCase of graphCases()) {
      it(graphCase.name, async (test) => {
        const known = knownIssues[`graphs/${graphCase.name}`];
        try {
          await checkGraph(backend, graphCase.graph, graphCase.runs);
          expectNothingLeft(grown(), 'graph');
        } catch (error) {
          if (error instanceof Skip) test.skip(error.message);
          else if (known === undefined) throw error;
          return;
        }
        if (known !== undefined) throw new Error(`This known issue is none any more, remove it: ${known}`);
      });
    }
  });
}

/** Asks the devices whether more is allocated on them than when they were asked before. */
function growth(devices: ReadonlySet<Device>): () => MemoryUse[] {
  const before = new Map<Device, number>();
  return () => [...devices].flatMap((device) => {
    const use = device.memory();
    const { buffers } = use;
    const isMore = buffers > (before.get(device) ?? 0);
    before.set(device, buffers);
    return isMore ? [use] : [];
  });
}

function expectNothingLeft(left: readonly MemoryUse[], when: string): void {
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

async function checkOp(backend: Backend, opCase: OpCase, supply: Supply): Promise<void> {
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

async function checkGraph(backend: Backend, text: string, runs: readonly GraphRun[]): Promise<void> {
  const graph = new Graph();
  const data = parseGraphDefText(text);
  const missing = [...data.nodes, ...data.functions.flatMap((fn) => fn.nodes)].find(({ op }) => opDefinition(op) === undefined && !data.functions.some(({ name }) => name === op));
  if (missing !== undefined) throw new Skip(`core has no op ${missing.op}`);
  importGraphDef(data, { graph, name: '' });
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
