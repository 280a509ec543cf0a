/** Grid programs' expressions and statements in CUDA C: the one table that spells the primitives. */
import { infix, type BinaryPrimitive, type ComparePrimitive, type Dialect, type GridBuffer, type StoredType, type UnaryPrimitive, type ValueType } from '@sessionflow/core/codegen';
import { groupType, storedTypes, valueTypes } from './types.js';

const isFloat = (type: ValueType): boolean => type === 'float32' || type === 'float64';
const isSigned = (type: ValueType): boolean => type === 'int32' || type === 'int64';

/** CUDA's function of a float primitive, as it is called for double. */
const functions: Readonly<Partial<Record<UnaryPrimitive | BinaryPrimitive, string>>> = {
  abs: 'fabs', exp: 'exp', expm1: 'expm1', log: 'log', log1p: 'log1p', sqrt: 'sqrt', rsqrt: 'rsqrt', sin: 'sin', cos: 'cos', tan: 'tan', asin: 'asin',
  acos: 'acos', atan: 'atan', sinh: 'sinh', cosh: 'cosh', tanh: 'tanh', asinh: 'asinh', acosh: 'acosh', atanh: 'atanh', erf: 'erf', erfc: 'erfc',
  lgamma: 'lgamma', floor: 'floor', ceil: 'ceil', trunc: 'trunc', rint: 'rint', mod: 'fmod', pow: 'pow', atan2: 'atan2',
};

const operators: Readonly<Partial<Record<BinaryPrimitive, string>>> = {
  add: '+', sub: '-', mul: '*', div: '/', mod: '%', and: '&', or: '|', xor: '^', shl: '<<', shr: '>>',
};
/** What signed integers take in an operator's place. */
const wrapping: Readonly<Partial<Record<BinaryPrimitive, string>>> = { add: 'add', sub: 'subtract', mul: 'multiply', div: 'divide', mod: 'restOf', shl: 'shiftLeft' };
const comparisons: Readonly<Record<ComparePrimitive, string>> = { eq: '==', ne: '!=', lt: '<', le: '<=', gt: '>', ge: '>=' };

/** A float's function: `expf(x)` for float, `exp(x)` for double. */
const call = (name: string, type: ValueType, ...args: readonly string[]): string => `${name}${type === 'float32' ? 'f' : ''}(${args.join(', ')})`;

function unary(op: UnaryPrimitive, type: ValueType, x: string): string {
  switch (op) {
    case 'neg': return isSigned(type) ? `subtract(${literal(0, type)}, ${x})` : `(-${x})`;
    case 'not': return `!${x}`;
    case 'bitNot': return `~${x}`;
    case 'reciprocal': return infix(one(type), '/', x);
    case 'sign': return `signOf(${x})`;
    case 'sigmoid': case 'digamma': return `${op}(${x})`;
    case 'abs': if (!isFloat(type)) return `absolute(${x})`;
  }
  return call(functions[op]!, type, x);
}

const one = (type: ValueType): string => (type === 'float32' ? '1.0f' : type === 'float64' ? '1.0' : '1');

function binary(op: BinaryPrimitive, type: ValueType, x: string, y: string): string {
  if (op === 'min' || op === 'max') return `${op === 'min' ? 'minimum' : 'maximum'}(${x}, ${y})`;
  if (type === 'bool') return infix(x, op === 'and' ? '&&' : op === 'or' ? '||' : '!=', y);
  if (isFloat(type) && functions[op] !== undefined) return call(functions[op], type, x, y);
  const wrapped = wrapping[op];
  // 64-bit shifts take their count as an int: one overload is enough.
  if (isSigned(type) && wrapped !== undefined) return `${wrapped}(${x}, ${y})`;
  return infix(x, operators[op]!, y);
}

function literal(value: number | bigint | boolean, type: ValueType): string {
  if (typeof value === 'boolean' || type === 'bool') return String(Boolean(value));
  if (isFloat(type)) return floatLiteral(type === 'float32' ? Math.fround(Number(value)) : Number(value), type);
  const whole = BigInt(value);
  const suffix = { int32: '', uint32: 'u', int64: 'll', uint64: 'ull' }[type as 'int32' | 'uint32' | 'int64' | 'uint64'];
  // The least number has no literal of its own: it would be the negative of one that is too large.
  const least = type === 'int32' ? -(2n ** 31n) : -(2n ** 63n);
  if (isSigned(type) && whole === least) return `(-${-whole - 1n}${suffix} - 1)`;
  return whole < 0n ? `(${whole}${suffix})` : `${whole}${suffix}`;
}

function floatLiteral(value: number, type: ValueType): string {
  const isSingle = type === 'float32';
  if (Number.isNaN(value)) return isSingle ? '__int_as_float(0x7fc00000)' : '__longlong_as_double(0x7ff8000000000000ll)';
  if (!Number.isFinite(value)) {
    const infinity = isSingle ? '__int_as_float(0x7f800000)' : '__longlong_as_double(0x7ff0000000000000ll)';
    return value < 0 ? `(-${infinity})` : infinity;
  }
  const digits = String(Math.abs(value));
  const text = `${/[.e]/.test(digits) ? digits : `${digits}.0`}${isSingle ? 'f' : ''}`;
  return value < 0 || Object.is(value, -0) ? `(-${text})` : text;
}

