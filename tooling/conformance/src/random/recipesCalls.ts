/** Functions: calls, branches and loops, whose bodies' nodes ask for devices of their own. */
import * as tf from '@sessionflow/core';
import type { Generator, Known } from './generate.js';
import { isBool, isFloat, isNumber, isStatic, type Recipe } from './recipes.js';
import { addText, attr, nodeText, scalarText, shapeText, typeAttr, typesAttr, typeText } from './snippet.js';

/** A chain of elementwise ops over `a` and `b`. */
interface Body {
  readonly text: string;
  /** The result, as functions name it. */
  readonly result: string;
  readonly bound: number;
}

const calm = ['Neg', 'Abs', 'Maximum', 'Minimum'];

/** `keepsBound`: nothing in it makes numbers larger. */
function bodyOf(g: Generator, dtype: 'float32' | 'int32', bounds: readonly [number, number], keepsBound: boolean): Body {
  const { random } = g;
  const lines: string[] = [scalarText('c', dtype, random.int(-3, 3))];
  const T = typeAttr('T', dtype);
  const values: [string, number][] = [['a', bounds[0]], ['b', bounds[1]], ['c:output:0', 3]];
  for (let i = random.int(1, 4); i > 0; i--) {
    const op = random.pick(keepsBound ? calm : [...calm, 'AddV2', 'Sub', 'Mul', ...(dtype === 'float32' ? ['Relu'] : [])]);
    const isUnary = ['Neg', 'Abs', 'Relu'].includes(op);
    const [x, y] = [random.pick(values.slice(-2)), random.pick(values)];
    const name = `n${i}`;
    lines.push(nodeText({ name, op, inputs: isUnary ? [x[0]] : [x[0], y[0]], device: g.device(), attrs: [T] }, 'node_def'));
    const output = op === 'Relu' ? 'activations' : ['Neg', 'Abs'].includes(op) ? 'y' : 'z';
    values.push([`${name}:${output}:0`, op === 'Mul' ? x[1] * y[1] : op === 'AddV2' || op === 'Sub' ? x[1] + y[1] : isUnary ? x[1] : Math.max(x[1], y[1])]);
  }
  // The result has the shape of a.
  const [last, bound] = values.at(-1) ?? ['a', 1];
  const full = keepsBound ? nodeText({ name: 'full', op: 'Maximum', inputs: [last, 'a'], device: g.device(), attrs: [T] }, 'node_def')
    : nodeText({ name: 'full', op: 'AddV2', inputs: [last, 'a'], device: g.device(), attrs: [T] }, 'node_def');
  return { text: [...lines, full].join('\n'), result: 'full:z:0', bound: keepsBound ? Math.max(bound, bounds[0]) : bound + bounds[0] };
}

function functionText(name: string, args: readonly string[], results: readonly string[], body: string, returns: readonly string[]): string {
  const returned = results.map((result, i) => `ret { key: "${result.split(' ')[0]}" value: "${returns[i]}" }`).join(' ');
  const of = (kind: string, list: readonly string[]): string => list.map((arg) => `${kind} { name: "${arg.split(' ')[0]}" type: ${arg.split(' ')[1]} }`).join(' ');
  return `function { signature { name: "${name}" ${of('input_arg', args)} ${of('output_arg', results)} } ${body} ${returned} }`;
}

function pair(g: Generator): { x: Known & { readonly shape: readonly number[] }; y: Known; dtype: 'float32' | 'int32' } | undefined {
  const x = g.find((v) => isNumber(v) && isStatic(v) && v.bound < 1000);
  const y = x === undefined ? undefined : g.find((v) => v.dtype === x.dtype && isStatic(v) && v.shape.join() === x.shape.join() && v.bound < 1000);
  return x === undefined || y === undefined || !isStatic(x) ? undefined : { x, y, dtype: isFloat(x) ? 'float32' : 'int32' };
}

const call: Recipe = (g) => {
  const found = pair(g);
  if (found === undefined) return;
  const { x, y, dtype } = found;
  const body = bodyOf(g, dtype, [x.bound, y.bound], false);
  const name = `called_${g.random.int(0, 1 << 30)}`;
  const type = typeText(dtype);
  const op = g.random.pick(['PartitionedCall', 'StatefulPartitionedCall', 'direct'] as const);
  const node = op === 'direct' ? nodeText({ name: 'call', op: name, inputs: ['in0', 'in1'], device: g.device() }) : nodeText({
    name: 'call', op, inputs: ['in0', 'in1'], device: g.device(), attrs: [typesAttr('Tin', [dtype, dtype]), typesAttr('Tout', [dtype]), attr('f', `func { name: "${name}" }`)],
  });
  const text = `${node} ${nodeText({ name: 'out', op: 'Identity', inputs: ['call'], attrs: [typeAttr('T', dtype)] })}
    library { ${functionText(name, [`a ${type}`, `b ${type}`], [`r ${type}`], body.text, [body.result])} }`;
  g.add(`call (${op})`, [x, y], (inputs) => shaped(addText(text, inputs, ['out']), x.shape), { bound: body.bound });
};

