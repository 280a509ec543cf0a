/**
 * One-line op signatures, in the grammar of facts/ops.txt:
 *
 *     MatMul(a: T, b: T) -> (product: T) | transpose_a: bool = false; T: type in $float | commutative
 *
 * Argument types are a dtype (`int32`), a type attribute (`T`), either repeated by a number attribute (`N*T`), or a type list
 * (`list(Tin)`), each optionally `ref`. Attributes are `kind`, `kind >= minimum`, `kind in [allowed]`, each optionally `= default`.
 * dtypes are spelled as TensorFlow's C++ does (`half`, `float`); `$name` stands for a set of typeSets.ts.
 */
import { allDTypes, dtypeInfo, type DType } from '../dtypes.js';
import type { AttrKind, AttrValue } from '../graph/attrs.js';
import type { PartialShape } from '../shape.js';
import type { ArgDef, AttrDef, OpSignature } from './opDef.js';
import { Scanner } from './scanner.js';
import { typeSets, type TypeSetName } from './typeSets.js';

const attrKinds: ReadonlySet<string> = new Set<AttrKind>(['string', 'int', 'float', 'bool', 'type', 'shape', 'tensor', 'func']);
const dtypesByName: ReadonlyMap<string, DType> = new Map(allDTypes.map((dtype) => [dtypeInfo[dtype].tfName, dtype]));
const utf8 = new TextEncoder();

const name = /\w+/;
const number = /-?(?:inf|\d+(?:\.\d+)?(?:e[-+]?\d+)?)/;
const bareWord = /[^,\]\s]*/;

/** The op type that a signature defines, without parsing the rest. */
export function signatureType(text: string): string {
  return new Scanner(text).match(name, 'an op type');
}

/** Parses a signature. A mistake in it is a bug: InternalError. */
export function parseSignature(text: string): OpSignature {
  const scanner = new Scanner(text);
  const type = scanner.match(name, 'an op type');
  const inputs = parseArgs(scanner);
  scanner.expect('->');
  const outputs = parseArgs(scanner);
  const attrs: AttrDef[] = [];
  const flags = new Set<string>();
  let deprecatedAt: number | undefined;
  while (scanner.take('|')) {
    const isAttrs = scanner.peek(/\w+:/) !== undefined;
    do {
      if (isAttrs) attrs.push(parseAttr(scanner));
      else if (scanner.take('deprecated at')) deprecatedAt = Number(scanner.match(/\d+/, 'a version'));
      else flags.add(scanner.match(/stateful|commutative|aggregate|uninitialized input ok/, 'a flag'));
    } while (scanner.take(isAttrs ? ';' : ','));
  }
  if (!scanner.atEnd()) scanner.fail('the end');
  return {
    type,
    inputs,
    outputs,
    attrs,
    isStateful: flags.has('stateful'),
    isCommutative: flags.has('commutative'),
    isAggregate: flags.has('aggregate'),
    allowsUninitializedInput: flags.has('uninitialized input ok'),
    ...(deprecatedAt === undefined ? {} : { deprecatedAt }),
  };
}

function parseArgs(scanner: Scanner): ArgDef[] {
  const args: ArgDef[] = [];
  scanner.expect('(');
  if (scanner.take(')')) return args;
  do args.push(parseArg(scanner));
  while (scanner.take(','));
  scanner.expect(')');
  return args;
}

function parseArg(scanner: Scanner): ArgDef {
  const argName = scanner.match(name, 'an argument name');
  scanner.expect(':');
  const isRef = scanner.take('ref ');
  if (scanner.take('list(')) {
    const typeListAttr = scanner.match(name, 'a type list attribute');
    scanner.expect(')');
    return { name: argName, typeListAttr, isRef };
  }
  const first = scanner.match(name, 'a dtype or attribute');
  const isList = scanner.take('*');
  const element = isList ? scanner.match(name, 'a dtype or attribute') : first;
  const dtype = dtypesByName.get(element);
  return { name: argName, ...(dtype === undefined ? { typeAttr: element } : { dtype }), ...(isList ? { numberAttr: first } : {}), isRef };
}

