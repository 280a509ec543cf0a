/** The type of a result follows the structure of the fetches; feeds, options and configurations are checked. Checked by tsc. */
import { expectTypeOf } from 'vitest';
import type { Variable } from '../api/variables.js';
import type { HostTensor } from '../hostTensor.js';
import type { Operation } from '../graph/operation.js';
import type { Tensor } from '../graph/tensor.js';
import type { RunMetadata } from '../proto/index.js';
import { InteractiveSession } from './interactiveSession.js';
import { Session } from './session.js';
import type { IndexedSlices, IndexedSlicesValue, SparseTensor, SparseTensorValue } from './sparse.js';

declare const session: Session;
declare const floats: Tensor<'float32'>;
declare const ints: Tensor<'int64'>;
declare const strings: Tensor<'string'>;
declare const flags: Tensor<'bool'>;
declare const any: Tensor;
declare const op: Operation;
declare const list: readonly Tensor<'float32'>[];
declare const variable: Variable<'float64'>;
declare const sparse: SparseTensor<'int32'>;
declare const slices: IndexedSlices<'float32'>;
declare const metadata: RunMetadata;

// Leaves.
expectTypeOf(await session.run(floats)).toEqualTypeOf<HostTensor<'float32'>>();
expectTypeOf((await session.run(floats)).item()).toEqualTypeOf<number>();
expectTypeOf((await session.run(ints)).item()).toEqualTypeOf<bigint>();
expectTypeOf((await session.run(flags)).item()).toEqualTypeOf<boolean>();
expectTypeOf(await session.run(strings)).toEqualTypeOf<HostTensor<'string'>>();
expectTypeOf(await session.run(any)).toEqualTypeOf<HostTensor>();
expectTypeOf(await session.run(op)).toEqualTypeOf<null>();
expectTypeOf(await session.run(variable)).toEqualTypeOf<HostTensor<'float64'>>();
expectTypeOf(await session.run(sparse)).toEqualTypeOf<SparseTensorValue<'int32'>>();
expectTypeOf((await session.run(sparse)).indices).toEqualTypeOf<HostTensor<'int64'>>();
expectTypeOf(await session.run(slices)).toEqualTypeOf<IndexedSlicesValue<'float32'>>();
expectTypeOf((await session.run(slices)).denseShape).toEqualTypeOf<HostTensor | null>();
// Names: with a colon a tensor's; without one an operation's, but the type checker cannot know.
expectTypeOf(await session.run('x:0')).toEqualTypeOf<HostTensor>();
expectTypeOf(await session.run('x')).toEqualTypeOf<HostTensor | null>();

// Structures.
expectTypeOf(await session.run([])).toEqualTypeOf<[]>();
expectTypeOf(await session.run({})).toEqualTypeOf<{}>(); // eslint-disable-line @typescript-eslint/no-empty-object-type -- what is meant is the empty structure
expectTypeOf(await session.run([floats, op, ints])).toEqualTypeOf<[HostTensor<'float32'>, null, HostTensor<'int64'>]>();
expectTypeOf(await session.run(list)).toEqualTypeOf<HostTensor<'float32'>[]>();
expectTypeOf(await session.run([list, [op]])).toEqualTypeOf<[HostTensor<'float32'>[], [null]]>();
expectTypeOf(await session.run({ a: floats, b: { c: [ints] } })).toEqualTypeOf<{ a: HostTensor<'float32'>; b: { c: [HostTensor<'int64'>] } }>();
expectTypeOf(await session.run(new Map([['k', floats]]))).toEqualTypeOf<Map<string, HostTensor<'float32'>>>();
expectTypeOf(await session.run(new Map([[1, { deep: [ints] as const }]]))).toEqualTypeOf<Map<number, { deep: [HostTensor<'int64'>] }>>();
expectTypeOf(await session.run({ v: variable, s: [sparse, slices], name: 'x:0', op })).toEqualTypeOf<{
  v: HostTensor<'float64'>; s: [SparseTensorValue<'int32'>, IndexedSlicesValue<'float32'>]; name: HostTensor; op: null;
}>();

// Feeds: a Map, pairs, an object by name; numbers, arrays, typed arrays, host tensors, sparse values; sparse tensors and arrays as keys.
void session.run(floats, new Map([[floats, 1]]));
void session.run(floats, new Map<Tensor | string, number | number[]>([[floats, 1], ['x:0', [1, 2]]]));
void session.run(floats, [[floats, [[1, 2]]], ['x:0', new Float32Array(2)], [ints, 3n], [variable, 1]]);
void session.run(floats, { 'x:0': true, 'y:0': ['a', 'b'] });
void session.run(sparse, [[sparse, [[[0, 0]], [1], [2, 2]]], [slices, await session.run(slices)], [[floats, ints], [1, 2]]]);
// @ts-expect-error a tensor is no value
void session.run(floats, { 'x:0': floats });
// @ts-expect-error nor is a function
void session.run(floats, [[floats, () => 1]]);
// @ts-expect-error an operation cannot be fed
void session.run(floats, [[op, 1]]);
// @ts-expect-error feeds are no list of values
void session.run(floats, [1, 2]);

