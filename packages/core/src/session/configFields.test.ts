/**
 * Every field of a ConfigProto and of RunOptions, taken from the schema: it acts, which a proof here shows, or a session says that it does not.
 * A field that is new to the schema needs neither to be named here nor elsewhere to be said.
 */
import { describe, expect, it, vi } from 'vitest';
import { FIFOQueue } from '../api/queues.js';
import { constant, placeholder } from '../api/values.js';
import { Variable } from '../api/variables.js';
import type { Backend, Device } from '../device/device.js';
import { Graph } from '../graph/graph.js';
import type { Tensor } from '../graph/tensor.js';
import * as ops from '../ops/families.js';
import { ConfigProto, decode, encode, RunOptions, type ConfigInput, type Field, type MessageType, type RunMetadata } from '../proto/index.js';
import { reference } from '../reference/reference.js';
import { Session, type SessionOptions } from './session.js';

interface Said {
  readonly warnings: string[];
  readonly logged: string[];
}

/** A session that notes what it says. */
function made(config: SessionOptions['config'], options: SessionOptions = {}): { readonly session: Session } & Said {
  const [warnings, logged]: string[][] = [[], []];
  const logger = { info: () => undefined, error: () => undefined, warning: (text: string) => { warnings!.push(text); } };
  const session = new Session({ graph: new Graph(), backends: [reference()], ...(config === undefined ? {} : { config }), log: (text) => { logged!.push(text); }, logger, ...options });
  return { session, warnings: warnings!, logged: logged! };
}

interface Leaf {
  /** In proto names. */
  readonly path: string;
  readonly message: object;
}

/** Values that a session accepts, where any value would not do. */
const values: Readonly<Record<string, unknown>> = {
  device_count: new Map([['CPU', 2]]), 'gpu_options.visible_device_list': '0', 'experimental.executor_type': 'SINGLE_THREADED_EXECUTOR',
  'graph_options.optimizer_options.opt_level': 'L0',
  // Long enough for any machine.
  timeout_in_ms: 600_000, operation_timeout_in_ms: 600_000,
};

/** Every field below a message type, each set alone. */
function leaves(type: MessageType, prefix = ''): Leaf[] {
  return type.fields.flatMap((field): Leaf[] => {
    const path = prefix + field.name;
    const around = (value: unknown): object => ({ [field.key]: field.repeated ? [value] : value });
    const known = values[path];
    if (known !== undefined) return [{ path, message: { [field.key]: known } }];
    if (field.mapKey !== undefined) return [{ path, message: { [field.key]: new Map([[field.mapKey === 'string' ? 'a' : 1, field.type === 'message' ? {} : valueOf(field)]]) } }];
    if (field.type === 'message') return leaves(field.message(), `${path}.`).map((leaf) => ({ path: leaf.path, message: around(leaf.message) }));
    return [{ path, message: around(valueOf(field)) }];
  });
}

function valueOf(field: Field): unknown {
  switch (field.type) {
    case 'bool': return true;
    case 'string': return 'x';
    case 'bytes': return Uint8Array.of(1);
    case 'float': case 'double': return 0.5;
    case 'enum': return Object.entries(field.enum().numbers).find(([, number]) => number > 0)?.[0];
    default: return 3;
  }
}

/** A field is said by its own path, or by that of a list or a map that it is in. */
const isSaid = (path: string, warnings: readonly string[], what: string): boolean =>
  warnings.some((line) => line.startsWith(`${what}: `) && `${path}.`.startsWith(`${line.slice(what.length + 2).split(' ')[0] ?? ''}.`) && line.includes(' has no effect'));

/** A chain that folds to a constant, and two nodes that are one. */
function foldable() {
  const graph = new Graph();
  return graph.asDefault(() => {
    const x = placeholder('float32', [2], { name: 'x' });
    const folded = ops.neg(ops.neg(constant([1, 2], { name: 'c' }), { name: 'first' }), { name: 'second' });
    const [one, other] = [ops.exp(x, { name: 'one' }), ops.exp(x, { name: 'other' })];
    return { graph, x, y: ops.add(ops.mul(folded, one), ops.stopGradient(other), { name: 'y' }) };
  });
}

