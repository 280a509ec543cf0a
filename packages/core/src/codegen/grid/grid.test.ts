import { describe, expect, it } from 'vitest';
import { binary, cast, compare, input, select, type Expr } from '../expr.js';
import type { DType } from '../../dtypes.js';
import { buildProgram, float, packParams, type ParamValues, type ProgramBuilder } from './builder.js';
import { supportsExpr } from './applyExpr.js';
import { printJavaScript } from './javascript/printJavaScript.js';
import { checkLimits, compileProgram } from './javascript/runProgram.js';
import { refuseDtype, valueType, type GridTarget } from './types.js';
import { factsOf } from './walk.js';

const formOf = (as: DType) => ({ as, grade: 'arithmetic' as const });
const target: GridTarget = {
  storage: Object.fromEntries(([['float32', 'float32'], ['int32', 'int32'], ['bool', 'int32'], ['uint8', 'uint8'], ['float16', 'float16']] as const).map(([dtype, as]) => [dtype, formOf(as)])),
  values: new Set(['bool', 'int32', 'uint32', 'float32']), workgroupThreads: 256, workgroupBytes: 16384, workgroups: 65535, bindings: 8, vectors: true,
  inPlace: false, floatAtomics: false, faults: true,
};

/** Runs a program of one workgroup on arrays. */
function run(build: (program: ProgramBuilder) => void, memory: readonly (Float32Array | Int32Array | Uint8Array | Uint16Array)[], params: ParamValues = {}, grid = [1, 1, 1]): void {
  const program = buildProgram('test', params, target, build);
  compileProgram(program)(memory.map((array) => new Uint8Array(array.buffer)), packParams(params), grid);
}