/** The same bits as another type. */
function bitcast(from: ValueType, to: ValueType, x: string): string {
  if (from === to) return x;
  if (isFloat(from)) return from === 'float32' ? (to === 'int32' ? `__float_as_int(${x})` : `__float_as_uint(${x})`) : convert(to, `__double_as_longlong(${x})`);
  if (to === 'float32') return from === 'int32' ? `__int_as_float(${x})` : `__uint_as_float(${x})`;
  return to === 'float64' ? `__longlong_as_double((long long)${x})` : convert(to, x);
}

const convert = (to: ValueType, x: string): string => `(${valueTypes[to]})${x}`;

/** An element in memory as a value. */
export function decode(stored: StoredType, element: string): string {
  switch (stored) {
    case 'bool': return `(${element}.bits != 0)`;
    case 'float16': return `floatOfHalf(${element})`;
    case 'bfloat16': return `floatOfBrain(${element})`;
    case 'int8': case 'int16': return `(int)${element}`;
    case 'uint8': case 'uint16': return `(unsigned)${element}`;
    default: return element;
  }
}

/** A value as an element in memory. */
export function encode(stored: StoredType, value: string): string {
  switch (stored) {
    case 'bool': return `Bool{(unsigned char)(${value})}`;
    case 'float16': return `halfOfFloat(${value})`;
    case 'bfloat16': return `brainOfFloat(${value})`;
    case 'int8': case 'int16': case 'uint8': case 'uint16': return `(${storedTypes[stored]})(${value})`;
    default: return value;
  }
}

const isPlain = (stored: StoredType): boolean => decode(stored, 'x') === 'x';
const groups = (buffer: GridBuffer): string => `Group<${storedTypes[buffer.stored]}, ${buffer.lanes}>`;

export const cudaDialect: Dialect = {
  literal,
  param: ({ word, type }) => (type === 'float32' ? `__int_as_float(words.w[${word}])` : type === 'uint32' ? `(unsigned)words.w[${word}]` : `words.w[${word}]`),
  builtin(name) {
    const [what, axis] = name.split('.') as ['workgroup' | 'thread' | 'workgroups', string];
    return `(int)${{ workgroup: 'blockIdx', thread: 'threadIdx', workgroups: 'gridDim' }[what]}.${axis}`;
  },
  load({ buffer }, index) {
    if (buffer.lanes === 1) return decode(buffer.stored, `${buffer.name}[${index}]`);
    const group = `reinterpret_cast<const ${groups(buffer)}*>(${buffer.name})[${index}]`;
    return isPlain(buffer.stored) ? group : `decode${buffer.lanes}(${group})`;
  },
  element: ({ name }, index) => `${name}[${index}]`,
  lane: (group, lane) => `${group}.v[${lane}]`,
  unary,
  binary,
  compare: (op, _type, x, y) => infix(x, comparisons[op], y),
  select: (_type, condition, x, y) => `(${condition} ? ${x} : ${y})`,
  cast: (from, to, x) => (from === to ? x : to === 'bool' ? infix(x, '!=', '0') : convert(to, x)),
  bitcast,
  fma: (type, x, y, z) => call('fma', type, x, y, z),
  round: (to, x) => (to === 'float16' ? `floatOfHalf(halfOfFloat(${x}))` : `floatOfBrain(brainOfFloat(${x}))`),

  declare: (name, type, lanes, isMutable, value) => `${isMutable ? '' : 'const '}${groupType(type, lanes)} ${name} = ${value};`,
  assign: (name, value) => `${name} = ${value};`,
  store(buffer, _use, index, values) {
    if (buffer.lanes === 1) return `${buffer.name}[${index}] = ${encode(buffer.stored, values[0]!)};`;
    return `reinterpret_cast<${groups(buffer)}*>(${buffer.name})[${index}] = {{${values.map((value) => encode(buffer.stored, value)).join(', ')}}};`;
  },
  setElement: ({ name, lanes }, index, values) => `${name}[${index}] = ${lanes === 1 ? values[0] : `{{${values.join(', ')}}}`};`,
  atomic: (op, { buffer }, _type, index, value) => `atomic${{ add: 'Add', max: 'Max', min: 'Min' }[op]}(&${buffer.name}[${index}], ${value});`,
  if: (condition) => `if (${condition}) {`,
  for: (name, start, end, step) => `for (int ${name} = ${start}; ${name} < ${end}; ${name} += ${step}) {`,
  while: (condition) => `while (${condition}) {`,
  barrier: () => '__syncthreads();',
  fault: (code, detail) => `report(fault, ${code}, ${detail});`,
};