/** The operations that a run has left after the compiler's passes. */
async function opsLeft(config: ConfigInput): Promise<string[]> {
  const { graph, y } = foldable();
  const { session } = made(config, { graph });
  await using _session = session;
  const metadata: RunMetadata = {};
  await session.run(y, { 'x:0': [0, 0] }, { options: { outputPartitionGraphs: true }, metadata });
  return (metadata.partitionGraphs ?? []).flatMap(({ node }) => (node ?? []).map(({ op }) => op ?? '')).sort();
}
const count = (list: readonly string[], item: string): number => list.filter((other) => other === item).length;

/** Cost graphs of the runs of one signature. */
async function costSteps(config: ConfigInput, runs: number): Promise<boolean[]> {
  const { graph, y } = foldable();
  const { session } = made(config, { graph });
  await using _session = session;
  const given: boolean[] = [];
  for (let i = 0; i < runs; i++) {
    const metadata: RunMetadata = {};
    await session.run(y, { 'x:0': [0, 0] }, { metadata });
    given.push(metadata.costGraph !== undefined);
  }
  return given;
}

async function devicesOf(config: ConfigInput, backends: readonly Backend[]): Promise<(readonly [string, number])[]> {
  const { session } = made(config, { backends });
  await using _session = session;
  return (await session.listDevices()).map(({ name, memoryLimitBytes }) => [name.slice(name.lastIndexOf('device:') + 7), memoryLimitBytes] as const);
}
/** The devices that a small run opens; the session is closed again. */
async function openedBy(config: ConfigInput, deviceType = 'CPU'): Promise<readonly Device[]> {
  const inner = reference({ deviceType, name: 'watched' });
  const opened: Device[] = [];
  const open = async (info: Parameters<Backend['open']>[0]): Promise<Device> => {
    const device = await inner.open(info);
    vi.spyOn(device, 'stream');
    opened.push(device);
    return device;
  };
  const graph = new Graph();
  const y = graph.asDefault(() => ops.neg(placeholder('float32', [], { name: 'x' })));
  const watched: Backend = { ...inner, discover: (asked) => inner.discover(asked), open };
  await using session = made(config, { graph, backends: deviceType === 'CPU' ? [watched] : [reference(), watched] }).session;
  await session.run(y, { 'x:0': 1 });
  return opened;
}
const gpus = (): Backend[] => [reference(), reference({ name: 'gpu', deviceType: 'GPU', devices: 2, memoryLimit: 2 ** 30 })];

const rewriter = (rewriteOptions: NonNullable<NonNullable<ConfigInput['graphOptions']>['rewriteOptions']>): ConfigInput => ({ graphOptions: { rewriteOptions } });
const level0 = (more: object = {}): ConfigInput => ({ graphOptions: { optimizerOptions: { optLevel: 'L0', ...more } } });

