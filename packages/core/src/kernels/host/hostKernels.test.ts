import { describe, expect, it, vi } from 'vitest';
import { binary, constant, input, unary } from '../../codegen/expr.js';
import type { DType } from '../../dtypes.js';
import { AttrReader, type Attrs } from '../../graph/attrs.js';
import { HostTensor } from '../../hostTensor.js';
import { loadHostKernels } from '../callHostKernel.js';
import type { HostContext, ResourceManager } from '../hostContext.js';
import type { ReduceCall } from '../kernel.js';
import { hostKernels, hostMap, hostReduce, hostTable, structural } from './index.js';
import { fingerprint64, hash64, sipHash } from './hashes.js';
import { Philox } from './philox.js';
import { printed, shortest, summarized } from './stringForms.js';

class Objects implements ResourceManager {
  private readonly all = new Map<string, unknown>();
  get(container: string, name: string): unknown {
    return this.all.get(`${container}/${name}`);
  }
  getOrCreate<T>(container: string, name: string, create: () => T): T {
    if (this.get(container, name) === undefined) this.all.set(`${container}/${name}`, create());
    return this.get(container, name) as T;
  }
  delete(container: string, name: string): boolean {
    return this.all.delete(`${container}/${name}`);
  }
}

const int = (value: number) => ({ kind: 'int', value }) as const;
const bool = (value: boolean) => ({ kind: 'bool', value }) as const;
const text = (value: string) => ({ kind: 'string', value: new TextEncoder().encode(value) }) as const;
const type = (value: DType) => ({ kind: 'type', value }) as const;
const unknownShape = { kind: 'shape', value: null } as const;

/** A run: its nodes share the step's objects. */
function aRun(session = new Objects()) {
  const step = new Objects();
  return async (op: string, inputs: readonly HostTensor[], attrs: Attrs = {}, outputDtypes: readonly DType[] = []): Promise<readonly HostTensor[]> => {
    const context: HostContext = { node: 'n', op, attrs: new AttrReader(attrs, op), outputDtypes, session, step, signal: new AbortController().signal };
    return hostKernels[op]![0]!.run(inputs, context);
  };
}

const f32 = (values: Parameters<typeof HostTensor.from>[0]) => HostTensor.from(values, { dtype: 'float32' });
const i32 = (values: Parameters<typeof HostTensor.from>[0]) => HostTensor.from(values, { dtype: 'int32' });

describe('the tables', () => {
  it('holds only host programs, each under its own op', () => {
    for (const [op, kernels] of Object.entries(hostTable.ops)) {
      for (const kernel of kernels) {
        expect(kernel.op).toBe(op);
        expect(kernel.isHost).toBe(true);
      }
    }
    expect(Object.keys(structural.ops)).toContain('Identity');
  });

  it('says what an expression lacks', () => {
    expect(hostMap.supports({ inputs: ['int32'], outputs: [unary('exp', input(0, 'int32'))] })).toBe('\'exp\' has no meaning for int32.');
    expect(hostMap.supports({ inputs: ['string'], outputs: [input(0, 'string')] })).toContain('string');
  });
});

describe('reductions', () => {
  const call = (extra: Partial<ReduceCall>): ReduceCall => ({
    kind: 'reduce', node: 'r', inputs: [{ dtype: 'float32', shape: [2, 3] }], outputs: [{ dtype: 'float32', shape: [2] }], space: [2, 3], axes: [1],
    reducer: 'add', before: { inputs: ['float32'], outputs: [input(0, 'float32')] }, ...extra,
  });
  const run = (reduce: ReduceCall, tensor: HostTensor): unknown => {
    const program = hostReduce.program(reduce, undefined as never);
    if (program.kind !== 'host') throw new Error('expected a host program');
    return (program.run([tensor], undefined as never) as readonly HostTensor[])[0]!.toArray();
  };

  it('adds float32 with more digits than it has', () => {
    const values = new Float32Array(3_000_000).fill(0.1);
    const [sum] = [run(call({ space: [values.length], axes: [0], inputs: [{ dtype: 'float32', shape: [values.length] }], outputs: [{ dtype: 'float32', shape: [] }] }),
      HostTensor.from(values))];
    expect(sum).toBe(Math.fround(values.length * Math.fround(0.1)));
  });

  it('applies code before and after', () => {
    const square = { inputs: ['float32' as const], outputs: [binary('mul', input(0, 'float32'), input(0, 'float32'))] };
    expect(run(call({ before: square, after: binary('mul', input(0, 'float32'), constant(0.5, 'float32')) }), f32([[1, 2, 2], [0, 0, 4]]))).toEqual([4.5, 8]);
  });

  it('lets NaN through min and max, and knows the value of nothing', () => {
    expect(run(call({ reducer: 'max' }), f32([[1, NaN, 3], [1, 2, 3]]))).toEqual([NaN, 3]);
    const empty = { space: [2, 0], inputs: [{ dtype: 'float32' as const, shape: [2, 0] }] };
    const nothing = HostTensor.from(new Float32Array(0), { shape: [2, 0] });
    expect(run(call({ reducer: 'min', ...empty }), nothing)).toEqual([Infinity, Infinity]);
    expect(run(call({ reducer: 'mul', ...empty }), nothing)).toEqual([1, 1]);
  });
});

