/** Traces of real runs, as TensorFlow's timeline_test.py shows them; docs/restated-tests.md says which test of it is shown where. */
import { describe, expect, it } from 'vitest';
import * as tf from '../index.js';
import type { RunMetadata, StepStats } from '../proto/index.js';

const silent: tf.Logger = { info: () => undefined, warning: () => undefined, error: () => undefined };
const device = (name: string): string => `/job:localhost/replica:0/task:0/device:${name}`;

interface TraceEvent { readonly ph: string; readonly name: string; readonly cat?: string; readonly pid: number; readonly args?: Readonly<Record<string, unknown>> }

function eventsOf(trace: string): readonly TraceEvent[] {
  const { traceEvents } = JSON.parse(trace) as { readonly traceEvents: readonly TraceEvent[] };
  for (const event of traceEvents) expect(event).toHaveProperty('ph');
  return traceEvents;
}

/** Every way to write the stats, each from a Timeline of its own: by what is shown. */
function written(stepStats: StepStats): Readonly<Record<string, ReadonlySet<string>>> {
  const kinds = (options: tf.TraceOptions): ReadonlySet<string> => new Set(eventsOf(new tf.Timeline(stepStats).generateChromeTraceFormat(options)).map(({ ph }) => ph));
  return { default: kinds({}), bare: kinds({ showDataflow: false }), memory: kinds({ showMemory: true }), 'memory alone': kinds({ showDataflow: false, showMemory: true }) };
}

async function traced(session: tf.Session, fetch: tf.Tensor, feeds?: tf.Feeds): Promise<StepStats> {
  const metadata: RunMetadata = {};
  await session.run(fetch, feeds, { options: { traceLevel: 'FULL_TRACE' }, metadata });
  expect(metadata.stepStats).toBeDefined();
  return metadata.stepStats!;
}

/** num1 on the first CPU, num2 on the second, their sum and product on the third. */
function threeCpus() {
  const graph = new tf.Graph();
  return graph.asDefault(() => {
    const [num1, num2] = [1, 2].map((value, i) => tf.device(`/cpu:${i}`, () => new tf.Variable(value, { name: `num${i + 1}` })));
    const result = tf.device('/cpu:2', () => tf.add(tf.add(num1!, num2!), tf.multiply(num1!, num2!), { name: 'result' }));
    return { graph, result, init: tf.globalVariablesInitializer() };
  });
}