function parseAttr(scanner: Scanner): AttrDef {
  const attrName = scanner.match(name, 'an attribute name');
  scanner.expect(':');
  const isList = scanner.take('list(');
  const kind = scanner.match(name, 'an attribute type');
  if (!isKind(kind)) return scanner.fail(`an attribute type instead of '${kind}'`);
  if (isList) scanner.expect(')');
  const minimum = scanner.take('>=') ? Number(scanner.match(/-?\d+/, 'a minimum')) : undefined;
  let allowedTypes: DType[] | undefined;
  let allowedStrings: string[] | undefined;
  if (scanner.take('in')) {
    if (kind === 'type') allowedTypes = parseTypeSet(scanner);
    else if (kind === 'string') allowedStrings = parseList(scanner, () => scanner.match(bareWord, 'a string'));
    else return scanner.fail(`no set of allowed values for ${kind}`);
  }
  const fallback = scanner.take('=') ? parseDefault(scanner, kind, isList) : undefined;
  return {
    name: attrName,
    kind,
    isList,
    ...(fallback === undefined ? {} : { default: fallback }),
    ...(minimum === undefined ? {} : { minimum }),
    ...(allowedTypes === undefined ? {} : { allowedTypes }),
    ...(allowedStrings === undefined ? {} : { allowedStrings }),
  };
}

function isKind(text: string): text is AttrKind {
  return attrKinds.has(text);
}

/** `$float`, or a bracketed list of dtypes and sets. */
function parseTypeSet(scanner: Scanner): DType[] {
  const member = (): readonly DType[] => {
    if (!scanner.take('$')) return [parseDType(scanner)];
    const set = scanner.match(name, 'the name of a type set');
    return isTypeSet(set) ? typeSets[set] : scanner.fail(`a type set instead of '$${set}'`);
  };
  const members = scanner.peek(/\[/) === undefined ? [member()] : parseList(scanner, member);
  return [...new Set(members.flat())];
}

function isTypeSet(text: string): text is TypeSetName {
  return Object.hasOwn(typeSets, text);
}

function parseDType(scanner: Scanner): DType {
  const word = scanner.match(name, 'a dtype');
  return dtypesByName.get(word) ?? scanner.fail(`a dtype instead of '${word}'`);
}

function parseList<T>(scanner: Scanner, element: () => T): T[] {
  const list: T[] = [];
  scanner.expect('[');
  if (scanner.take(']')) return list;
  do list.push(element());
  while (scanner.take(','));
  scanner.expect(']');
  return list;
}

function parseDefault(scanner: Scanner, kind: AttrKind, isList: boolean): AttrValue {
  switch (kind) {
    case 'string': {
      const value = (): Uint8Array => utf8.encode(parseString(scanner));
      return isList ? { kind: 'list', of: kind, value: parseList(scanner, value) } : { kind, value: value() };
    }
    case 'int':
    case 'float': {
      const value = (): number => Number(scanner.match(number, 'a number').replace('inf', 'Infinity'));
      return isList ? { kind: 'list', of: kind, value: parseList(scanner, value) } : { kind, value: value() };
    }
    case 'bool': {
      const value = (): boolean => scanner.match(/true|false|True|False/, 'true or false').toLowerCase() === 'true';
      return isList ? { kind: 'list', of: kind, value: parseList(scanner, value) } : { kind, value: value() };
    }
    case 'type': {
      const value = (): DType => parseDType(scanner);
      return isList ? { kind: 'list', of: kind, value: parseList(scanner, value) } : { kind, value: value() };
    }
    case 'shape': {
      const value = (): PartialShape => parseShape(scanner);
      return isList ? { kind: 'list', of: kind, value: parseList(scanner, value) } : { kind, value: value() };
    }
    case 'tensor':
    case 'func':
      if (isList && scanner.take('[]')) return { kind: 'list', of: kind, value: [] };
      return scanner.fail(`no default of kind ${kind}`);
    default:
      return kind satisfies never;
  }
}

/** Quoted with escapes, or (in lists) bare. */
function parseString(scanner: Scanner): string {
  if (scanner.peek(/'/) === undefined) return scanner.match(bareWord, 'a string');
  const quoted = scanner.match(/'(?:[^'\\]|\\.)*'/, 'a quoted string');
  const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };
  return quoted.slice(1, -1).replace(/\\(.)/g, (_, escaped: string) => escapes[escaped] ?? escaped);
}

/** `?` (unknown rank) or a bracketed list of sizes and `?`. */
function parseShape(scanner: Scanner): PartialShape {
  if (scanner.take('?')) return null;
  return parseList(scanner, () => (scanner.take('?') ? null : Number(scanner.match(/\d+/, 'a size'))));
}
