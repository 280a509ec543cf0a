/** Where placement happens in a session: at every growth of the graph, or per signature; what it logs, and what it never moves. */
import { describe, expect, it } from 'vitest';
import * as tf from '../index.js';
import type { Placement } from '../place/solve.js';
import { parseGraphDefText } from '../proto/graphDef.js';
import { sessionConfig } from './config.js';
import { Placements } from './placements.js';
import { partialGpu } from './testing/partialGpu.js';

const cpu = '/job:localhost/replica:0/task:0/device:CPU:0';
const gpu = '/job:localhost/replica:0/task:0/device:GPU:0';
const quiet: tf.Logger = { info: () => undefined, warning: () => undefined, error: () => undefined };

/** A session on a GPU without Unique and a CPU; what it prints, and what it logs. */
function logging(graph: tf.Graph, config: NonNullable<tf.SessionOptions['config']>) {
  const lines: string[] = [];
  const infos: string[] = [];
  const logger: tf.Logger = { ...quiet, info: (line) => infos.push(line) };
  const ops = ['Neg', 'MatMul', 'Identity', 'Const', 'VariableV2', 'Assign', 'AssignAdd', 'map', 'reduce'];
  const session = new tf.Session({ graph, backends: [partialGpu(ops), tf.reference()], config: { ...(config as object), logDevicePlacement: true }, log: (text) => lines.push(text), logger });
  return { session, lines, infos };
}

describe('log_device_placement', () => {
  it('prints the device mapping once, then a line per node, and gives the logger the same', async () => {
    const graph = new tf.Graph();
    const y = graph.asDefault(() => tf.neg(tf.placeholder('float32', [1], { name: 'x' }), { name: 'y' }));
    const { session, lines, infos } = logging(graph, {});
    await session.run(y, { 'x:0': [1] });
    await session.run(y, { 'x:0': [1] });
    expect(lines).toEqual([`Device mapping:\n${gpu} -> made-up GPU 0`, `y: (Neg): ${gpu}`, `x: (Placeholder): ${cpu}`]);
    expect(infos).toEqual(lines);
    await session.close();
  });

  it('prints all nodes again when the graph has grown', async () => {
    const graph = new tf.Graph();
    const y = graph.asDefault(() => tf.neg(tf.placeholder('float32', [1], { name: 'x' }), { name: 'y' }));
    const { session, lines } = logging(graph, {});
    await session.run(y, { 'x:0': [1] });
    const z = graph.asDefault(() => tf.neg(y, { name: 'z' }));
    lines.length = 0;
    await session.run(z, { 'x:0': [1] });
    expect(lines).toEqual([`y: (Neg): ${gpu}`, `z: (Neg): ${gpu}`, `x: (Placeholder): ${cpu}`]);
    await session.close();
  });

  it('prints the Identities that stand around calls which return resources', async () => {
    const graph = new tf.Graph();
    tf.importGraphDef(parseGraphDefText(`
      node { name: "v" op: "VarHandleOp" attr { key: "dtype" value { type: DT_FLOAT } } attr { key: "shape" value { shape { dim { size: 1 } } } } }
      node { name: "x" op: "Placeholder" attr { key: "dtype" value { type: DT_FLOAT } } attr { key: "shape" value { shape { dim { size: 1 } } } } }
      node { name: "call" op: "PartitionedCall" input: "v" attr { key: "Tin" value { list { type: DT_RESOURCE } } } attr { key: "Tout" value { list { type: DT_RESOURCE } } } attr { key: "f" value { func { name: "pass" } } } }
      node { name: "set" op: "AssignVariableOp" input: "v" input: "x" attr { key: "dtype" value { type: DT_FLOAT } } }
      node { name: "read" op: "ReadVariableOp" input: "call" input: "^set" attr { key: "dtype" value { type: DT_FLOAT } } }
      library { function { signature { name: "pass" input_arg { name: "a" type: DT_RESOURCE } output_arg { name: "b" type: DT_RESOURCE } }
        node_def { name: "id" op: "Identity" input: "a" attr { key: "T" value { type: DT_RESOURCE } } } ret { key: "b" value: "id:output:0" } } }`), { graph, name: '' });
    const { session, lines } = logging(graph, {});
    expect((await session.run('read:0', { 'x:0': [7] })).toArray()).toEqual([7]);
    expect(lines.map((line) => line.split(':')[0])).toEqual(expect.arrayContaining(['v_call', 'call_read']));
    expect((await session.explainPlacement('read:0', { 'x:0': [7] })).nodes.map(({ name }) => name)).not.toContain('v_call');
    await session.close();
  });
});

