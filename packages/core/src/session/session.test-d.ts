/** The type of a result follows the structure of the fetches. Checked by tsc. */
import { expectTypeOf } from 'vitest';
import type { HostTensor } from '../hostTensor.js';
import type { Operation } from '../graph/operation.js';
import type { Tensor } from '../graph/tensor.js';
import type { Session } from './session.js';

declare const session: Session;
declare const floats: Tensor<'float32'>;
declare const ints: Tensor<'int64'>;
declare const any: Tensor;
declare const op: Operation;
declare const list: readonly Tensor<'float32'>[];

expectTypeOf(await session.run(floats)).toEqualTypeOf<HostTensor<'float32'>>();
expectTypeOf((await session.run(ints)).item()).toEqualTypeOf<bigint>();
expectTypeOf(await session.run(any)).toEqualTypeOf<HostTensor>();
expectTypeOf(await session.run(op)).toEqualTypeOf<null>();
expectTypeOf(await session.run('x:0')).toEqualTypeOf<HostTensor>();
expectTypeOf(await session.run('x')).toEqualTypeOf<HostTensor | null>();
expectTypeOf(await session.run([floats, op, ints])).toEqualTypeOf<[HostTensor<'float32'>, null, HostTensor<'int64'>]>();
expectTypeOf(await session.run(list)).toEqualTypeOf<HostTensor<'float32'>[]>();
expectTypeOf(await session.run({ a: floats, b: { c: [ints] } })).toEqualTypeOf<{ a: HostTensor<'float32'>; b: { c: [HostTensor<'int64'>] } }>();
expectTypeOf(await session.run(new Map([['k', floats]]))).toEqualTypeOf<Map<string, HostTensor<'float32'>>>();

// @ts-expect-error numbers are no fetches
void session.run(3);
// @ts-expect-error nor is null
void session.run([floats, null]);