/** What each acting field does. */
const proofs: Readonly<Record<string, () => Promise<void>>> = {
  async device_count() {
    expect((await devicesOf({ deviceCount: { CPU: 2, GPU: 1 } }, gpus())).map(([name]) => name)).toEqual(['CPU:0', 'CPU:1', 'GPU:0']);
  },
  async intra_op_parallelism_threads() {
    const [device] = await openedBy({ intraOpParallelismThreads: 3 });
    expect(device?.stream).toHaveBeenCalledWith(expect.objectContaining({ threads: 3 }));
  },
  async allow_soft_placement() {
    const graph = new Graph();
    const y = graph.device('/gpu:0', () => graph.asDefault(() => ops.neg(constant(1))));
    const hard = made({}, { graph }).session;
    await expect(hard.run(y)).rejects.toThrow('Cannot assign a device for operation');
    await hard.close();
    await using soft = made({ allowSoftPlacement: true }, { graph }).session;
    expect((await soft.run(y)).item()).toBe(-1);
  },
  async log_device_placement() {
    const { graph, y } = foldable();
    const { session, logged } = made({ logDevicePlacement: true }, { graph });
    await using _session = session;
    await session.run(y, { 'x:0': [0, 0] });
    expect(logged).toContain('y: (Add): /job:localhost/replica:0/task:0/device:CPU:0');
  },
  async operation_timeout_in_ms() {
    const graph = new Graph();
    const take = graph.asDefault(() => new FIFOQueue(1, 'float32').dequeue() as Tensor);
    await using session = made({ operationTimeoutInMs: 10 }, { graph }).session;
    await expect(session.run(take)).rejects.toThrow('Timed out waiting for notification');
  },
  // Sessions of one process never share state: what it asks for always holds.
  async isolate_session_state() {
    const graph = new Graph();
    const v = graph.asDefault(() => new Variable(1, { name: 'v' }));
    const backend = reference();
    await using one = made({ isolateSessionState: true }, { graph, backends: [backend] }).session;
    await using other = made({ isolateSessionState: true }, { graph, backends: [backend] }).session;
    await one.run(v.initializer);
    await expect(other.run(v)).rejects.toThrow('Attempting to use uninitialized value v');
  },
  async 'gpu_options.per_process_gpu_memory_fraction'() {
    expect(await devicesOf({ gpuOptions: { perProcessGpuMemoryFraction: 0.5 }, deviceCount: { GPU: 1 } }, gpus())).toContainEqual(['GPU:0', 2 ** 29]);
  },
  // Memory is taken when it is needed: what it asks for always holds.
  async 'gpu_options.allow_growth'() {
    const [device] = await openedBy({ gpuOptions: { allowGrowth: true } }, 'GPU');
    expect(device?.memory().peakBytes).toBeLessThan(1000);
  },
  async 'gpu_options.visible_device_list'() {
    expect((await devicesOf({ gpuOptions: { visibleDeviceList: '1' } }, gpus())).map(([name]) => name)).toEqual(['CPU:0', 'GPU:0']);
  },
  async 'gpu_options.experimental.virtual_devices.memory_limit_mb'() {
    const config = { gpuOptions: { visibleDeviceList: '0', experimental: { virtualDevices: [{ memoryLimitMb: [100, 200] }] } } };
    expect((await devicesOf(config, gpus())).slice(1)).toEqual([['GPU:0', 100 * 2 ** 20], ['GPU:1', 200 * 2 ** 20]]);
  },
  async 'graph_options.optimizer_options.opt_level'() {
    const [all, none] = [await opsLeft({}), await opsLeft(level0())];
    expect([count(all, 'Neg'), count(all, 'Exp'), count(none, 'Neg'), count(none, 'Exp')]).toEqual([0, 1, 2, 2]);
  },
  async 'graph_options.optimizer_options.do_constant_folding'() {
    const left = await opsLeft(level0({ doConstantFolding: true }));
    expect([count(left, 'Neg'), count(left, 'Exp')]).toEqual([0, 2]);
  },
  async 'graph_options.optimizer_options.do_common_subexpression_elimination'() {
    const left = await opsLeft(level0({ doCommonSubexpressionElimination: true }));
    expect([count(left, 'Neg'), count(left, 'Exp')]).toEqual([2, 1]);
  },
  async 'graph_options.rewrite_options.constant_folding'() {
    const [off, on] = [await opsLeft(rewriter({ constantFolding: 'OFF' })), await opsLeft({ graphOptions: { ...level0().graphOptions, rewriteOptions: { constantFolding: 'ON' } } })];
    expect([count(off, 'Neg'), count(on, 'Neg')]).toEqual([2, 0]);
  },
  async 'graph_options.rewrite_options.common_subgraph_elimination'() {
    const [off, on] = [await opsLeft(rewriter({ commonSubgraphElimination: 'OFF' })), await opsLeft({ graphOptions: { ...level0().graphOptions, rewriteOptions: { commonSubgraphElimination: 'ON' } } })];
    expect([count(off, 'Exp'), count(on, 'Exp')]).toEqual([2, 1]);
  },
  async 'graph_options.place_pruned_graph'() {
    const graph = new Graph();
    const one = graph.asDefault(() => {
      graph.device('/gpu:7', () => ops.neg(constant(1), { name: 'nowhere' }));
      return constant(1);
    });
    const whole = made({}, { graph }).session;
    await expect(whole.run(one)).rejects.toThrow('nowhere');
    await whole.close();
    await using pruned = made({ graphOptions: { placePrunedGraph: true } }, { graph }).session;
    expect((await pruned.run(one)).item()).toBe(1);
  },
  async 'graph_options.infer_shapes'() {
    const { graph } = foldable();
    const shapes = async (inferShapes: boolean): Promise<unknown> => {
      await using session = made({ graphOptions: { inferShapes } }, { graph }).session;
      return session.graphDef.node?.every(({ attr }) => attr?.has('_output_shapes'));
    };
    expect([await shapes(true), await shapes(false)]).toEqual([true, false]);
  },
  async 'graph_options.build_cost_model'() {
    expect(await costSteps({ graphOptions: { buildCostModel: 2 } }, 4)).toEqual([false, true, false, true]);
  },
  async 'graph_options.build_cost_model_after'() {
    expect(await costSteps({ graphOptions: { buildCostModel: 1, buildCostModelAfter: 2 } }, 4)).toEqual([false, false, true, true]);
  },
  async 'experimental.session_metadata.name'() {
    await using session = made({ experimental: { sessionMetadata: { name: 'mine', version: 7 } } }).session;
    expect(session.identity).toBe('name: "mine" version: 7');
  },
  async 'experimental.session_metadata.version'() {
    expect(() => made({ experimental: { sessionMetadata: { name: 'mine', version: -1 } } })).toThrow("Session version shouldn't be negative");
  },
  // The executors that TensorFlow has give the same results, and so does this one.
  async 'experimental.executor_type'() {
    expect(() => made({ experimental: { executorType: 'OTHER' } })).toThrow('No executor factory registered for the given executor type: OTHER');
  },
  async 'experimental.optimize_for_static_graph'() {
    const { graph, y } = foldable();
    await using session = made({ experimental: { optimizeForStaticGraph: true } }, { graph }).session;
    await session.run(y, { 'x:0': [0, 0] });
    const more = graph.asDefault(() => ops.neg(y));
    await expect(session.run(more, { 'x:0': [0, 0] })).rejects.toThrow('Extending the graph is not supported');
  },
  async 'experimental.disable_output_partition_graphs'() {
    const { graph, y } = foldable();
    await using session = made({ experimental: { disableOutputPartitionGraphs: true } }, { graph }).session;
    await session.run(y, { 'x:0': [0, 0] });
    await expect(session.run(y, { 'x:0': [0, 0] }, { options: { outputPartitionGraphs: true } })).rejects.toThrow(
      'RunOptions.output_partition_graphs() is not supported when disable_output_partition_graphs is true.',
    );
  },
};