// Wrong fetches.
// @ts-expect-error numbers are no fetches
void session.run(3);
// @ts-expect-error nor is null
void session.run([floats, null]);
// @ts-expect-error nor is undefined, at any depth
void session.run({ a: { b: [undefined] } });
// @ts-expect-error nor are values
void session.run(await session.run(floats));
// @ts-expect-error nor are functions
void session.run({ a: () => floats });

// Options and reports.
void session.run(floats, {}, { options: { traceLevel: 'FULL_TRACE', timeoutInMs: 10, outputPartitionGraphs: true }, metadata, signal: AbortSignal.timeout(1) });
void session.run(floats, {}, { options: { traceLevel: 3 } });
// @ts-expect-error there is no such level
void session.run(floats, {}, { options: { traceLevel: 'SOME_TRACE' } });
// @ts-expect-error there is no such option
void session.run(floats, {}, { options: { timeout: 10 } });
// @ts-expect-error a call has no such part
void session.run(floats, {}, { timeoutInMs: 10 });

// Callables: what they take follows from the feed list.
expectTypeOf(await session.makeCallable([floats, op])()).toEqualTypeOf<[HostTensor<'float32'>, null]>();
expectTypeOf(await session.makeCallable({ a: ints }, { feedList: [floats, 'x:0'] })(1, [2])).toEqualTypeOf<{ a: HostTensor<'int64'> }>();
void session.makeCallable(floats, { acceptOptions: true })({ options: { traceLevel: 'FULL_TRACE' }, metadata });
void session.makeCallable(floats, { feedList: [floats] })(1, { metadata });
void session.makeCallable(floats, { feedList: list.map(({ name }) => name) })(1, 2, 3);
// @ts-expect-error a value is missing
void session.makeCallable(floats, { feedList: [floats, ints] })(1);
// @ts-expect-error one is too many
void session.makeCallable(floats, { feedList: [] })(1);
// @ts-expect-error without a feed list there is none
void session.makeCallable(floats)(1);

// Partial runs.
expectTypeOf(await session.partialRunSetup([floats, op], [ints, 'x:0'])).toEqualTypeOf<string>();
expectTypeOf(await session.partialRun('h', { a: floats, b: [ints] }, [[ints, 1]])).toEqualTypeOf<{ a: HostTensor<'float32'>; b: [HostTensor<'int64'>] }>();
// @ts-expect-error what may be fed is a list
void session.partialRunSetup([floats], { x: 1 });

// The same of `eval`, `run` and `enter`.
expectTypeOf(await floats.eval({ feeds: { 'x:0': 1 }, session })).toEqualTypeOf<HostTensor<'float32'>>();
expectTypeOf(await variable.eval()).toEqualTypeOf<HostTensor<'float64'>>();
expectTypeOf(op.run()).toEqualTypeOf<Promise<void>>();
expectTypeOf(await session.enter((inner) => inner.run([ints]))).toEqualTypeOf<[HostTensor<'int64'>]>();
expectTypeOf(session.asDefault((inner) => { expectTypeOf(inner).toEqualTypeOf<Session>(); return 1; })).toEqualTypeOf<number>();
expectTypeOf(session.asDefault()).toEqualTypeOf<Disposable>();

// Configurations: camelCase, enums by name or number; text and bytes.
new Session({ config: { allowSoftPlacement: true, deviceCount: { CPU: 2 }, graphOptions: { optimizerOptions: { optLevel: 'L0' } } } });
new Session({ config: { graphOptions: { optimizerOptions: { optLevel: -1 } }, gpuOptions: { experimental: { virtualDevices: [{ memoryLimitMb: [1] }] } } } });
new Session({ config: 'allow_soft_placement: true' });
new InteractiveSession({ config: new Uint8Array() });
// @ts-expect-error it is `allowSoftPlacement`
new Session({ config: { allowSoftPlacment: true } });
// @ts-expect-error the proto's name is for files
new Session({ config: { allow_soft_placement: true } });
// @ts-expect-error a key deep inside
new Session({ config: { graphOptions: { optimizerOptions: { level: 'L0' } } } });
// @ts-expect-error a value of the wrong type
new Session({ config: { allowSoftPlacement: 'yes' } });
// @ts-expect-error an unknown enum name
new InteractiveSession({ config: { graphOptions: { optimizerOptions: { optLevel: 'L7' } } } });
// @ts-expect-error a session has no such option
new Session({ configuration: {} });
