/**
 * Random ops: a thread makes the results of one call of the generator (of its own 256, where results are drawn again), which are TensorFlow's CPU
 * kernels' own. The generator's key and counter are launch params; a stateful op takes them from the session in every run.
 */
import type { Buffer, PassBuilder, Variable } from '../../codegen/grid/builder.js';
import { refuseDtype, type GridTarget } from '../../codegen/grid/types.js';
import { int, literal, type Value } from '../../codegen/grid/value.js';
import type { DType } from '../../dtypes.js';
import { InternalError } from '../../errors.js';
import type { HostTensor } from '../../hostTensor.js';
import { sizeOf } from '../../shape.js';
import { words, type Philox } from '../host/philox.js';
import { boundsOf, keyed, outputs, reserve, seeded } from '../host/random.js';
import type { HostArgs, OpCall, Support, SupportQuery } from '../kernel.js';
import type { LaunchContext } from '../program.js';
import { block, philoxStart, type Counter } from './philox.js';
import { ceilDivide, type GridLaunch } from './launch.js';
import type { GridKernel } from './table.js';

const threads = 64;

type Distribution = 'uniform' | 'normal' | 'truncated' | 'integers';

/** Where the generator comes from: signature inputs, or the session. */
type Source = 'state' | 'seed' | 'key';

interface RandomOp {
  readonly distribution: Distribution;
  readonly source: Source;
  /** Signature inputs of the least and the first too large integer; left out: all that there are. */
  readonly bounds?: readonly [number, number];
}

type Values = readonly (HostTensor | undefined)[];

function generatorOf(op: RandomOp, call: OpCall, values: Values, context: LaunchContext | undefined): Philox | undefined {
  switch (op.source) {
    case 'state': return context === undefined ? undefined : reserve({ attrs: call.attrs, node: call.node, session: context.session }, outputs(sizeOf(call.outputs[0]!.shape)));
    case 'seed': return values[1] === undefined ? undefined : seeded(values[1]);
    case 'key': return values[1] === undefined || values[2] === undefined || values[3] === undefined ? undefined : keyed(values[1], values[2], values[3]);
    default: return op.source satisfies never;
  }
}

function launch(op: RandomOp, call: OpCall): GridLaunch {
  const { dtype, shape } = call.outputs[0]!;
  const size = sizeOf(shape);
  const isWide = dtype === 'float64' || dtype === 'int64' || dtype === 'uint64';
  const perGroup = isWide ? 2 : 4;
  const groups = ceilDivide(size, perGroup);
  const workgroups = [ceilDivide(groups, threads)];
  const paramsFor = (values: Values, context?: LaunchContext): Record<string, number> => {
    const [minimum, maximum] = (op.bounds ?? []).map((i) => values[i]);
    const bounds = minimum === undefined || maximum === undefined ? { low: 0n, range: 0n } : boundsOf(minimum, maximum, size === 0);
    const state = generatorOf(op, call, values, context)?.state ?? [0, 0, 0, 0, 0, 0];
    const all = [...state, ...words(bounds.low), ...words(bounds.range)].map((word) => word | 0);
    const names = ['key0', 'key1', 'counter0', 'counter1', 'counter2', 'counter3', 'low', 'lowHigh', 'range', 'rangeHigh'];
    return { groups, size, ...Object.fromEntries(names.map((name, i) => [name, all[i]!])) };
  };
  return {
    name: 'random', key: `${op.distribution}:${dtype}:${op.bounds === undefined ? 'all' : 'bounds'}`, inputs: [], params: paramsFor(call.inputs.map(({ constant }) => constant)), workgroups, flops: 16 * size,
    launchFor: (values, context) => ({ params: paramsFor(call.inputs.map(({ constant }, i) => values[i] ?? constant), context), workgroups }),
    ...(op.source === 'state' ? { everyRun: true } : {}),
    build(program) {
      const out = program.output('out', dtype);
      program.pass('main', [threads, 1, 1], (pass) => {
        const group = pass.let('group', pass.globalIndex());
        pass.if(group.lt(pass.param('groups')), () => {
          const first = pass.let('first', group.mul(perGroup));
          if (op.distribution === 'truncated') drawAgain(pass, group, perGroup, (place, value) => put(pass, out, first.add(place), pass.wrap(dtype, value)));
          else {
            const sample = block(pass, philoxStart(pass, group));
            resultsOf(pass, op, dtype, out, sample).forEach((value, i) => put(pass, out, first.add(i), pass.wrap(dtype, value)));
          }
        });
      });
    },
  };
}

function put(pass: PassBuilder, out: Buffer, place: Value, value: Value): void {
  const at = pass.let('at', place);
  pass.if(at.lt(pass.param('size')), () => pass.store(out, at, value));
}

function resultsOf(pass: PassBuilder, { distribution, bounds }: RandomOp, dtype: DType, out: Buffer, sample: readonly Value[]): readonly Value[] {
  const { type } = out;
  switch (distribution) {
    case 'uniform':
      if (type === 'float64') return [unitDouble(sample[0]!, sample[1]!), unitDouble(sample[2]!, sample[3]!)];
      return sample.map((word) => unit(word, dtype === 'float16' ? 10 : dtype === 'bfloat16' ? 7 : 23));
    case 'normal':
      if (type === 'float64') return boxMullerDouble(pass, sample);
      return [...boxMuller(pass, sample[0]!, sample[1]!), ...boxMuller(pass, sample[2]!, sample[3]!)];
    case 'integers': return integers(pass, out, sample, bounds !== undefined);
    case 'truncated': throw new InternalError('internal: results that are drawn again are not drawn at once.');
    default: return distribution satisfies never;
  }
}