describe('lists', () => {
  it('shares elements and leaves the old list as it was', async () => {
    const run = aRun();
    const [empty] = await run('TensorListReserve', [i32([2]), i32(2)], { element_dtype: type('float32') });
    const [one] = await run('TensorListSetItem', [empty!, i32(1), f32([5, 6])], {});
    const stack = async (list: HostTensor) => (await run('TensorListStack', [list, i32([2])], { num_elements: int(-1) }))[0]!.toArray();
    expect(await stack(one!)).toEqual([[0, 0], [5, 6]]);
    expect(await stack(empty!)).toEqual([[0, 0], [0, 0]]);
  });

  it('refuses elements of another dtype or shape', async () => {
    const run = aRun();
    const [list] = await run('TensorListReserve', [i32([2]), i32(1)], { element_dtype: type('float32') });
    await expect(run('TensorListSetItem', [list!, i32(0), i32([1, 2])])).rejects.toThrow('Invalid data types');
    await expect(run('TensorListSetItem', [list!, i32(0), f32([1])])).rejects.toThrow('incompatible shape');
    await expect(run('TensorListSetItem', [list!, i32(7), f32([1, 2])])).rejects.toThrow('Trying to modify element 7 in a list with 1 elements.');
  });
});

describe('tensor arrays', () => {
  const attrs: Attrs = {
    dtype: type('float32'), element_shape: unknownShape, dynamic_size: bool(false), clear_after_read: bool(true), identical_element_shapes: bool(false),
    tensor_array_name: text(''),
  };

  it('belongs to one run', async () => {
    const [first, second] = [aRun(), aRun()];
    const [handle, flow] = await first('TensorArrayV3', [i32(2)], attrs);
    await first('TensorArrayWriteV3', [handle!, i32(0), f32([1]), flow!]);
    await expect(second('TensorArrayReadV3', [handle!, i32(0), flow!])).rejects.toMatchObject({ codeName: 'NOT_FOUND' });
    expect((await first('TensorArrayReadV3', [handle!, i32(0), flow!]))[0]!.toArray()).toEqual([1]);
  });

  it('says what is done twice', async () => {
    const run = aRun();
    const [handle, flow] = await run('TensorArrayV3', [i32(1)], attrs);
    await run('TensorArrayWriteV3', [handle!, i32(0), f32(1), flow!]);
    await expect(run('TensorArrayWriteV3', [handle!, i32(0), f32(1), flow!])).rejects.toThrow('already been written to');
    await expect(run('TensorArrayWriteV3', [handle!, i32(1), f32(1), flow!])).rejects.toThrow('not resizeable and size is: 1');
    await run('TensorArrayReadV3', [handle!, i32(0), flow!]);
    await expect(run('TensorArrayReadV3', [handle!, i32(0), flow!])).rejects.toThrow('twice because it was cleared');
  });
});

