/** Elements that are moved to where data, or windows, say; and copies that look at what they copy. */
import { firstKernelFault } from '../../codegen/grid/applyExpr.js';
import { refuseDtype, storedBytes, type GridTarget } from '../../codegen/grid/types.js';
import { int, type Value } from '../../codegen/grid/value.js';
import { dtypeInfo } from '../../dtypes.js';
import { InvalidArgumentError } from '../../errors.js';
import { sizeOf } from '../../shape.js';
import { windowAxis, type WindowAxes } from '../host/windows.js';
import type { OpCall, Support, SupportQuery } from '../kernel.js';
import { ceilDivide, type GridLaunch } from './launch.js';
import { picking, pointwise, supportsNumbers, supportsPicking, takeApart } from './pointwise.js';
import type { GridKernel } from './table.js';
import { unitOf } from './units.js';
import { volumeParams } from './volumes.js';

const threads = 64;

/** The first `seq_lengths[b]` slices of batch b, backwards. */
function reverseSequence(call: OpCall, target: GridTarget): GridLaunch {
  const { shape } = call.inputs[0]!;
  const axis = (name: string): number => {
    const given = call.attrs.int(name);
    return given < 0 ? given + shape.length : given;
  };
  const [batch, seq] = [axis('batch_dim'), axis('seq_dim')];
  const refuse = (message: string): never => { throw new InvalidArgumentError(message, { node: call.node, op: call.op }); };
  if (batch === seq) refuse(`batch_dim == seq_dim == ${seq}`);
  if (call.inputs[1]!.shape[0] !== shape[batch]) refuse(`Length of seq_lengths != input.dims(${batch}), (${call.inputs[1]!.shape[0]} vs. ${shape[batch]})`);
  const after = (i: number): number => sizeOf(shape.slice(i + 1));
  return picking(call, target, {
    name: 'reverseSequence', key: '', sources: [0], numbers: [1], params: { batches: shape[batch]!, afterBatch: after(batch), steps: shape[seq]!, afterSeq: after(seq) },
    fault: (_code, detail) => new InvalidArgumentError(`seq_lengths(${detail}) is not in [0, input.dims(${seq}) = ${shape[seq]}]`, { node: call.node, op: call.op }),
    code: (program) => {
      const lengths = program.input('lengths', call.inputs[1]!.dtype);
      return (pass, at) => {
        const number = pass.let('number', at.div(pass.param('afterBatch')).mod(pass.param('batches')));
        const step = pass.let('step', at.div(pass.param('afterSeq')).mod(pass.param('steps')));
        const given = pass.let('given', pass.load(lengths, number));
        const isWrong = given.lt(0).or(given.gt(pass.param('steps').cast(given.type)));
        pass.if(isWrong, () => pass.fault(firstKernelFault, number));
        const length = given.max(0).min(pass.param('steps').cast(given.type)).cast('int32');
        const from = step.lt(length).select(length.sub(1).sub(step), step);
        return [{ source: 0, place: at.add(from.sub(step).mul(pass.param('afterSeq'))) }];
      };
    },
  });
}

/** The window of a pixel in the depth of one. */
function patches(call: OpCall, target: GridTarget): GridLaunch {
  const [images, height, width, depth] = call.inputs[0]!.shape as readonly [number, number, number, number];
  const [sizes, strides, rates, padding] = [call.attrs.ints('ksizes'), call.attrs.ints('strides'), call.attrs.ints('rates'), call.attrs.string('padding')];
  const axes: WindowAxes = [
    windowAxis(1, 1, 1, 1, 'VALID'), windowAxis(height, sizes[1]!, strides[1]!, rates[1]!, padding), windowAxis(width, sizes[2]!, strides[2]!, rates[2]!, padding),
  ];
  return picking(call, target, {
    name: 'patches', key: '', sources: [0], params: volumeParams({ images, channels: depth, axes }),
    code: () => (pass, at) => {
      const [image, y, x, down, across, channel] = takeApart(pass, at, ['outH', 'outW', 'windowH', 'windowW', 'channels'].map((name) => pass.param(name))) as
        [Value, Value, Value, Value, Value, Value];
      const place = (axis: 'H' | 'W', out: Value, tap: Value): Value =>
        pass.let('place', out.mul(pass.param(`stride${axis}`)).sub(pass.param(`before${axis}`)).add(tap.mul(pass.param(`dilation${axis}`))));
      const [iy, ix] = [place('H', y, down), place('W', x, across)];
      const when = iy.ge(0).and(iy.lt(pass.param('inH'))).and(ix.ge(0)).and(ix.lt(pass.param('inW')));
      return [{ source: 0, place: image.mul(pass.param('inH')).add(iy).mul(pass.param('inW')).add(ix).mul(pass.param('channels')).add(channel), when }];
    },
  });
}

/** The same bytes as elements of another dtype. */
function bitcast(call: OpCall, target: GridTarget): GridLaunch {
  const [from, to] = [call.inputs[0]!, call.outputs[0]!];
  const narrow = storedBytes(from.dtype, target) < storedBytes(to.dtype, target) ? from : to;
  const unit = unitOf(narrow.dtype, target);
  const size = sizeOf(narrow.shape) * unit.words;
  return {
    name: 'bitcast', key: unit.stored, inputs: [0], params: { size }, workgroups: [ceilDivide(size, threads)], flops: 0,
    build(program) {
      const x = program.input('from', { stored: unit.stored });
      const out = program.output('to', { stored: unit.stored });
      program.pass('main', [threads, 1, 1], (pass) => {
        const at = pass.let('at', pass.globalIndex());
        pass.if(at.lt(pass.param('size')), () => pass.store(out, at, pass.load(x, at)));
      });
    },
  };
}

