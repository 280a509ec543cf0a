/** Ops that look at values and speak up: assertions, checks, prints. And sums of many. */
import { InvalidArgumentError } from '../../errors.js';
import type { HostTensor } from '../../hostTensor.js';
import { sameShape, shapeText } from '../../shape.js';
import { foldOf } from './arithmetic.js';
import { cloned } from './copy.js';
import { host } from './define.js';
import { decode, encode } from './evaluate/registers.js';
import { addLists, listOf } from './lists.js';
import { summarized } from './stringForms.js';
import { invalid, numbersOf, tensorOver, textOf } from './tensors.js';

export const Assert = host(([condition, ...data], { attrs }) => {
  if (condition!.shape.length !== 0) {
    invalid(`In[0] should be a scalar: ${shapeText(condition!.shape)}`);
  }
  if ((condition!.data as Uint8Array)[0] === 0) {
    throw new InvalidArgumentError(`assertion failed: ${data.map((tensor) => `[${summarized(tensor, attrs.int('summarize'))}]`).join(' ')}`);
  }
  return [];
});

/** What is wrong with a tensor's values, in TensorFlow's words; undefined when all are finite. */
function illness(tensor: HostTensor, tellsSigns: boolean): string | undefined {
  let [nan, positive, negative] = [false, false, false];
  for (const x of numbersOf(tensor)) {
    nan ||= Number.isNaN(x);
    positive ||= x === Infinity;
    negative ||= x === -Infinity;
  }
  const words = tellsSigns
    ? [negative ? '-Inf' : '', positive ? '+Inf' : '', nan ? 'NaN' : '']
    : [positive || negative ? 'Inf' : '', nan ? 'NaN' : ''];
  const found = words.filter((word) => word !== '');
  if (found.length === 0) return undefined;
  return `Tensor had ${found.length === 1 ? found[0] : `${found.slice(0, -1).join(', ')} and ${found[found.length - 1]}`} values`;
}

export const CheckNumerics = host(([tensor], { attrs }) => {
  const what = illness(tensor!, false);
  if (what !== undefined) invalid(`${attrs.string('message')} : ${what}`);
  return [tensor!];
});

export const CheckNumericsV2 = host(([tensor], { attrs }) => {
  const what = illness(tensor!, true);
  if (what !== undefined) invalid(`${attrs.string('message')} : ${what}`);
  return [tensor!];
});

/** Writes its message and values to standard error the first `first_n` times, and gives its input. */
export const Print = host(([input, ...data], { attrs, node, session }) => {
  const most = attrs.int('first_n');
  const counter = session.getOrCreate('', `print/${node}`, () => ({ count: 0 }));
  if (most < 0 || counter.count < most) {
    counter.count++;
    console.error(attrs.string('message') + data.map((tensor) => `[${summarized(tensor, attrs.int('summarize'))}]`).join(''));
  }
  return [input!];
});

/** Writes a string to standard output or standard error. */
export const PrintV2 = host(([input], { attrs }) => {
  const stream = attrs.string('output_stream');
  const text = textOf((input!.data as Uint8Array[])[0]!) + attrs.string('end').replace(/\n$/, '');
  if (stream === 'stdout') console.log(text);
  else if (stream.startsWith('file://')) invalid(`PrintV2: writing to '${stream}' is not implemented; print to stdout or stderr.`);
  else console.error(text);
  return [];
});

export const AddN = host((inputs) => {
  const first = inputs[0]!;
  if (first.dtype === 'variant') return [tensorOver('variant', [], [addLists(inputs.map(listOf))])];
  for (const input of inputs) {
    if (!sameShape(input.shape, first.shape)) {
      invalid(`Inputs to operation AddN must have the same size and shape.  Input 0: ${shapeText(first.shape)} != input: ${shapeText(input.shape)}`);
    }
  }
  const { dtype, shape } = first;
  const out = decode(dtype, cloned(first).data);
  const add = foldOf('add', dtype);
  for (const input of inputs.slice(1)) {
    const from = decode(dtype, input.data);
    for (let i = 0; i < first.size; i++) add(out, i, from, i);
  }
  return [tensorOver(dtype, shape, encode(dtype, out))];
});

export const AccumulateNV2 = AddN;
