/**
 * Grid programs as JavaScript: what a machine without an accelerator runs them as. Every load and store is checked against its buffer, and a pass
 * with barriers is a generator, so that the threads of a workgroup go from barrier to barrier together.
 */
import type { BinaryPrimitive, ComparePrimitive } from '../../expr.js';
import { infix, printBody, type Dialect } from '../print.js';
import type { GridArray, GridBuffer, GridPass } from '../program.js';
import { isFloat, type ValueType } from '../types.js';
import { factsOf } from '../walk.js';

/**
 * The text of a function of (buffers by binding, words, floats, runtime) that gives a thread: a function (or generator function, if the pass has
 * barriers) of (workgroup x, y, z, thread x, y, z, workgroups x, y, z, shared arrays).
 */
export function printJavaScript(pass: GridPass): string {
  const { buffers, params, hasBarrier } = factsOf(pass);
  const shared = pass.arrays.filter(({ space }) => space === 'shared');
  const ids = ['workgroup', 'thread', 'workgroups'].flatMap((id) => ['x', 'y', 'z'].map((axis) => `${id}_${axis}`));
  return [
    '"use strict";',
    'const { fround, imul, load, loadGroup, store, element, setElement, atomic, fault, unary, power, atan2, minimum, maximum, toInt32, toUint32, toInt64, toUint64, bits, round, newArray } = runtime;',
    ...buffers.map(({ buffer }) => `const ${buffer.name} = buffers[${buffer.binding}];`),
    ...params.map(({ name, word, type }) => `const ${name} = ${type === 'float32' ? 'floats' : 'words'}[${word}]${type === 'uint32' ? ' >>> 0' : ''};`),
    `return function${hasBarrier ? '*' : ''} (${[...ids, ...shared.map(({ name }) => name)].join(', ')}) {`,
    ...pass.arrays.filter(({ space }) => space === 'private').map((array) => `  const ${array.name} = newArray('${array.type}', ${array.length * array.lanes});`),
    printBody(pass, javaScript),
    '};',
  ].join('\n');
}

/** Brings the result of an operation back to its type. */
function typed(type: ValueType, code: string): string {
  switch (type) {
    case 'float32': return `fround(${code})`;
    case 'int32': return `(${code} | 0)`;
    case 'uint32': return `(${code} >>> 0)`;
    case 'int64': return `BigInt.asIntN(64, ${code})`;
    case 'uint64': return `BigInt.asUintN(64, ${code})`;
    case 'float64': case 'bool': return `(${code})`;
    default: return type satisfies never;
  }
}

const isBig = (type: ValueType): boolean => type === 'int64' || type === 'uint64';
const zero = (type: ValueType): string => (isBig(type) ? '0n' : '0');

const comparisons: Readonly<Record<ComparePrimitive, string>> = { eq: '===', ne: '!==', lt: '<', le: '<=', gt: '>', ge: '>=' };

function binary(op: BinaryPrimitive, type: ValueType, x: string, y: string): string {
  switch (op) {
    case 'add': return typed(type, `${x} + ${y}`);
    case 'sub': return typed(type, `${x} - ${y}`);
    case 'mul': return type === 'int32' ? `imul(${x}, ${y})` : type === 'uint32' ? `(imul(${x}, ${y}) >>> 0)` : typed(type, `${x} * ${y}`);
    case 'div': return typed(type, `${x} / ${y}`);
    case 'mod': return typed(type, `${x} % ${y}`);
    case 'min': return `minimum(${x}, ${y})`;
    case 'max': return `maximum(${x}, ${y})`;
    case 'pow': return typed(type, `power(${x}, ${y})`);
    case 'atan2': return typed(type, `atan2(${x}, ${y})`);
    case 'and': return type === 'bool' ? infix(x, '&&', y) : typed(type, infix(x, '&', y));
    case 'or': return type === 'bool' ? infix(x, '||', y) : typed(type, infix(x, '|', y));
    case 'xor': return type === 'bool' ? infix(x, '!==', y) : typed(type, infix(x, '^', y));
    case 'shl': return typed(type, infix(x, '<<', y));
    case 'shr': return typed(type, infix(x, type === 'uint32' ? '>>>' : '>>', y));
    default: return op satisfies never;
  }
}

