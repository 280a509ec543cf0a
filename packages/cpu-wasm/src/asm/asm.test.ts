import { describe, expect, it } from 'vitest';
import { hasRelaxedSimd } from '../features.js';
import {
  atomic, ByteWriter, f32, f32x4, f64, f64x2, i16x8, i32, i32x4, i64, i64x2, i8x16, memory, ModuleBuilder, select, v128,
  type FunctionBuilder, type FunctionType, type ValueType,
} from './index.js';

type Callable = (...args: (number | bigint)[]) => number | bigint | undefined;

interface Built {
  readonly run: Callable;
  readonly bytes: DataView;
}

/** One exported function over one page of memory. */
function build(params: ValueType[], results: ValueType[], body: (f: FunctionBuilder) => void, shared = false): Built {
  const module = new ModuleBuilder();
  module.importMemory('env', 'memory', { initial: 1, maximum: 1, shared });
  module.exportFunction('run', module.function({ params, results }, body));
  const code = module.finish();
  expect(WebAssembly.validate(code)).toBe(true);
  const wasmMemory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(code), { env: { memory: wasmMemory } });
  return { run: instance.exports['run'] as Callable, bytes: new DataView(wasmMemory.buffer) };
}

describe('ByteWriter', () => {
  it('writes LEB numbers as the specification does', () => {
    const out = new ByteWriter(1);
    out.u32(624485);
    out.s32(-123456);
    out.s32(64);
    out.s32(-1);
    out.s64(-(2n ** 63n));
    out.u32(0xffffffff);
    expect([...out.take()]).toEqual([
      0xe5, 0x8e, 0x26, 0xc0, 0xbb, 0x78, 0xc0, 0x00, 0x7f, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f, 0xff, 0xff, 0xff,
      0xff, 0x0f,
    ]);
  });
});

describe('functions', () => {
  it('nest values in any order', () => {
    const { run } = build(['i32', 'i32'], ['i32'], (f) => {
      const [a, b] = [f.param('i32', 0), f.param('i32', 1)];
      f.result(i32.sub(a, i32.mul(i32.add(b, 1), 3)));
    });
    expect(run(100, 4)).toBe(85);
  });

  it('fold constants', () => {
    const { run } = build(['i32'], ['i32'], (f) => f.result(i32.add(i32.mul(f.param('i32', 0), i32.mul(2, 4)), i32.sub(i32.add(3, 4), 7))));
    expect(run(5)).toBe(40);
  });

  it('count, branch and give locals back', () => {
    const { run } = build(['i32'], ['i32'], (f) => {
      const n = f.param('i32', 0);
      const sum = f.let(i32.const(0));
      f.block((done) => {
        const i = f.local('i32');
        f.for(i, 0, n, 1, () => {
          f.brIf(done, i32.gtS(i, 9));
          f.if(i32.and(i, 1), () => f.increase(sum, i), () => f.increase(sum, i32.mul(i, 100)));
        });
      });
      f.scope(() => {
        const left = f.let(i32.const(3));
        f.repeat(left, () => f.increase(sum, 1));
      });
      f.result(sum);
    });
    expect(run(4)).toBe(1 + 3 + 200 + 3);
    expect(run(0)).toBe(3);
    expect(run(100)).toBe(25 + 2000 + 3);
  });

  it('while, brTable, return', () => {
    const { run } = build(['i32'], ['i32'], (f) => {
      const n = f.param('i32', 0);
      f.block((c) => f.block((b) => {
        f.block((a) => f.brTable(n, [a, b], c));
        f.return(i32.const(10));
      }));
      const steps = f.let(i32.const(0));
      f.while(() => i32.gtS(n, 1), () => {
        f.set(n, i32.shrS(n, 1));
        f.increase(steps, 1);
      });
      f.result(steps);
    });
    expect([0, 1, 2, 1000].map((n) => run(n))).toEqual([10, 0, 1, 9]);
  });

  it('select keeps the type', () => {
    const { run } = build(['i32'], ['f32'], (f) => {
      const x = select('v128', f32x4.splat(2), f32x4.splat(3), f.param('i32', 0));
      f.result(f32x4.extractLane(x, 1));
    });
    expect([run(1), run(0)]).toEqual([2, 3]);
  });

  it('call helpers once built, and through the table', () => {
    const module = new ModuleBuilder();
    const binary: FunctionType = { params: ['i32', 'i32'], results: ['i32'] };
    module.table({ initial: 2 });
    const later = module.declare(binary);
    let built = 0;
    const main = module.function({ params: ['i32'], results: ['i32'] }, (f) => {
      const make = () => f.helper('add', binary, (g) => {
        built++;
        g.result(i32.add(g.param('i32', 0), g.param('i32', 1)));
      });
      const x = f.let(f.callValue('i32', make(), f.param('i32', 0), 5));
      f.set(x, f.callValue('i32', make(), x, 7));
      f.result(f.callIndirect('i32', binary, 1, x, f.callValue('i32', later, 2, 3)));
    });
    module.define(later, (f) => f.result(i32.mul(f.param('i32', 0), f.param('i32', 1))));
    module.element(i32.const(0), [main, later]);
    module.exportFunction('main', main);
    const exports = new WebAssembly.Instance(new WebAssembly.Module(module.finish())).exports;
    expect((exports['main'] as Callable)(1)).toBe(13 * 6);
    expect(built).toBe(1);
  });

  it('use globals, data segments and imported functions', () => {
    const module = new ModuleBuilder();
    const log = module.importFunction('env', 'log', { params: ['i32'], results: [] });
    const base = module.importGlobal('env', 'base', 'i32', false);
    module.memory({ initial: 1 });
    const count = module.global('i32', true, i32.const(40));
    module.segment(i32.const(8), new Uint8Array([1, 2, 3, 4]));
    module.exportFunction('main', module.function({ params: [], results: ['i32'] }, (f) => {
      f.setGlobal(count, i32.add(f.global('i32', count), f.global('i32', base)));
      f.call(log, f.global('i32', count));
      f.result(i32.load(8));
    }));
    const logged: number[] = [];
    const env = { log: (x: number) => { logged.push(x); }, base: new WebAssembly.Global({ value: 'i32', mutable: false }, 2) };
    const exports = new WebAssembly.Instance(new WebAssembly.Module(module.finish()), { env }).exports;
    expect((exports['main'] as Callable)()).toBe(0x04030201);
    expect(logged).toEqual([42]);
  });

  it('say when they are used wrongly', () => {
    const module = new ModuleBuilder();
    const ref = module.declare({ params: ['i32'], results: [] });
    expect(() => module.importFunction('env', 'late', { params: [], results: [] })).toThrow('after one was declared');
    expect(() => module.define(ref, (f) => f.param('f32', 0))).toThrow('read as f32, but it is i32');
    expect(() => module.finish()).toThrow('declared but not defined');
  });
});