/** Bytes can be told anew only where the device keeps both dtypes as they are. */
function supportsBitcast({ inputDtypes: [from], outputDtypes: [to] }: SupportQuery, target: GridTarget): Support {
  const lacking = [from!, to!].find((dtype) => target.storage[dtype]?.as !== dtype);
  return lacking === undefined || (target.storage[lacking] === undefined ? `the device holds no ${lacking}` : `the device keeps ${lacking} in another form`);
}

/** A copy that fails where an element is not a number, or infinite. */
function checkNumerics(call: OpCall): GridLaunch {
  const { dtype } = call.inputs[0]!;
  const tellsSign = call.op === 'CheckNumericsV2';
  const [isNaN, isPositive, isNegative] = [firstKernelFault, firstKernelFault + 1, firstKernelFault + 2] as const;
  const words: Readonly<Record<number, string>> = { [isNaN]: 'NaN', [isPositive]: tellsSign ? '+Inf' : 'Inf', [isNegative]: tellsSign ? '-Inf' : 'Inf' };
  return pointwise(call, {
    name: 'checkNumerics', key: '', inputs: [0], fault: (code) => new InvalidArgumentError(`${call.attrs.string('message')} : Tensor had ${words[code]} values`, { node: call.node, op: call.op }),
    code: (program) => {
      const x = program.input('x', dtype);
      return (pass, at) => {
        const value = pass.let('value', pass.load(x, at));
        pass.if(value.ne(value), () => pass.fault(isNaN, at), () => {
          pass.if(value.sub(value).eq(0).not(), () => pass.if(value.gt(0), () => pass.fault(isPositive, at), () => pass.fault(isNegative, at)));
        });
        return value;
      };
    },
  });
}

/** a × b of 3-vectors along the last dimension. */
function cross(call: OpCall): GridLaunch {
  const { dtype, shape } = call.inputs[0]!;
  if (shape.at(-1) !== 3) throw new InvalidArgumentError(`Cross-products are only defined for 3-element vectors: [${shape.join(',')}]`, { node: call.node, op: call.op });
  return pointwise(call, {
    name: 'cross', key: '', inputs: [0, 1], flops: 3,
    code: (program) => {
      const [a, b] = [program.input('a', dtype), program.input('b', dtype)];
      return (pass, at) => {
        const base = pass.let('base', at.sub(at.mod(3)));
        const turn = (by: number): Value => pass.let('turn', base.add(at.sub(base).add(by).mod(3)));
        const [p, q] = [turn(1), turn(2)];
        const product = pass.wrap(dtype, pass.load(a, p).mul(pass.load(b, q)));
        return product.sub(pass.wrap(dtype, pass.load(a, q).mul(pass.load(b, p))));
      };
    },
  });
}

/** start + i · (stop − start) / (num − 1). */
function linSpace(call: OpCall): GridLaunch {
  const { dtype, shape } = call.outputs[0]!;
  const count = shape[0]!;
  if (count <= 0) throw new InvalidArgumentError(`Requires num > 0: ${count}`, { node: call.node, op: call.op });
  return pointwise(call, {
    name: 'linSpace', key: '', inputs: [0, 1], params: { last: count - 1 },
    code: (program) => {
      const [start, stop] = [program.input('start', dtype), program.input('stop', dtype)];
      return (pass, at) => {
        const [from, to] = [pass.let('start', pass.load(start, int(0))), pass.let('stop', pass.load(stop, int(0)))];
        const step = pass.wrap(dtype, to.sub(from).div(pass.param('last').max(1).cast(from.type)));
        const value = from.add(pass.wrap(dtype, step.mul(at.cast(from.type))));
        return at.eq(0).select(from, at.eq(pass.param('last')).select(to, value));
      };
    },
  });
}

const supportsCheck = (query: SupportQuery, target: GridTarget): Support => (target.faults ? supportsNumbers()(query, target) : 'the device tells of no faults');
const isNumber = (query: SupportQuery, target: GridTarget): Support =>
  (dtypeInfo[query.inputDtypes[0]!].kind === 'complex' ? `the device has no ${query.inputDtypes[0]!} arithmetic` : refuseDtype(query.inputDtypes[0]!, target) ?? true);

export const rearrangingKernels: readonly GridKernel[] = [
  { op: 'ReverseSequence', supports: supportsPicking([1]), launch: reverseSequence },
  { op: 'ExtractImagePatches', supports: supportsPicking(), launch: patches },
  { op: 'Bitcast', supports: supportsBitcast, launch: bitcast },
  { op: 'CheckNumerics', supports: supportsCheck, launch: checkNumerics },
  { op: 'CheckNumericsV2', supports: supportsCheck, launch: checkNumerics },
  { op: 'Cross', supports: isNumber, launch: cross },
  { op: 'LinSpace', supports: supportsNumbers([0, 1]), hostArgs: () => [undefined, undefined, 'compile'], launch: linSpace },
];
