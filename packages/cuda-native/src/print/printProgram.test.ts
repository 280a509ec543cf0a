import { binary, buildProgram, cast, constant, input, literal, select, unary, compare, unaryPrimitives, type GridProgram } from '@sessionflow/core/codegen';
import type { DType } from '@sessionflow/core/device';
import type { Arg, MapCall } from '@sessionflow/core/kernels';
import { describe, expect, it } from 'vitest';
import { cudaTable } from '../kernels/table.js';
import { cudaTarget } from '../kernels/target.js';
import type { CudaInfo } from '../info.js';
import type { CudaKernels } from '../source.js';
import { printProgram } from './printProgram.js';

const program = (build: Parameters<typeof buildProgram>[3], params = {}): GridProgram => buildProgram('test', params, cudaTarget, build);
const one = [1, 1, 1] as const;

/** The source of a fused map over inputs of one shape. */
function mapped(inputs: readonly Arg[], outputs: MapCall['fn']['outputs']): CudaKernels {
  const shape = inputs[0]!.shape;
  const call: MapCall = { kind: 'map', node: 'n', inputs, outputs: outputs.map(({ dtype }) => ({ dtype, shape })), fn: { inputs: inputs.map(({ dtype }) => dtype), outputs } };
  const made = cudaTable.map[0]!.program(call, {} as CudaInfo);
  if (made.kind === 'host') throw new Error('a host program');
  return made.source() as CudaKernels;
}
const arg = (dtype: DType, ...shape: number[]): Arg => ({ dtype, shape });

describe('sources', () => {
  it('of a fused chain, four elements at a time', () => {
    const [x, y] = [input(0, 'float32'), input(1, 'float32')];
    const { text, passes, words, hasFault } = mapped([arg('float32', 3, 8), arg('float32', 8)], [binary('max', binary('add', binary('mul', x, y), y), constant(0, 'float32'))]);
    expect(text).toMatchSnapshot();
    expect({ passes, words, hasFault }).toEqual({ passes: [{ entry: 'map_main0', block: [64, 1, 1] }], words: 4, hasFault: false });
  });

  it('of narrow dtypes, casts and an integer division', () => {
    const x = input(0, 'int32');
    const { text, hasFault } = mapped([arg('int32', 5), arg('int32', 5)], [cast(binary('div', x, input(1, 'int32')), 'float16'), cast(unary('neg', x), 'int8'), compare('lt', x, constant(3, 'int32'))]);
    expect(text).toMatchSnapshot();
    expect(hasFault).toBe(true);
  });

  it('of a tile in shared memory', () => {
    expect(printProgram(program((built) => {
      const [from, to] = [built.input('x', 'bfloat16', { lanes: 4 }), built.output('out', 'float64')];
      built.pass('main', [32, 2, 1], (pass) => {
        const tile = pass.shared('tile', 'float32', 64, 4);
        pass.setElement(tile, pass.threadIndex(), ...pass.loadGroup(from, pass.globalIndex()));
        pass.barrier();
        const sum = pass.var('sum', literal(0, 'float32'));
        pass.for('i', 0, 64, (i) => { for (const x of pass.elementGroup(tile, i)) pass.increase(sum, x); });
        pass.if(pass.threadIndex().eq(0), () => pass.store(to, pass.workgroupIndex(), sum.cast('float64')));
      });
    })).text).toMatchSnapshot();
  });

  it('of two passes share their parameters', () => {
    const { text, passes } = printProgram(program((built) => {
      const [from, to, between] = [built.input('x', 'int64'), built.output('out', 'bool'), built.scratch('half', 'uint8')];
      built.pass('first', [8, 1, 1], (pass) => pass.store(between, pass.globalIndex(), pass.load(from, pass.globalIndex()).cast('uint32')));
      built.pass('second', [4, 2, 1], (pass) => pass.store(to, pass.globalIndex(), pass.load(between, pass.globalIndex()).gt(pass.param('least').cast('uint32'))));
    }, { least: 3 }));
    expect(text).toMatchSnapshot();
    expect(passes).toEqual([{ entry: 'test_first0', block: [8, 1, 1] }, { entry: 'test_second1', block: [4, 2, 1] }]);
  });
});

describe('literals', () => {
  const printed = (value: number | bigint | boolean, type: 'int32' | 'int64' | 'uint64' | 'float32' | 'float64' | 'bool'): string => {
    const { text } = printProgram(program((built) => {
      const out = built.output('out', type);
      built.pass('main', one, (pass) => pass.store(out, 0, literal(value, type)));
    }));
    return /\[0\] = (.*);/.exec(text)![1]!;
  };
  it('are what they stand for', () => {
    expect([printed(0.1, 'float32'), printed(0.1, 'float64'), printed(3, 'float32'), printed(-0, 'float32'), printed(1e21, 'float64'), printed(-2.5, 'float64')]).toEqual(
      ['0.10000000149011612f', '0.1', '3.0f', '-0.0f', '1e+21', '-2.5']);
    expect([printed(NaN, 'float32'), printed(-Infinity, 'float32'), printed(Infinity, 'float64')]).toEqual(
      ['__int_as_float(0x7fc00000)', '-__int_as_float(0x7f800000)', '__longlong_as_double(0x7ff0000000000000ll)']);
    expect([printed(-(2 ** 31), 'int32'), printed(-7, 'int32'), printed(-(2n ** 63n), 'int64'), printed(2n ** 64n - 1n, 'uint64'), printed(true, 'bool')].slice(0, 4)).toEqual(
      ['-2147483647 - 1', '-7', '-9223372036854775807ll - 1', '18446744073709551615ull']);
  });
});

it('every float primitive has a spelling for float and for double', () => {
  for (const dtype of ['float32', 'float64'] as const) {
    const x = input(0, dtype);
    const ops = unaryPrimitives.filter((op) => op !== 'not' && op !== 'bitNot');
    const { text } = mapped([arg(dtype, 3)], ops.map((op) => unary(op, x)).concat(select(compare('ne', x, x), x, binary('atan2', x, binary('pow', x, binary('mod', x, x))))));
    expect(text).not.toContain('undefined');
    expect(text).toContain(dtype === 'float32' ? 'lgammaf(' : 'lgamma(');
  }
});
