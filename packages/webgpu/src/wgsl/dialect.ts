/** How WGSL spells grid programs. What floats need beyond WGSL's promises is a function of `functions/`. */
import {
  infix, isInteger, type BinaryPrimitive, type BufferUse, type ComparePrimitive, type Dialect, type GridArray, type GridBuffer, type Lanes, type UnaryPrimitive, type ValueType,
} from '@sessionflow/core/codegen';
import { InternalError } from '@sessionflow/core/device';
import { number } from './functions/function.js';

/** WGSL's name of a value's type. */
export function typeName(type: ValueType): string {
  switch (type) {
    case 'bool': return 'bool';
    case 'int32': return 'i32';
    case 'uint32': return 'u32';
    case 'float32': return 'f32';
    default: throw new InternalError(`internal: WGSL has no ${type}.`);
  }
}

export const vectorName = (name: string, lanes: Lanes): string => (lanes === 1 ? name : `vec${lanes}<${name}>`);

/** WGSL's name of an element in memory. */
export function elementName({ stored }: GridBuffer): string {
  if (stored === 'float16') return 'f16';
  if (stored === 'int8' || stored === 'uint8' || stored === 'int16' || stored === 'uint16' || stored === 'bfloat16' || stored === 'bool') {
    throw new InternalError(`internal: WGSL memory holds no ${stored}.`);
  }
  return typeName(stored);
}

function literal(value: number | bigint | boolean, type: ValueType): string {
  switch (type) {
    case 'bool': return String(Boolean(value));
    case 'int32': return Number(value) === -2147483648 ? 'i32(-2147483648)' : Number(value) < 0 ? `(${Number(value)}i)` : `${Number(value)}i`;
    case 'uint32': return `${Number(value)}u`;
    case 'float32': {
      const x = Math.fround(Number(value));
      if (Number.isNaN(x)) return 'tf_nan()';
      if (!Number.isFinite(x)) return x > 0 ? 'tf_infinity()' : '(-tf_infinity())';
      return x < 0 || Object.is(x, -0) ? `(-${number(-x)})` : number(x);
    }
    default: throw new InternalError(`internal: WGSL has no ${type}.`);
  }
}

const floatUnary: Readonly<Record<Exclude<UnaryPrimitive, 'not' | 'bitNot'>, (x: string) => string>> = {
  neg: (x) => `(-${x})`, abs: (x) => `abs(${x})`, sign: (x) => `tf_sign(${x})`,
  exp: (x) => `tf_exp(${x})`, expm1: (x) => `tf_expm1(${x})`, log: (x) => `tf_log(${x})`, log1p: (x) => `tf_log1p(${x})`,
  sqrt: (x) => `sqrt(${x})`, rsqrt: (x) => infix('1.0f', '/', `sqrt(${x})`), reciprocal: (x) => infix('1.0f', '/', x),
  sin: (x) => `tf_sin(${x})`, cos: (x) => `tf_cos(${x})`, tan: (x) => `tf_tan(${x})`,
  asin: (x) => `tf_asin(${x})`, acos: (x) => `tf_acos(${x})`, atan: (x) => `tf_atan(${x})`,
  sinh: (x) => `tf_sinh(${x})`, cosh: (x) => `tf_cosh(${x})`, tanh: (x) => `tf_tanh(${x})`,
  asinh: (x) => `tf_asinh(${x})`, acosh: (x) => `tf_acosh(${x})`, atanh: (x) => `tf_atanh(${x})`,
  erf: (x) => `tf_erf(${x})`, erfc: (x) => `tf_erfc(${x})`, lgamma: (x) => `tf_lgamma(${x})`, digamma: (x) => `tf_digamma(${x})`,
  floor: (x) => `floor(${x})`, ceil: (x) => `ceil(${x})`, trunc: (x) => `trunc(${x})`, rint: (x) => `round(${x})`, sigmoid: (x) => `tf_sigmoid(${x})`,
};

function unary(op: UnaryPrimitive, type: ValueType, x: string): string {
  if (op === 'not') return `(!${x})`;
  if (op === 'bitNot') return `(~${x})`;
  if (type === 'float32') return floatUnary[op](x);
  if (op === 'neg') return `(-${x})`;
  if (op === 'abs') return `abs(${x})`;
  throw new InternalError(`internal: ${op} of ${type} reached WGSL.`);
}

const infixes: Readonly<Partial<Record<BinaryPrimitive, string>>> = { add: '+', sub: '-', mul: '*', div: '/' };
// Not && and ||: those are branches to a compiler, and a row of them in a loop keeps SwiftShader's busy for minutes.
const boolInfixes: Readonly<Partial<Record<BinaryPrimitive, string>>> = { and: '&', or: '|', xor: '!=' };
const wordInfixes: Readonly<Partial<Record<BinaryPrimitive, string>>> = { ...infixes, mod: '%', and: '&', or: '|', xor: '^' };