describe('every field of a ConfigProto', () => {
  const all = leaves(ConfigProto);

  it('is in the schema that is walked', () => {
    expect(all.length).toBeGreaterThan(120);
    expect(all.map(({ path }) => path)).toEqual(expect.arrayContaining(['device_filters', 'rpc_options.compression_algorithm', 'cluster_def.job.tasks', ...Object.keys(proofs)]));
  });

  it.each(all.map((leaf) => [leaf.path, leaf] as const))('%s acts, or is said', async (path, { message }) => {
    const { session, warnings } = made(message);
    await session.close();
    expect(isSaid(path, warnings, 'ConfigProto') ? 'said' : 'silent').toBe(path in proofs ? 'silent' : 'said');
    // It is kept either way.
    expect(decode(ConfigProto, encode(ConfigProto, session.configProto))).toEqual(decode(ConfigProto, encode(ConfigProto, message)));
  });

  it.each(Object.entries(proofs))('%s does something', async (_path, proof) => { await proof(); });

  it('is said once, and those of another schema are kept and said, too', async () => {
    // Field 1000 = 1 at the top, and in gpu_options.
    const unknownFields = [Uint8Array.from([0xc0, 0x3e, 1])];
    const bytes = encode(ConfigProto, { allowSoftPlacement: true, gpuOptions: { unknownFields }, unknownFields });
    const { session, warnings } = made(bytes);
    await session.close();
    expect(encode(ConfigProto, session.configProto)).toEqual(bytes);
    expect(warnings).toEqual([
      'ConfigProto: 1 fields of gpu_options that this schema does not know have no effect; they are kept.',
      'ConfigProto: 1 fields that this schema does not know have no effect; they are kept.',
    ]);
  });
});

describe('every field of RunOptions', () => {
  /** Shown by the tests of steps, traces and memory. */
  const acting = ['trace_level', 'timeout_in_ms', 'inter_op_thread_pool', 'output_partition_graphs', 'report_tensor_allocations_upon_oom'];

  it.each(leaves(RunOptions).map((leaf) => [leaf.path, leaf] as const))('%s acts, or is said once in a session', async (path, { message }) => {
    const { graph, y } = foldable();
    const { session, warnings } = made({ sessionInterOpThreadPool: [{}, {}, {}, {}] }, { graph });
    await using _session = session;
    for (let i = 0; i < 2; i++) await session.run(y, { 'x:0': [0, 0] }, { options: message });
    expect(warnings.filter((line) => isSaid(path, [line], 'RunOptions'))).toHaveLength(acting.includes(path) ? 0 : 1);
  });
});
