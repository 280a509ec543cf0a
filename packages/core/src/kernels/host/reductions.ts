/** Reductions whose axes are known only when they run. Where they are known before, the op's own reduction code is used. */
import { binary, constant, type Expr, input, unary } from '../../codegen/expr.js';
import { dtypeInfo } from '../../dtypes.js';
import type { HostTensor } from '../../hostTensor.js';
import type { AttrReader } from '../../graph/attrs.js';
import type { ReductionMeaning } from '../../ops/opDef.js';
import { host, type HostCode } from './define.js';
import { evaluate } from './evaluate/evaluate.js';
import { reduce } from './reduceLoops.js';
import { intsOf, invalid, numbersOf, tensorOfNumbers } from './tensors.js';

interface Steps {
  readonly before?: (element: Expr) => Expr;
  readonly after?: (result: Expr, count: number) => Expr;
}

function run(reducer: ReductionMeaning['reducer'], steps: Steps, data: HostTensor, axesArg: HostTensor, attrs: AttrReader): HostTensor {
  const rank = data.shape.length;
  const axes = new Set<number>();
  for (const given of intsOf(axesArg)) {
    if (given < -rank || given >= rank) invalid(`Invalid reduction dimension (${given} for input with ${rank} dimension(s)`);
    const axis = given < 0 ? given + rank : given;
    if (axes.has(axis)) invalid(`Invalid reduction arguments: Axes contains duplicate dimension: ${axis}`);
    axes.add(axis);
  }
  const keeps = attrs.bool('keep_dims');
  const shape = data.shape.flatMap((dim, axis) => (axes.has(axis) ? (keeps ? [1] : []) : [dim]));
  const element = input(0, data.dtype);
  const before = { inputs: [data.dtype], outputs: [steps.before?.(element) ?? element] };
  const result = reduce(reducer, before, [data], data.shape, [...axes], shape);
  if (steps.after === undefined) return result;
  const count = [...axes].reduce((product, axis) => product * data.shape[axis]!, 1);
  return evaluate({ inputs: [result.dtype], outputs: [steps.after(input(0, result.dtype), count)] }, [result], shape)[0]!;
}

const reduction = (reducer: ReductionMeaning['reducer'], steps: Steps = {}): HostCode =>
  host(([data, axes], { attrs }) => [run(reducer, steps, data!, axes!, attrs)]);

export const Sum = reduction('add');
export const Prod = reduction('mul');
export const Max = reduction('max');
export const Min = reduction('min');
export const All = reduction('and');
export const Any = reduction('or');

/** An empty mean of floats is 0/0; of integers it is 0, as TensorFlow has it. */
export const Mean = reduction('add', {
  after: (sum, count) => (count === 0 && dtypeInfo[sum.dtype].kind !== 'float' ? sum : binary('div', sum, constant(count, sum.dtype))),
});

/** √Σ|x|². */
export const EuclideanNorm = host(([data, axes], { attrs }) => {
  const square = (x: Expr): Expr => binary('mul', x, x);
  if (dtypeInfo[data!.dtype].kind === 'complex') {
    const pairs = numbersOf(data!);
    const squares = Float64Array.from({ length: pairs.length }, (_, i) => (i % 2 === 0 ? pairs[i]! ** 2 + pairs[i + 1]! ** 2 : 0));
    return [run('add', { after: (sum) => unary('sqrt', sum) }, tensorOfNumbers(data!.dtype, data!.shape, squares), axes!, attrs)];
  }
  if (dtypeInfo[data!.dtype].kind === 'float') return [run('add', { before: square, after: (sum) => unary('sqrt', sum) }, data!, axes!, attrs)];
  // Integers: the root is cut off.
  const sums = run('add', { before: square }, data!, axes!, attrs);
  return [tensorOfNumbers(data!.dtype, sums.shape, Float64Array.from(numbersOf(sums), (x: number) => Math.trunc(Math.sqrt(x))))];
});