describe('state', () => {
  it('stays where it was put, whatever is asked of the graph that has grown', async () => {
    const graph = new tf.Graph();
    const v = graph.asDefault(() => new tf.Variable([1], { name: 'v', useResource: false }));
    const { session } = logging(graph, { allowSoftPlacement: true });
    await session.run(v.initializer);
    const before = (await session.placement()).placement.get('v');
    // A reference edge to what asks for another device would have drawn the variable there, had it not been placed.
    const add = graph.asDefault(() => graph.device(before === gpu ? '/cpu:0' : '/gpu:0', () => tf.assignAdd(v, [1])));
    expect((await session.run(add)).toArray()).toEqual([2]);
    const { placement, reasons } = await session.placement();
    expect(placement.get('v')).toBe(before);
    expect(reasons.get('v')).toMatchObject({ rule: 'assigned' });
    expect((await session.run(v)).toArray()).toEqual([2]);
    await session.close();
  });
});

describe('a placement that would move state', () => {
  it('is an internal error', async () => {
    const graph = new tf.Graph();
    graph.asDefault(() => new tf.Variable([1], { name: 'v', useResource: false }));
    const { session } = logging(graph, {});
    const { placement: made } = await session.placement();
    await session.close();
    const placements = new Placements(sessionConfig({}), () => undefined, quiet, () => []);
    const data = graph.toGraphData();
    const on = (device: string): Placement => ({ placement: new Map([...made.keys()].map((name) => [name, device])), log: [], entries: [], reasons: new Map() });
    placements.note(data, on(cpu));
    placements.note(data, on(cpu));
    expect(() => { placements.note(data, on(gpu)); }).toThrow(new tf.errors.InternalError(`Stateful placement mismatch. Current assignment of v to ${cpu} does not match ${gpu}`, { node: 'v', op: 'VariableV2' }));
  });
});

describe('place_pruned_graph', () => {
  /** `y` on a device that there is, `bad` on one that there is not. */
  function withBadNode() {
    const graph = new tf.Graph();
    const x = graph.asDefault(() => tf.placeholder('float32', [1], { name: 'x' }));
    const [y, z, bad] = graph.asDefault(() => [tf.neg(x, { name: 'y' }), tf.neg(x, { name: 'z' }), graph.device('/gpu:7', () => tf.neg(x, { name: 'bad' }))]);
    return { graph, y, z, bad };
  }
  it('off: a device that is not there fails every run', async () => {
    const { graph, y } = withBadNode();
    const { session } = logging(graph, {});
    await expect(session.run(y, { 'x:0': [1] })).rejects.toThrow(/available devices are/);
    await session.close();
  });

  it('on: only those that need the node; each signature logs its own nodes', async () => {
    const { graph, y, z, bad } = withBadNode();
    const { session, lines } = logging(graph, { graphOptions: { placePrunedGraph: true } });
    expect((await session.run(y, { 'x:0': [1] })).toArray()).toEqual([-1]);
    const nodes = (): string[] => lines.splice(0).filter((line) => line.includes('(Neg)'));
    expect(nodes()).toEqual([`y: (Neg): ${gpu}`]);
    await session.run([y, z], { 'x:0': [1] });
    expect(nodes()).toEqual([`y: (Neg): ${gpu}`, `z: (Neg): ${gpu}`]);
    await session.run(y, { 'x:0': [2] });
    expect(nodes()).toEqual([]);
    const error: unknown = await session.run(bad, { 'x:0': [1] }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(tf.errors.InvalidArgumentError);
    expect((error as Error).message).toMatch(/^Cannot assign a device for operation bad: node bad \(defined at .*\) {2}was explicitly assigned to \/device:GPU:7 but available devices are \[ /);
    await session.close();
  });
});