function binary(op: BinaryPrimitive, type: ValueType, x: string, y: string): string {
  const operator = (type === 'bool' ? boolInfixes : type === 'float32' ? infixes : wordInfixes)[op];
  if (operator !== undefined) return infix(x, operator, y);
  if (type === 'float32') {
    if (op === 'mod') return `tf_fmod(${x}, ${y})`;
    return `tf_${op}(${x}, ${y})`;
  }
  if (op === 'min' || op === 'max') return `${op}(${x}, ${y})`;
  if (op === 'shl' || op === 'shr') return infix(x, op === 'shl' ? '<<' : '>>', type === 'uint32' ? y : `u32(${y})`);
  throw new InternalError(`internal: ${op} of ${type} reached WGSL.`);
}

const comparisons: Readonly<Record<ComparePrimitive, string>> = { eq: '==', ne: '!=', lt: '<', le: '<=', gt: '>', ge: '>=' };

function compare(op: ComparePrimitive, type: ValueType, x: string, y: string): string {
  // A number that differs from itself: a compiler that believes in no NaN would answer for it.
  if (type === 'float32' && x === y && op === 'ne') return `tf_is_nan(${x})`;
  if (type === 'float32' && x === y && op === 'eq') return `(!tf_is_nan(${x}))`;
  // Compilers take `!=` of floats for "less or greater", which NaN is not.
  if (type === 'float32' && op === 'ne') return `(!${infix(x, '==', y)})`;
  return infix(x, comparisons[op], y);
}

function cast(from: ValueType, to: ValueType, x: string): string {
  if (from === to) return x;
  if (to === 'bool') return compare('ne', from, x, literal(0, from));
  if (from === 'float32') return to === 'uint32' ? `tf_to_u32(${x})` : `tf_to_i32(${x})`;
  return `${typeName(to)}(${x})`;
}

const atomicName = { add: 'atomicAdd', max: 'atomicMax', min: 'atomicMin' } as const;

/** The spelling for one pass. `writesMemory`: whether a barrier must show writes to buffers, too. */
export function wgslDialect(writesMemory: boolean): Dialect {
  return {
    literal,
    param: ({ name }) => name,
    builtin: (name) => name,
    load({ buffer, isAtomic }: BufferUse, index) {
      if (isAtomic) return `atomicLoad(&${buffer.name}[${index}])`;
      const element = `${buffer.name}[${index}]`;
      return buffer.stored === 'float16' ? `${vectorName('f32', buffer.lanes)}(${element})` : element;
    },
    element: (array, index) => `${array.name}[${index}]`,
    lane: (group, lane) => `${group}.${'xyzw'[lane]!}`,
    unary, binary, compare, cast,
    select: (_type, condition, x, y) => `select(${y}, ${x}, ${condition})`,
    bitcast: (_from, to, x) => `bitcast<${typeName(to)}>(${x})`,
    fma: (_type, x, y, z) => infix(z, '+', `${x} * ${y}`),
    round: (to, x) => (to === 'float16' ? `tf_round_f16(${x})` : `tf_round_bf16(${x})`),
    declare: (name, _type, _lanes, isMutable, value) => `${isMutable ? 'var' : 'let'} ${name} = ${value};`,
    assign: (name, value) => `${name} = ${value};`,
    store(buffer, { isAtomic }, index, values) {
      const own = buffer.stored === 'float16' ? values.map((value) => `f16(${value})`) : values;
      if (isAtomic) return `atomicStore(&${buffer.name}[${index}], ${own[0]!});`;
      return `${buffer.name}[${index}] = ${grouped(elementName(buffer), buffer.lanes, own)};`;
    },
    setElement: (array: GridArray, index, values) => `${array.name}[${index}] = ${grouped(typeName(array.type), array.lanes, values)};`,
    atomic: (op, { buffer }, type, index, value) => {
      if (!isInteger(type)) throw new InternalError(`internal: WGSL has no atomic ${op} of ${type}.`);
      return `${atomicName[op]}(&${buffer.name}[${index}], ${value});`;
    },
    if: (condition) => `if (${condition}) {`,
    for: (name, start, end, step) => `for (var ${name} = ${start}; ${name} < ${end}; ${name} += ${step}) {`,
    while: (condition) => `while (${condition}) {`,
    barrier: () => (writesMemory ? 'storageBarrier(); workgroupBarrier();' : 'workgroupBarrier();'),
    fault: (code, detail) => `report_fault(${code}i, ${detail});`,
  };
}

const grouped = (name: string, lanes: Lanes, values: readonly string[]): string => (lanes === 1 ? values[0]! : `${vectorName(name, lanes)}(${values.join(', ')})`);