describe('the trace of a run', () => {
  it('of a constant is one of the first device', async () => {
    const graph = new tf.Graph();
    const one = graph.asDefault(() => tf.device('/cpu:0', () => tf.constant(1)));
    await using session = new tf.Session({ graph, backends: [tf.reference()], logger: silent });
    const stepStats = await traced(session, one);
    expect(stepStats.devStats?.map((stats) => stats.device)).toEqual([device('CPU:0')]);
    expect(eventsOf(new tf.Timeline(stepStats).generateChromeTraceFormat()).length).toBeGreaterThan(0);
  });

  it('on many CPUs tells each of them, and what went from one to the other', async () => {
    const { graph, result, init } = threeCpus();
    await using session = new tf.Session({ graph, backends: [tf.reference()], config: { deviceCount: { CPU: 3 } }, logger: silent });
    await session.run(init);
    const stepStats = await traced(session, result);
    expect(stepStats.devStats?.map((stats) => stats.device)).toEqual([0, 1, 2].map((i) => device(`CPU:${i}`)));
    const kinds = written(stepStats);
    expect([...kinds['bare']!].sort()).toEqual(['M', 'X']);
    expect([...kinds['default']!].sort()).toEqual(['M', 'X', 's', 't']);
    expect([...kinds['memory alone']!].sort()).toEqual(['C', 'D', 'M', 'N', 'O', 'X']);
    expect([...kinds['memory']!].sort()).toEqual(['C', 'D', 'M', 'N', 'O', 'X', 's', 't']);
  });

  it('tells the most that an allocator held, and of what', async () => {
    const { graph, result, init } = threeCpus();
    await using session = new tf.Session({ graph, backends: [tf.reference()], config: { deviceCount: { CPU: 3 } }, logger: silent });
    await session.run(init);
    const { chromeTrace, allocatorMaximums } = new tf.Timeline(await traced(session, result)).analyzeStepStats();
    expect(eventsOf(chromeTrace).some(({ ph, name }) => ph === 'C' && name === 'cpu')).toBe(true);
    const most = allocatorMaximums.get('cpu');
    expect(most?.numBytes).toBeGreaterThanOrEqual(8);
    expect(most?.timestamp).toBeGreaterThan(0);
    for (const name of ['num1', 'num2']) expect([...most?.tensors ?? []].some((tensor) => tensor === name || tensor === `${name}/read`)).toBe(true);
  });

  it('on a GPU tells its launches, with their own times, and its copies apart', async () => {
    const graph = new tf.Graph();
    const { x, result } = graph.asDefault(() => {
      const x = tf.placeholder('float32', [2, 2], { name: 'x' });
      return { x, result: tf.add(tf.matMul(x, x, { name: 'square' }), tf.multiply(x, 4), { name: 'result' }) };
    });
    await using session = new tf.Session({ graph, backends: [tf.reference(), tf.simulated()], logger: silent });
    const stepStats = await traced(session, result, [[x, [[1, 2], [3, 4]]]]);
    expect(stepStats.devStats?.map((stats) => stats.device)).toEqual([device('CPU:0'), device('GPU:0'), `${device('GPU:0')}/memcpy`]);
    expect(stepStats.devStats?.[2]?.nodeStats?.map(({ nodeName }) => nodeName)).toEqual(['_arg_x_0:MEMCPYHtoD', 'result:MEMCPYDtoH']);
    for (const kinds of Object.values(written(stepStats))) expect(kinds).toContain('X');
  });
});

describe('the labels of what ran', () => {
  /** Label by node, of a run on the reference device. */
  async function labels(build: () => tf.Tensor, feeds: tf.Feeds = {}): Promise<readonly (string | undefined)[]> {
    const graph = new tf.Graph();
    const { fetch, init } = graph.asDefault(() => ({ fetch: build(), init: tf.globalVariablesInitializer() }));
    await using session = new tf.Session({ graph, backends: [tf.reference()], logger: silent });
    await session.run(init);
    const { devStats } = await traced(session, fetch, feeds);
    return (devStats ?? []).flatMap(({ nodeStats = [] }) => nodeStats.map(({ timelineLabel }) => timelineLabel?.replace(/^\[.*\] /, ''))).filter((label) => label?.startsWith('_') !== true);
  }

  it('have the inputs of all nodes of a launch, by the names of what ran', async () => {
    const found = await labels(() => {
      const x = tf.placeholder('float32', [2, 2], { name: 'x' });
      const square = tf.identity(tf.matMul(x, x, { name: 'square' }), { name: 'same' });
      const wide = tf.neg(tf.exp(square, { name: 'e' }), { name: 'wide' });
      return tf.matMul(wide, tf.add(x, square), { name: 'last' });
    }, { 'x:0': [[0, 0], [0, 0]] });
    expect(found[0]).toBe('square = MatMul(x)');
    expect(found).toContain('wide = Neg(square)');
    expect(found.at(-1)).toBe('last = MatMul(wide, Add)');
  });

  it('have a variable where it is read without an Identity', async () => {
    const found = await labels(() => {
      const v = new tf.Variable([1, 2], { name: 'v' });
      const reference = v.graph.getTensorByName('v:0') as tf.Tensor<'float32'>;
      return tf.stack([tf.neg(v), tf.square(reference)]);
    });
    expect(found).toEqual(expect.arrayContaining(['v/read = Identity(v)', 'v = VariableV2()']));
  });
});