describe('random ops', () => {
  it('knows Philox', () => {
    // The known answers of the Random123 library.
    expect(new Philox([0, 0], [0, 0, 0, 0]).next()).toEqual([0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
    expect(new Philox([0xffffffff, 0xffffffff], [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff]).next()).toEqual([0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]);
  });

  it('goes on from run to run within a session, and starts again in another', async () => {
    const attrs: Attrs = { seed: int(1), seed2: int(2), dtype: type('float32') };
    const session = new Objects();
    const draw = async (objects: Objects) => (await aRun(objects)('RandomUniform', [i32([3])], attrs))[0]!.toArray();
    const [first, second, again] = [await draw(session), await draw(session), await draw(new Objects())];
    expect(second).not.toEqual(first);
    expect(again).toEqual(first);
  });
});

describe('text', () => {
  it('prints numbers as C does', () => {
    expect([0.1, 1e10, 1e-5, 100000, 1e6, 123456.7, -0, Infinity].map((x) => shortest(x, 6))).toEqual(['0.1', '1e+10', '1e-05', '100000', '1e+06', '123457', '-0', 'inf']);
  });

  it('summarises tensors', () => {
    expect(summarized(i32([[1, 2], [3, 4]]), 3)).toBe('[1 2][3...]...');
    expect(summarized(i32([1, 2, 3, 4]), 3)).toBe('1 2 3...');
    expect(summarized(i32([[[1, 1], [1, 1]], [[1, 1], [1, 1]]]), 3)).toBe('[[1 1][1...]]...');
    expect(summarized(i32([[1, 2], [3, 4]]), -1)).toBe('[1 2][3 4]');
    expect(printed(i32([[1, 2], [3, 4]]), 3)).toBe('[[1 2]\n [3 4]]');
    expect(printed(i32([1, 2, 3, 4, 5, 6, 7]), 2)).toBe('[1 2 ... 6 7]');
  });

  it('hashes strings of every length as TensorFlow does', () => {
    const bytes = (n: number): Uint8Array => new TextEncoder().encode('abcdefghijklmnopqrstuvwxyz'.repeat(9).slice(0, n));
    expect([3, 7, 12, 20, 40, 64, 65, 150].map((n) => fingerprint64(bytes(n)))).toEqual([
      2640714258260161385n, 4341691227789030229n, 5676575430734197723n, 7349542659848948094n, 4224718273921451922n, 11261912070464707578n,
      2608948203458330154n, 6734984353289546500n,
    ]);
    expect([0, 3, 8, 20].map((n) => hash64(bytes(n)) % 2n ** 62n)).toEqual([
      105434511174508091n, 1046625677629754806n, 3429851175771700306n, 1624490862118822846n,
    ]);
    // The SipHash paper's own example.
    expect(sipHash(Uint8Array.from({ length: 15 }, (_, i) => i), [0x0706050403020100n, 0x0f0e0d0c0b0a0908n])).toBe(0xa129ca6149be45e5n);
  });
});

describe('code that is loaded when it is needed', () => {
  const call = (op: string) => ({ kind: 'op', op, node: 'n', attrs: new AttrReader({}, op), inputs: [], outputs: [] }) as const;

  it('is there for every kernel that the table names', async () => {
    await loadHostKernels();
    for (const [op, [kernel]] of Object.entries(hostKernels)) {
      expect(kernel!.load?.(), op).toBeUndefined();
      const program = kernel!.program(call(op), undefined as never);
      expect(program.kind === 'host' && program.load?.(), op).toBeFalsy();
    }
  });

  it('comes with the first run of a kernel that nobody prepared', async () => {
    vi.resetModules();
    const fresh = await import('./index.js');
    const [kernel] = fresh.hostKernels.NthElement!;
    expect(kernel!.load!()).toBeInstanceOf(Promise);
    const { HostTensor: Fresh } = await import('../../hostTensor.js');
    const { AttrReader: FreshReader } = await import('../../graph/attrs.js');
    const context: HostContext = {
      node: 'n', op: 'NthElement', attrs: new FreshReader({ reverse: bool(false) }, 'n'), outputDtypes: ['float32'],
      session: new Objects(), step: new Objects(), signal: new AbortController().signal,
    };
    const [result] = await kernel!.run([Fresh.from([3, 1, 2], { dtype: 'float32' }), Fresh.from(1, { dtype: 'int32' })], context);
    expect(result!.item()).toBe(2);
    expect(kernel!.load!()).toBeUndefined();
  });
});
