/** LRN, its gradient, and running sums of exponentials: what an element makes of those beside it. */
import { float } from '../../codegen/grid/builder.js';
import { literal, type Value } from '../../codegen/grid/value.js';
import { linesOf } from '../geometry/lines.js';
import type { OpCall } from '../kernel.js';
import { ceilDivide, type GridLaunch } from './launch.js';
import { pointwise, supportsNumbers, takeApart } from './pointwise.js';
import type { GridKernel } from './table.js';

const threads = 64;

function lrnParams(call: OpCall, channels: number): GridLaunch['params'] {
  return { channels, radius: call.attrs.int('depth_radius'), bias: float(call.attrs.float('bias')), alpha: float(call.attrs.float('alpha')), beta: float(call.attrs.float('beta')) };
}

/** x · (bias + alpha · Σ x²) ^ −beta over the channels at most `radius` away. */
function lrn(call: OpCall): GridLaunch {
  const { shape, dtype } = call.inputs[0]!;
  return pointwise(call, {
    name: 'lrn', key: '', inputs: [0], params: lrnParams(call, shape[3]!), flops: 4 * call.attrs.int('depth_radius'),
    code: (program) => {
      const x = program.input('x', dtype);
      return (pass, at) => {
        const [pixel, channel] = takeApart(pass, at, [pass.param('channels')]) as [Value, Value];
        const base = pass.let('base', pixel.mul(pass.param('channels')));
        const sum = pass.var('sum', literal(0, x.type));
        const end = pass.let('end', channel.add(pass.param('radius')).add(1).min(pass.param('channels')));
        pass.for('k', channel.sub(pass.param('radius')).max(0), end, (k) => {
          const value = pass.let('value', pass.load(x, base.add(k)));
          pass.assign(sum, value.fma(value, sum));
        });
        const norm = pass.param('bias').cast(x.type).add(pass.param('alpha').cast(x.type).mul(sum));
        return pass.load(x, at).mul(norm.binary('pow', pass.param('beta').cast(x.type).neg()));
      };
    },
  });
}

/** Inputs: gradients, x, y. Every neighbourhood that holds an element depends on it; each is summed anew. */
function lrnGrad(call: OpCall): GridLaunch {
  const { shape, dtype } = call.inputs[1]!;
  const radius = call.attrs.int('depth_radius');
  return pointwise(call, {
    name: 'lrnGrad', key: '', inputs: [0, 1, 2], params: lrnParams(call, shape[3]!), flops: 8 * radius * radius,
    code: (program) => {
      const [g, x, y] = [program.input('gradients', dtype), program.input('x', dtype), program.input('y', dtype)];
      return (pass, at) => {
        const [pixel, channel] = takeApart(pass, at, [pass.param('channels')]) as [Value, Value];
        const base = pass.let('base', pixel.mul(pass.param('channels')));
        const own = pass.let('own', pass.load(x, at));
        const [bias, alpha, beta] = ['bias', 'alpha', 'beta'].map((name) => pass.let(name, pass.param(name).cast(x.type))) as [Value, Value, Value];
        const total = pass.var('total', literal(0, x.type));
        const reach = (from: Value): [Value, Value] => [from.sub(pass.param('radius')).max(0), pass.let('end', from.add(pass.param('radius')).add(1).min(pass.param('channels')))];
        const [first, last] = reach(channel);
        pass.for('j', first, last, (j) => {
          const sum = pass.var('sum', literal(0, x.type));
          const [start, end] = reach(j);
          pass.for('k', start, end, (k) => {
            const value = pass.let('value', pass.load(x, base.add(k)));
            pass.assign(sum, value.fma(value, sum));
          });
          const norm = pass.let('norm', bias.add(alpha.mul(sum)));
          const slope = pass.let('slope', alpha.mul(beta).mul(-2).mul(own).mul(pass.load(y, base.add(j))).div(norm));
          const direct = j.eq(channel).select(norm.binary('pow', beta.neg()), 0);
          pass.assign(total, total.add(slope.add(direct).mul(pass.load(g, base.add(j)))));
        });
        return total;
      };
    },
  });
}

/** log Σ exp of an element and those before it. A thread goes along one line. */
function cumulativeLogsumexp(call: OpCall): GridLaunch {
  const { outer, length, inner } = linesOf(call)!;
  const { dtype } = call.inputs[0]!;
  const [exclusive, reverse] = [call.attrs.bool('exclusive'), call.attrs.bool('reverse')];
  const lines = outer * inner;
  return {
    name: 'logsumexp', key: `${dtype}:${exclusive ? 'exclusive' : ''}:${reverse ? 'reverse' : ''}`, inputs: [0], params: { lines, length, inner },
    workgroups: [ceilDivide(lines, threads)], flops: lines * length,
    build(program) {
      const [x, out] = [program.input('x', dtype), program.output('out', dtype)];
      program.pass('main', [threads, 1, 1], (pass) => {
        const line = pass.let('line', pass.globalIndex());
        pass.if(line.lt(pass.param('lines')), () => {
          const [place, within] = takeApart(pass, line, [pass.param('inner')]) as [Value, Value];
          const base = pass.let('base', place.mul(pass.param('length')).mul(pass.param('inner')).add(within));
          const running = pass.var('running', literal(-Infinity, x.type));
          pass.for('step', 0, pass.param('length'), (step) => {
            const at = pass.let('at', base.add((reverse ? pass.param('length').sub(1).sub(step) : step).mul(pass.param('inner'))));
            const value = pass.let('value', pass.load(x, at));
            if (exclusive) pass.store(out, at, pass.wrap(dtype, running));
            const [high, low] = [pass.let('high', running.max(value)), pass.let('low', running.min(value))];
            const sum = high.add(low.sub(high).unary('exp').unary('log1p'));
            pass.assign(running, high.eq(literal(-Infinity, x.type)).select(high, sum));
            if (!exclusive) pass.store(out, at, pass.wrap(dtype, running));
          });
        });
      });
    },
  };
}

export const neighbourKernels: readonly GridKernel[] = [
  { op: 'LRN', supports: supportsNumbers(), launch: lrn },
  { op: 'LRNGrad', supports: supportsNumbers(), launch: lrnGrad },
  { op: 'CumulativeLogsumexp', supports: supportsNumbers([0]), hostArgs: () => [undefined, 'compile'], launch: cumulativeLogsumexp },
];