function cast(from: ValueType, to: ValueType, x: string): string {
  if (from === to) return x;
  if (to === 'bool') return infix(x, '!==', zero(from));
  if (from === 'bool') return isBig(to) ? `(${x} ? 1n : 0n)` : `(${x} ? 1 : 0)`;
  if (isFloat(to)) return typed(to, isBig(from) ? `Number(${x})` : x);
  if (isFloat(from)) return { int32: `toInt32(${x})`, uint32: `toUint32(${x})`, int64: `toInt64(${x})`, uint64: `toUint64(${x})` }[to];
  if (isBig(from)) return isBig(to) ? typed(to, x) : typed(to, `Number(BigInt.asIntN(32, ${x}))`);
  return typed(to, isBig(to) ? `BigInt(${x})` : x);
}

const text = (value: string): string => `'${value}'`;
const isHalf = (buffer: GridBuffer): boolean => buffer.stored === 'float16' || buffer.stored === 'bfloat16';
/** A loaded element as a value. */
const decoded = (buffer: GridBuffer, code: string): string => (buffer.stored === 'bool' ? `(${code} !== 0)` : code);
const decodedElement = (array: GridArray, code: string): string => (array.type === 'bool' ? `(${code} !== 0)` : code);
const encoded = (isBool: boolean, code: string): string => (isBool ? `(${code} ? 1 : 0)` : code);

const javaScript: Dialect = {
  literal(value, type) {
    const code = typeof value === 'bigint' ? `${value}n` : Object.is(value, -0) ? '-0' : type === 'float32' ? String(Math.fround(Number(value))) : String(value);
    return code.startsWith('-') ? `(${code})` : code;
  },
  param: ({ name }) => name,
  builtin: (name) => name.replace('.', '_'),
  load({ buffer }, index) {
    const half = isHalf(buffer) ? `, ${text(buffer.stored)}` : '';
    if (buffer.lanes > 1) return `loadGroup(${buffer.name}, ${index}, ${buffer.lanes}, ${text(buffer.name)}${half})`;
    return decoded(buffer, `load(${buffer.name}, ${index}, ${text(buffer.name)}${half})`);
  },
  element(array, index) {
    if (array.lanes > 1) return `loadGroup(${array.name}, ${index}, ${array.lanes}, ${text(array.name)})`;
    return decodedElement(array, `element(${array.name}, ${index}, ${text(array.name)})`);
  },
  lane: (group, lane) => `${group}[${lane}]`,
  unary(op, type, x) {
    if (op === 'not') return `!${x}`;
    if (op === 'neg') return typed(type, `-${x}`);
    if (op === 'bitNot') return typed(type, `~${x}`);
    if (op === 'abs') return typed(type, `(${x} < ${zero(type)} ? -${x} : ${isFloat(type) ? `Math.abs(${x})` : x})`);
    return typed(type, `unary.${op}(${x})`);
  },
  binary,
  compare: (op, _type, x, y) => infix(x, comparisons[op], y),
  select: (_type, condition, x, y) => `(${condition} ? ${x} : ${y})`,
  cast,
  bitcast: (from, to, x) => `bits(${text(from)}, ${text(to)}, ${x})`,
  fma: (type, x, y, z) => typed(type, `${x} * ${y} + ${z}`),
  round: (to, x) => `round(${text(to)}, ${x})`,

  declare: (name, _type, _lanes, isMutable, value) => `${isMutable ? 'let' : 'const'} ${name} = ${value};`,
  assign: (name, value) => `${name} = ${value};`,
  store(buffer, _use, index, values) {
    const own = values.map((value) => encoded(buffer.stored === 'bool', value)).join(', ');
    return `store(${buffer.name}, ${index}, [${own}], ${text(buffer.name)}${isHalf(buffer) ? `, ${text(buffer.stored)}` : ''});`;
  },
  setElement: (array, index, values) => `setElement(${array.name}, ${index}, [${values.map((value) => encoded(array.type === 'bool', value)).join(', ')}], ${text(array.name)});`,
  atomic: (op, { buffer }, _type, index, value) => `atomic(${text(op)}, ${buffer.name}, ${index}, ${value}, ${text(buffer.name)});`,
  if: (condition) => `if (${condition}) {`,
  for: (name, start, end, step) => `for (let ${name} = ${start}; ${name} < ${end}; ${name} += ${step}) {`,
  while: (condition) => `while (${condition}) {`,
  barrier: () => 'yield;',
  fault: (code, detail) => `fault(${code}, ${detail});`,
};