const branch: Recipe = (g) => {
  const found = pair(g);
  const condition = g.find((v) => isBool(v) && isStatic(v));
  if (found === undefined || condition === undefined) return;
  const { x, y, dtype } = found;
  const [yes, no] = [0, 1].map(() => bodyOf(g, dtype, [x.bound, y.bound], false));
  const name = `branch_${g.random.int(0, 1 << 30)}`;
  const type = typeText(dtype);
  const node = nodeText({
    name: 'choose', op: g.random.pick(['If', 'StatelessIf']), inputs: ['in0', 'in1', 'in2'], device: g.device(),
    attrs: [typeAttr('Tcond', 'bool'), typesAttr('Tin', [dtype, dtype]), typesAttr('Tout', [dtype]), attr('then_branch', `func { name: "${name}_yes" }`), attr('else_branch', `func { name: "${name}_no" }`)],
  });
  const fn = (own: string, body: Body): string => functionText(own, [`a ${type}`, `b ${type}`], [`r ${type}`], body.text, [body.result]);
  const text = `${node} ${nodeText({ name: 'out', op: 'Identity', inputs: ['choose'], attrs: [typeAttr('T', dtype)] })}
    library { ${fn(`${name}_yes`, yes!)} ${fn(`${name}_no`, no!)} }`;
  const axes = condition.shape.map((_, axis) => axis);
  g.add('if', [condition, x, y], ([c, a, b]) => shaped(addText(text, [tf.reduceAny(c as tf.Tensor<'bool'>, axes), a!, b!], ['out']), x.shape), { exact: x.exact && y.exact, bound: Math.max(yes!.bound, no!.bound) });
};

const loop: Recipe = (g) => {
  const found = pair(g);
  if (found === undefined) return;
  const { x, y, dtype } = found;
  const body = bodyOf(g, dtype, [Math.max(x.bound, y.bound), y.bound], true);
  const count = g.random.int(0, 4);
  const name = `loop_${g.random.int(0, 1 << 30)}`;
  const type = typeText(dtype);
  const args = ['i DT_INT32', `a ${type}`, `b ${type}`];
  const int = typeAttr('T', 'int32');
  const cond = functionText(`${name}_cond`, args, ['go DT_BOOL'], `${scalarText('limit', 'int32', count)} ${nodeText({ name: 'less', op: 'Less', inputs: ['i', 'limit:output:0'], device: g.device(), attrs: [int] }, 'node_def')}`, ['less:z:0']);
  const step = functionText(`${name}_body`, args, ['j DT_INT32', `r ${type}`, `s ${type}`],
    `${scalarText('one', 'int32', 1)} ${nodeText({ name: 'next', op: 'AddV2', inputs: ['i', 'one:output:0'], device: g.device(), attrs: [int] }, 'node_def')} ${body.text}`, ['next:z:0', body.result, 'b']);
  const shapes = attr('output_shapes', `list { shape {} shape { ${shapeText(x.shape)} } shape { ${shapeText(x.shape)} } }`);
  const node = nodeText({
    name: 'loop', op: g.random.pick(['While', 'StatelessWhile']), inputs: ['zero', 'in0', 'in1'], device: g.device(),
    attrs: [typesAttr('T', ['int32', dtype, dtype]), attr('cond', `func { name: "${name}_cond" }`), attr('body', `func { name: "${name}_body" }`), ...(g.random.chance(0.7) ? [shapes] : [])],
  });
  const text = `${scalarText('zero', 'int32', 0, 'node')} ${node} ${nodeText({ name: 'out', op: 'Identity', inputs: ['loop:1'], attrs: [typeAttr('T', dtype)] })} library { ${cond} ${step} }`;
  g.add(`while, ${count} times`, [x, y], (inputs) => shaped(addText(text, inputs, ['out']), x.shape), { bound: body.bound });
};

/** What comes out of a function, with the shape that it has. */
function shaped(results: readonly tf.Tensor[], shape: readonly number[]): readonly tf.Tensor[] {
  for (const result of results) result.setShape([...shape]);
  return results;
}

export const callRecipes: readonly Recipe[] = [call, branch, loop];