describe('memory', () => {
  it('copies, fills, loads and stores with offsets', () => {
    const { run, bytes } = build([], ['i32'], (f) => {
      f.do(memory.fill(0, 7, 16));
      f.do(memory.copy(32, 4, 8));
      f.do(i32.store16(40, 0x1ff, 2));
      f.do(f64.store(48, 2.5));
      f.do(i64.store(56, -2n));
      f.result(i32.add(i32.load16U(36, 6), i32.load8S(56)));
    });
    expect(run()).toBe(0x1ff - 2);
    expect([bytes.getUint8(32), bytes.getUint8(39), bytes.getUint8(40), bytes.getFloat64(48, true)]).toEqual([7, 7, 0, 2.5]);
  });

  it('is atomic where asked', () => {
    const { run, bytes } = build([], ['i32'], (f) => {
      f.do(atomic.i32.store(8, 5));
      f.drop(atomic.i32.add(8, 3));
      f.drop(atomic.i32.compareExchange(8, 8, 20));
      f.drop(atomic.i64.exchange(16, 9n));
      f.do(atomic.fence());
      f.drop(atomic.notify(8, 1));
      f.drop(atomic.wait32(8, 1, 0n));
      f.result(i32.add(atomic.i32.load(8), i32.wrapI64(atomic.i64.load(16))));
    }, true);
    expect(run()).toBe(29);
    expect(bytes.getInt32(8, true)).toBe(20);
  });
});

describe('SIMD', () => {
  it('computes lanes', () => {
    const { run, bytes } = build([], ['i32'], (f) => {
      f.do(v128.store(0, f32x4.const(1, 2, 3, 4)));
      const x = f.let(v128.load(0));
      f.do(v128.store(16, f32x4.mul(x, f32x4.replaceLane(x, 0, f32.const(10)))));
      f.do(v128.store32Lane(32, x, 3));
      f.do(v128.store(48, i8x16.shuffle(x, x, [4, 5, 6, 7, 0, 1, 2, 3, 28, 29, 30, 31, 8, 9, 10, 11])));
      f.do(v128.store(64, v128.load32Lane(0, x, 1, 12)));
      f.do(v128.store(80, i32x4.truncSatF32x4S(f32x4.splat(f32.const(-7.9)))));
      f.do(v128.store(96, i16x8.narrowI32x4S(i32x4.splat(70000), i32x4.const(1, 2, 3, 4))));
      f.do(v128.store(112, v128.bitselect(x, f32x4.splat(0), f32x4.lt(x, f32x4.splat(3)))));
      f.result(i32x4.bitmask(f32x4.gt(x, f32x4.splat(2))));
    });
    expect(run()).toBe(0b1100);
    const floats = (at: number): number[] => [0, 4, 8, 12].map((i) => bytes.getFloat32(at + i, true));
    expect(floats(16)).toEqual([10, 4, 9, 16]);
    expect(bytes.getFloat32(32, true)).toBe(4);
    expect(floats(48)).toEqual([2, 1, 4, 3]);
    expect(floats(64)).toEqual([1, 4, 3, 4]);
    expect(bytes.getInt32(84, true)).toBe(-7);
    expect([bytes.getInt16(96, true), bytes.getInt16(106, true)]).toEqual([32767, 2]);
    expect(floats(112)).toEqual([1, 2, 0, 0]);
  });

  it('has every instruction of the two sets', () => {
    // One function that uses each two-, one-operand, test and shift instruction once: the engine validates the opcodes and types.
    for (const relaxed of [false, true]) {
      const module = new ModuleBuilder();
      const x = i32x4.splat(1);
      module.function({ params: [], results: [] }, (f) => {
        for (const family of [v128, i8x16, i16x8, i32x4, i64x2, f32x4, f64x2]) {
          for (const [name, make] of Object.entries(family) as [
            string, (...args: unknown[]) => { type: string; emit(code: ByteWriter): void },
          ][]) {
            if (name.startsWith('relaxed') !== relaxed || /const|splat|load|store|Lane$|LaneS$|LaneU$|shuffle/.test(name)) continue;
            const args = /^sh[lr]/.test(name) ? [x, 1] : [x, x, x];
            f.drop(make(...args) as never);
          }
        }
      });
      if (!relaxed || hasRelaxedSimd()) expect(WebAssembly.validate(module.finish()), relaxed ? 'relaxed' : 'plain').toBe(true);
    }
  });
});