/** So many low bits as a float32 in [0, 1). */
const unit = (word: Value, bits: number): Value => word.and(2 ** bits - 1).cast('float32').mul(2 ** -bits);
/** 52 bits as a float64 in [0, 1). */
const unitDouble = (high: Value, low: Value): Value => high.and(0xfffff).cast('float64').mul(2 ** 32).add(low.cast('float64')).mul(2 ** -52);

/** Two float32 normals of two words. */
function boxMuller(pass: PassBuilder, a: Value, b: Value): readonly [Value, Value] {
  const u = unit(a, 23).max(Math.fround(1e-7));
  const angle = pass.let('angle', unit(b, 23).mul(Math.fround(2 * Math.PI)));
  const radius = pass.let('radius', u.unary('log').mul(-2).unary('sqrt'));
  return [angle.unary('sin').mul(radius), angle.unary('cos').mul(radius)];
}

/** Two float64 normals of four words. */
function boxMullerDouble(pass: PassBuilder, sample: readonly Value[]): readonly [Value, Value] {
  const u = unitDouble(sample[0]!, sample[1]!).max(1e-7);
  const angle = pass.let('angle', unitDouble(sample[2]!, sample[3]!).mul(2 * Math.PI));
  const radius = pass.let('radius', u.unary('log').mul(-2).unary('sqrt'));
  return [angle.unary('sin').mul(radius), angle.unary('cos').mul(radius)];
}

/** From the least integer, modulo how many there are. */
function integers(pass: PassBuilder, { type }: Buffer, sample: readonly Value[], isBounded: boolean): readonly Value[] {
  if (type === 'int64' || type === 'uint64') {
    const wide = (low: Value, high: Value): Value => high.cast('uint64').shl(literal(32, 'uint64')).or(low.cast('uint64'));
    const param = (name: string): Value => pass.param(name).bitcast('uint32');
    const [low, range] = [pass.let('from', wide(param('low'), param('lowHigh'))), pass.let('range', wide(param('range'), param('rangeHigh')))];
    return [wide(sample[0]!, sample[1]!), wide(sample[2]!, sample[3]!)].map((bits) => (isBounded ? low.add(bits.mod(divisor(range))) : bits).cast(type));
  }
  const [low, range] = [pass.param('low').bitcast('uint32'), pass.let('range', pass.param('range').bitcast('uint32'))];
  return sample.map((bits) => (isBounded ? low.add(bits.mod(divisor(range))) : bits).bitcast(type));
}

/** A launch of nothing has no range. */
const divisor = (range: Value): Value => range.max(1);

/** Normals beyond two deviations are drawn again, from the 256 samples that each result may take. */
function drawAgain(pass: PassBuilder, group: Value, perGroup: number, take: (place: Value, value: Value) => void): void {
  // Calls of the generator before this group's: 64 for each result, by 32 bits of a product of 40.
  const perGroupLog = perGroup === 4 ? 8 : 7;
  const counter: Counter = philoxStart(pass, group.shl(perGroupLog), group.shr(32 - perGroupLog));
  const filled: Variable = pass.var('filled', int(0));
  pass.while(filled.lt(perGroup), () => {
    const sample = block(pass, counter);
    counter.next();
    const pairs = perGroup === 4 ? [boxMuller(pass, sample[0]!, sample[1]!), boxMuller(pass, sample[2]!, sample[3]!)] : [boxMullerDouble(pass, sample)];
    for (const value of pairs.flat()) {
      const normal = pass.let('normal', value);
      const isIn = pass.let('isIn', normal.unary('abs').lt(2).and(filled.lt(perGroup)));
      pass.if(isIn, () => {
        take(filled, normal);
        pass.increase(filled, 1);
      });
    }
  });
}

const supports = ({ outputDtypes: [dtype], inputDtypes }: SupportQuery, target: GridTarget): Support =>
  (dtype === undefined || inputDtypes.length === 0 ? 'nothing to draw' : refuseDtype(dtype, target) ?? true);

const kernel = (op: string, random: RandomOp): GridKernel => {
  const shared: HostArgs = random.source === 'state' ? ['compile'] : random.source === 'seed' ? ['compile', 'value'] : ['compile', 'value', 'value', 'value'];
  const hostArgs: HostArgs = [...shared, ...(random.bounds ?? []).map(() => 'value' as const)];
  return { op, supports, hostArgs: () => hostArgs, launch: (call) => launch(random, call) };
};

export const randomKernels: readonly GridKernel[] = [
  kernel('RandomUniform', { distribution: 'uniform', source: 'state' }),
  kernel('RandomStandardNormal', { distribution: 'normal', source: 'state' }),
  kernel('TruncatedNormal', { distribution: 'truncated', source: 'state' }),
  kernel('RandomUniformInt', { distribution: 'integers', source: 'state', bounds: [1, 2] }),
  ...([['', 'seed'], ['V2', 'key']] as const).flatMap(([version, source]) => {
    const first = source === 'seed' ? 2 : 4;
    return [
      kernel(`StatelessRandomUniform${version}`, { distribution: 'uniform', source }),
      kernel(`StatelessRandomNormal${version}`, { distribution: 'normal', source }),
      kernel(`StatelessTruncatedNormal${version}`, { distribution: 'truncated', source }),
      kernel(`StatelessRandomUniformFullInt${version}`, { distribution: 'integers', source }),
      kernel(`StatelessRandomUniformInt${version}`, { distribution: 'integers', source, bounds: [first, first + 1] }),
    ];
  }),
];
