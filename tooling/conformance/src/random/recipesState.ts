/**
 * Variables, by reference and by handle: set, read, changed and read again within one run, in an order that control edges say. Every node asks
 * for a device of its own; reference edges and handles must hold them together.
 */
import type { Generator } from './generate.js';
import { isNumber, isStatic, type Recipe } from './recipes.js';
import { addText, attr, nodeText, shapeText, typeAttr, typesAttr, typeText } from './snippet.js';

const initial = ['in0'];

/** Two values of one dtype and shape: what the variable is set to, and what is added. */
function operands(g: Generator) {
  const x = g.find((v) => isNumber(v) && isStatic(v));
  const y = x === undefined ? undefined : g.find((v) => v.dtype === x.dtype && isStatic(v) && v.shape.join() === x.shape.join());
  return x === undefined || y === undefined || !isStatic(x) ? undefined : { x, y };
}

const byReference: Recipe = (g) => {
  const found = operands(g);
  if (found === undefined) return;
  const { x, y } = found;
  const T = typeAttr('T', x.dtype);
  const [home, setter, reader, adder] = [0, 1, 2, 3].map(() => g.device());
  const chained = g.random.chance(0.5);
  const text = [
    nodeText({ name: 'v', op: 'VariableV2', device: home, attrs: [typeAttr('dtype', x.dtype), attr('shape', `shape { ${shapeText(x.shape)} }`)] }),
    nodeText({ name: 'set', op: 'Assign', inputs: ['v', ...initial], device: setter, attrs: [T] }),
    nodeText({ name: 'first', op: 'Identity', inputs: [chained ? 'set' : 'v', '^set'], device: reader, attrs: [T] }),
    nodeText({ name: 'add', op: 'AssignAdd', inputs: [chained ? 'set' : 'v', 'in1', '^first', '^set'], device: adder, attrs: [T] }),
    nodeText({ name: 'second', op: 'Mul', inputs: ['add', 'add'], device: g.device(), attrs: [T] }),
    nodeText({ name: 'third', op: 'Sub', inputs: ['v', 'first', '^second', '^add'], device: g.device(), attrs: [T] }),
  ].join('\n');
  const sum = x.bound + y.bound;
  g.add(`variable by reference${chained ? ', chained' : ''} on ${home}`, [x, y], (inputs) => addText(text, inputs, ['first', 'second', 'third']), { bound: sum * sum, isStateful: true });
};

const byHandle: Recipe = (g) => {
  const found = operands(g);
  if (found === undefined) return;
  const { x, y } = found;
  const dtype = typeAttr('dtype', x.dtype);
  const shape = attr('shape', `shape { ${shapeText(x.shape)} }`);
  const passes = g.random.pick(['directly', 'through Identity', 'through a call', 'through a call of a call']);
  const [home, other] = [g.device(), g.device()];
  const name = `pass_${passes.replaceAll(' ', '_')}_${g.random.int(0, 1 << 30)}`;
  const call = (callee: string, input: string, kind: 'node' | 'node_def') => nodeText({
    name: 'call', op: g.random.pick(['PartitionedCall', 'StatefulPartitionedCall']), inputs: [input], device: kind === 'node' ? other : g.device(),
    attrs: [typesAttr('Tin', ['resource']), typesAttr('Tout', ['resource']), attr('f', `func { name: "${callee}" }`)],
  }, kind);
  const functionText = (own: string, body: string, result: string): string => `function {
    signature { name: "${own}" input_arg { name: "h" type: ${typeText('resource')} } output_arg { name: "o" type: ${typeText('resource')} } is_stateful: true }
    ${body} ret { key: "o" value: "${result}" } }`;
  const inner = functionText(name, nodeText({ name: 'same', op: 'Identity', inputs: ['h'], device: g.device(), attrs: [typeAttr('T', 'resource')] }, 'node_def'), 'same:output:0');
  const outer = functionText(`${name}_outer`, call(name, 'h', 'node_def'), 'call:output:0');
  const [between, handle, library] = {
    'directly': ['', 'v', ''],
    'through Identity': [nodeText({ name: 'same', op: 'Identity', inputs: ['v'], device: other, attrs: [typeAttr('T', 'resource')] }), 'same', ''],
    'through a call': [call(name, 'v', 'node'), 'call', `library { ${inner} }`],
    'through a call of a call': [call(`${name}_outer`, 'v', 'node'), 'call', `library { ${inner} ${outer} }`],
  }[passes] ?? ['', 'v', ''];
  const text = [
    nodeText({ name: 'v', op: 'VarHandleOp', device: home, attrs: [dtype, shape, attr('shared_name', `s: "v${g.random.int(0, 1 << 30)}"`)] }),
    between,
    nodeText({ name: 'set', op: 'AssignVariableOp', inputs: ['v', ...initial], device: g.device(), attrs: [dtype] }),
    nodeText({ name: 'first', op: 'ReadVariableOp', inputs: [handle!, '^set'], device: g.device(), attrs: [dtype] }),
    nodeText({ name: 'add', op: 'AssignAddVariableOp', inputs: [handle!, 'in1', '^first'], device: g.device(), attrs: [dtype] }),
    nodeText({ name: 'second', op: 'ReadVariableOp', inputs: ['v', '^add'], device: g.device(), attrs: [dtype] }),
    library,
  ].join('\n');
  g.add(`variable by handle, ${passes}, on ${home}`, [x, y], (inputs) => addText(text, inputs, ['first', 'second']), { bound: x.bound + y.bound, isStateful: true });
};

export const stateRecipes: readonly Recipe[] = [byReference, byHandle];