describe('grid programs', () => {
  it('print as JavaScript with unique names, folded index arithmetic and no needless parentheses', () => {
    const program = buildProgram('scale', { size: 4, factor: float(0.5) }, target, (g) => {
      const x = g.input('x', 'float32');
      const out = g.output('out', 'float32');
      g.pass('main', [64, 1, 1], (p) => {
        const i = p.let('i', p.globalIndex());
        p.if(i.lt(p.param('size')), () => p.store(out, i.mul(1).add(0), p.load(x, i).mul(p.param('factor'))));
      });
    });
    expect(printJavaScript(program.passes[0]!).split('\n').slice(-6)).toEqual([
      'return function (workgroup_x, workgroup_y, workgroup_z, thread_x, thread_y, thread_z, workgroups_x, workgroups_y, workgroups_z) {',
      '  const i_4 = imul((workgroup_x + imul(workgroups_x, workgroup_y) | 0), 64) + thread_x | 0;',
      '  if (i_4 < size_0) {',
      "    store(out_3, i_4, [fround(load(x_2, i_4, 'x_2') * factor_1)], 'out_3');",
      '  }',
      '};',
    ]);
    const facts = factsOf(program.passes[0]!);
    expect(facts.buffers.map(({ buffer, isRead, isWritten }) => [buffer.role, isRead, isWritten])).toEqual([['input', true, false], ['output', false, true]]);
    expect(facts.params.map(({ word, type }) => [word, type])).toEqual([[0, 'int32'], [1, 'float32']]);
  });

  it('run every thread of every workgroup, and words hold float params by their bits', () => {
    const out = new Float32Array(6);
    run((g) => {
      const x = g.input('x', 'float32');
      const y = g.output('y', 'float32');
      g.pass('main', [2, 1, 1], (p) => {
        const i = p.let('i', p.globalIndex());
        p.if(i.lt(5), () => p.store(y, i, p.load(x, i).mul(p.param('factor'))));
      });
    }, [Float32Array.of(1, 2, 3, 4, 5), out], { factor: float(1.5) }, [2, 2, 1]);
    expect([...out]).toEqual([1.5, 3, 4.5, 6, 7.5, 0]);
  });

  it('keep threads together at barriers: a shared sum', () => {
    const out = new Float32Array(1);
    run((g) => {
      const x = g.input('x', 'float32');
      const y = g.output('y', 'float32');
      g.pass('main', [8, 1, 1], (p) => {
        const parts = p.shared('parts', 'float32', 8);
        const i = p.let('i', p.threadIndex());
        p.setElement(parts, i, p.load(x, i));
        for (let half = 4; half >= 1; half /= 2) {
          p.barrier();
          p.if(i.lt(half), () => p.setElement(parts, i, p.element(parts, i).add(p.element(parts, i.add(half)))));
        }
        p.barrier();
        p.if(i.eq(0), () => p.store(y, 0, p.element(parts, 0)));
      });
    }, [Float32Array.from([1, 2, 3, 4, 5, 6, 7, 8]), out]);
    expect(out[0]).toBe(36);
  });

  it('store dtypes in the device\'s form: a bool as int32, a byte as a byte, a half by its bits', () => {
    const [flags, bytes, halves] = [new Int32Array(2), new Uint8Array(2), new Uint16Array(2)];
    run((g) => {
      const x = g.input('x', 'float32');
      const outs = (['bool', 'uint8', 'float16'] as const).map((dtype) => g.output(dtype, dtype));
      g.pass('main', [2, 1, 1], (p) => {
        const i = p.let('i', p.threadIndex());
        const element = p.let('element', p.load(x, i));
        const code: Expr[] = [compare('gt', input(0, 'float32'), { kind: 'const', value: 1, dtype: 'float32' }), cast(input(0, 'float32'), 'uint8'), cast(input(0, 'float32'), 'float16')];
        outs.forEach((out, o) => p.store(out, i, p.apply(code[o]!, [element])));
      });
    }, [Float32Array.of(-1, 300.5), flags, bytes, halves]);
    expect([[...flags], [...bytes], [...halves]]).toEqual([[0, 1], [255, 44], [0xbc00, 0x5cb2]]);
  });

  it('wrap narrow integers and guard divisors', () => {
    const out = new Uint8Array(2);
    const sum = binary('add', input(0, 'uint8'), input(0, 'uint8'));
    const divide = select(compare('lt', input(0, 'uint8'), input(1, 'uint8')), sum, binary('div', input(0, 'uint8'), input(1, 'uint8')));
    const build = (g: ProgramBuilder): void => {
      const [x, y] = [g.input('x', 'uint8'), g.input('y', 'uint8')];
      const z = g.output('z', 'uint8');
      g.pass('main', [2, 1, 1], (p) => {
        const i = p.let('i', p.threadIndex());
        p.store(z, i, p.apply(divide, [p.load(x, i), p.load(y, i)]));
      });
    };
    run(build, [Uint8Array.of(200, 200), Uint8Array.of(250, 7), out]);
    expect([...out]).toEqual([144, 28]);
    expect(() => { run(build, [Uint8Array.of(200, 200), Uint8Array.of(250, 0), out]); }).toThrow('fault 1');
  });

  it('fail on access out of bounds, naming kernel, pass, buffer and index', () => {
    const build = (g: ProgramBuilder): void => {
      const x = g.input('x', 'float32');
      const y = g.output('y', 'float32');
      g.pass('main', [4, 1, 1], (p) => p.store(y, p.threadIndex(), p.load(x, p.threadIndex().add(1))));
    };
    expect(() => { run(build, [new Float32Array(4), new Float32Array(4)]); }).toThrow("kernel test, pass main: loads element 4 of 'x', which has 4.");
    expect(() => { run(build, [new Float32Array(9), new Float32Array(3)]); }).toThrow("kernel test, pass main: stores element 3 of 'y', which has 3.");
  });

  it('fail where threads part at a barrier', () => {
    expect(() => {
      run((g) => {
        g.output('y', 'float32');
        g.pass('main', [4, 1, 1], (p) => p.if(p.threadIndex().lt(2), () => p.barrier()));
      }, [new Float32Array(1)]);
    }).toThrow('2 of 4 threads end where the others wait at a barrier');
  });

  it('are checked against the device\'s limits, pass by pass', () => {
    const program = buildProgram('big', {}, target, (g) => g.pass('main', [512, 1, 1], (p) => { p.shared('tile', 'float32', 8192); }));
    expect(() => checkLimits(program, target)).toThrow('kernel big, pass main: a workgroup of 512 threads; the device allows 256.');
    expect(() => checkLimits(program, { ...target, workgroupThreads: 1024 })).toThrow('32768 bytes of shared memory; the device allows 16384.');
  });

  it('have params of 32 bits, or say why not', () => {
    expect([...packParams({ a: -1, b: float(1) })]).toEqual([-1, 0x3f800000]);
    expect(() => packParams({ size: 2 ** 31 })).toThrow("The launch param 'size' is 2147483648: kernels count in 32 bits");
    expect(() => packParams({ size: 1.5 })).toThrow("the launch param 'size' is 1.5, not a whole number");
  });

  it('say in words what a target lacks', () => {
    expect(refuseDtype('float64', target)).toBe('the device holds no float64');
    expect(refuseDtype('string', target)).toBe('the device holds no string');
    expect(supportsExpr([cast(input(0, 'float32'), 'int64')], ['float32'], target)).toBe('the device has no int64 arithmetic');
    expect(valueType('uint8', target)).toBe('uint32');
    expect(valueType('float16', target)).toBe('float32');
  });
});
