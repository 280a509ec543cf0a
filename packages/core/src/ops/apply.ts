/** A call of an op function: arguments to inputs and attributes, then an operation in the graph. The convention is in defineOp.ts. */
import type { DType } from '../dtypes.js';
import { ValueError } from '../errors.js';
import type { AttrValue } from '../graph/attrs.js';
import { typeName } from '../graph/elements.js';
import type { Graph } from '../graph/graph.js';
import type { Operation } from '../graph/operation.js';
import type { Tensor } from '../graph/tensor.js';
import { unknownOption } from '../options.js';
import { isPlainObject } from '../plainObject.js';
import { getDefaultGraph } from '../state/defaultGraph.js';
import { argCounts } from './argTypes.js';
import { toAttrValue } from './attrValues.js';
import { convertToTensor, literalKind, ownDType, tensorsIn } from './convert.js';
import type { ArgDef, AttrDef, OpDefinition, OpSignature } from './opDef.js';

/** What every op function takes in its options. */
export interface OpOptions {
  /** The wish for the operation's name; by default the op type. */
  readonly name?: string | undefined;
}

/** Adds the op to the graph of its tensor arguments (else to the default graph) and gives its outputs as defineOp.ts says. */
export function applyOp(definition: OpDefinition, args: readonly unknown[]): unknown {
  const call = readArguments(definition, args);
  const graph = graphOf(definition, call.inputs);
  const name = call.name ?? definition.type;
  return graph.nameScope(name, (scope) => {
    const attrs = new Map(call.attrs);
    inferTypes(definition, call.inputs, attrs);
    const inputs = definition.inputs.flatMap((arg, i) => convertInput(graph, definition, arg, call.inputs[i], attrs));
    const complete: Record<string, AttrValue> = {};
    for (const def of definition.attrs) {
      const value = attrs.get(def.name) ?? def.default;
      if (value === undefined) throw new TypeError(`${definition.type}: missing argument '${camelCase(def.name)}' (${kindText(def)}).`);
      complete[def.name] = value;
    }
    return resultOf(graph.createOperation({ definition, inputs, attrs: complete, name: scope }));
  });
}

interface CallArguments {
  readonly inputs: readonly unknown[];
  readonly attrs: ReadonlyMap<string, AttrValue>;
  readonly name: string | undefined;
}

function readArguments(definition: OpDefinition, given: readonly unknown[]): CallArguments {
  // Wrappers hand their own optional arguments on: undefined ones at the end were not given.
  const inputCount = definition.inputs.length;
  const args = given.slice(0, Math.max(given.findLastIndex((arg) => arg !== undefined) + 1, inputCount));
  const required = positionalAttrs(definition);
  const most = inputCount + required.length;
  const last = args.at(-1);
  const hasOptions =
    args.length > inputCount && isPlainObject(last) && (args.length === most + 1 || required[args.length - 1 - inputCount]?.kind !== 'func');
  const positional = hasOptions ? args.slice(0, -1) : args;
  if (positional.length < inputCount || positional.length > most) {
    const names = [...definition.inputs, ...required].map((part) => camelCase(part.name)).join(', ');
    throw new TypeError(`${definition.type} takes (${names}) and options, but ${positional.length} positional arguments were given.`);
  }
  const attrs = new Map<string, AttrValue>();
  positional.slice(inputCount).forEach((value, i) => {
    const def = required[i]!;
    if (value !== undefined) attrs.set(def.name, toAttrValue(def, value, definition.type));
  });
  const name = hasOptions ? readOptions(definition, last, attrs) : undefined;
  return { inputs: positional.slice(0, inputCount), attrs, name };
}

function readOptions(
  definition: OpDefinition,
  options: Readonly<Record<string, unknown>>,
  attrs: Map<string, AttrValue>,
): string | undefined {
  let name: string | undefined;
  for (const [key, given] of Object.entries(options)) {
    if (given === undefined) continue;
    if (key === 'name') {
      if (typeof given !== 'string') throw new TypeError(`${definition.type}: name must be a string, but ${typeName(given)} was given.`);
      name = given;
      continue;
    }
    const def = definition.attrs.find((attr) => attr.name === key || camelCase(attr.name) === key || lowerFirst(attr.name) === key);
    if (def === undefined) {
      const known = ['name', ...definition.attrs.map((attr) => camelCase(attr.name))];
      throw unknownOption(definition.type, key, known);
    }
    attrs.set(def.name, toAttrValue(def, given, definition.type));
  }
  return name;
}

/** Attributes without default that no input determines, in signature order. */
export function positionalAttrs(signature: OpSignature): AttrDef[] {
  const inferred = new Set(signature.inputs.flatMap((arg) => [arg.typeAttr, arg.numberAttr, arg.typeListAttr]));
  return signature.attrs.filter((def) => def.default === undefined && !inferred.has(def.name));
}

function graphOf(definition: OpDefinition, inputs: readonly unknown[]): Graph {
  let first: Tensor | undefined;
  for (const tensor of tensorsIn(inputs)) {
    first ??= tensor;
    if (tensor.graph !== first.graph) {
      throw new ValueError(`${definition.type}: ${tensor.toString()} must be from the same graph as ${first.toString()}.`);
    }
  }
  return first?.graph ?? getDefaultGraph();
}

/** Sets the type attributes that tensors, HostTensors and typed arrays among the inputs determine. */
function inferTypes(definition: OpDefinition, inputs: readonly unknown[], attrs: Map<string, AttrValue>): void {
  definition.inputs.forEach((arg, i) => {
    if (arg.typeAttr === undefined || attrs.has(arg.typeAttr)) return;
    const dtype = ownDType(inputs[i]);
    if (dtype !== undefined) attrs.set(arg.typeAttr, { kind: 'type', value: dtype });
  });
}

function convertInput(graph: Graph, definition: OpDefinition, arg: ArgDef, given: unknown, attrs: Map<string, AttrValue>): Tensor[] {
  let tensors: Tensor[];
  if (arg.typeListAttr !== undefined || arg.numberAttr !== undefined) {
    if (!Array.isArray(given)) {
      throw new TypeError(`Expected list for '${arg.name}' argument to '${definition.type}' Op, not ${typeName(given)}.`);
    }
    const items: readonly unknown[] = given;
    tensors =
      arg.typeListAttr === undefined
        ? convertMany(graph, definition, arg, items, attrs)
        : convertTypes(graph, definition, arg, items, attrs);
  } else {
    tensors = [convertOne(graph, definition, arg, given, attrs, arg.name)];
  }
  if (arg.isRef && !tensors.every((tensor) => tensor.isRef)) {
    throw new TypeError(`'${definition.type}' Op requires that input '${arg.name}' be a mutable tensor (e.g.: a tf.Variable)`);
  }
  return tensors;
}

/** `N*T`: the length gives N, the first element T. */
function convertMany(
  graph: Graph,
  definition: OpDefinition,
  arg: ArgDef,
  items: readonly unknown[],
  attrs: Map<string, AttrValue>,
): Tensor[] {
  const known = attrs.get(arg.numberAttr!);
  if (known?.kind === 'int' && Number(known.value) !== items.length) {
    throw new ValueError(
      `List argument '${arg.name}' to '${definition.type}' Op with length ${items.length} must match length ${known.value} ` +
        `of other arguments.`,
    );
  }
  const def = attrDef(definition, arg.numberAttr!);
  attrs.set(def.name, toAttrValue(def, items.length, definition.type));
  return items.map((item, i) => convertOne(graph, definition, arg, item, attrs, `${arg.name}_${i}`));
}

/** `list(Tin)`: each element has its own dtype. */
function convertTypes(
  graph: Graph,
  definition: OpDefinition,
  arg: ArgDef,
  items: readonly unknown[],
  attrs: Map<string, AttrValue>,
): Tensor[] {
  const known = attrs.get(arg.typeListAttr!);
  const types = known?.kind === 'list' && known.of === 'type' ? known.value : undefined;
  if (types !== undefined && types.length !== items.length) {
    throw new ValueError(
      `List argument '${arg.name}' to '${definition.type}' Op has ${items.length} values, but ${types.length} types are given.`,
    );
  }
  const tensors = items.map((item, i) => convert(graph, definition, arg, item, { dtype: types?.[i] }, `${arg.name}_${i}`));
  const def = attrDef(definition, arg.typeListAttr!);
  attrs.set(
    def.name,
    toAttrValue(
      def,
      tensors.map((tensor) => tensor.dtype),
      definition.type,
    ),
  );
  return tensors;
}

function convertOne(
  graph: Graph,
  definition: OpDefinition,
  arg: ArgDef,
  given: unknown,
  attrs: Map<string, AttrValue>,
  name: string,
): Tensor {
  if (arg.dtype !== undefined) {
    const own = ownDType(given);
    if (own !== undefined && own !== arg.dtype) {
      throw new TypeError(
        `Input '${arg.name}' of '${definition.type}' Op has type ${own} that does not match expected type of ${arg.dtype}.`,
      );
    }
    return convert(graph, definition, arg, given, { dtype: arg.dtype }, name);
  }
  const def = attrDef(definition, arg.typeAttr!);
  const known = attrs.get(def.name);
  if (known?.kind === 'type') {
    const own = ownDType(given);
    if (own !== undefined && own !== known.value) {
      const other = definition.inputs.find((candidate) => candidate.typeAttr === arg.typeAttr);
      const source = other === undefined || other === arg ? `attribute '${def.name}'` : `argument '${other.name}'`;
      throw new TypeError(
        `Input '${arg.name}' of '${definition.type}' Op has type ${own} that does not match type ${known.value} of ${source}.`,
      );
    }
    checkAllowed(definition, arg, def, known.value);
    return convert(graph, definition, arg, given, { dtype: known.value }, name);
  }
  const tensor = convert(graph, definition, arg, given, { preferred: preferredType(def, given) }, name);
  checkAllowed(definition, arg, def, tensor.dtype);
  attrs.set(def.name, { kind: 'type', value: tensor.dtype });
  return tensor;
}

function convert(
  graph: Graph,
  definition: OpDefinition,
  arg: ArgDef,
  given: unknown,
  wish: { readonly dtype?: DType | undefined; readonly preferred?: DType | undefined },
  name: string,
): Tensor {
  try {
    return convertToTensor(graph, given, { ...wish, name });
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof ValueError)) throw error;
    const expected = wish.dtype === undefined ? '' : ` as ${wish.dtype}`;
    const message = `${definition.type}: argument '${camelCase(arg.name)}' cannot be converted to a tensor${expected}: ${error.message}`;
    throw error instanceof ValueError ? new ValueError(message, { cause: error }) : new TypeError(message, { cause: error });
  }
}

function checkAllowed(definition: OpDefinition, arg: ArgDef, def: AttrDef, dtype: DType): void {
  if (def.allowedTypes === undefined || def.allowedTypes.includes(dtype)) return;
  throw new TypeError(
    `Value passed to parameter '${arg.name}' of '${definition.type}' Op has DataType ${dtype} not in list of allowed values: ` +
      def.allowedTypes.join(', '),
  );
}

/** The dtype of a plain value where no other input tells: the attribute's default, else the value's own, else the first allowed. */
function preferredType(def: AttrDef, given: unknown): DType | undefined {
  const kind = literalKind(given);
  if (kind === undefined) return undefined;
  const candidates: readonly DType[] = {
    number: ['float32', 'int32', 'int64', 'float64', 'float16', 'bfloat16', 'int16', 'int8', 'uint8', 'complex64'] as const,
    bigint: ['int64', 'uint64'] as const,
    boolean: ['bool'] as const,
    string: ['string'] as const,
    empty: ['float32', 'int32', 'int64', 'bool', 'string'] as const,
  }[kind];
  const isAllowed = (dtype: DType): boolean => candidates.includes(dtype) && (def.allowedTypes?.includes(dtype) ?? true);
  if (def.default?.kind === 'type' && isAllowed(def.default.value)) return def.default.value;
  return candidates.find(isAllowed);
}

function attrDef(definition: OpDefinition, name: string): AttrDef {
  return definition.attrs.find((attr) => attr.name === name)!;
}

function resultOf(op: Operation): unknown {
  const { outputs } = op.definition;
  if (outputs.length === 0) return op;
  const counts = argCounts(outputs, op.attrs, op.type);
  let at = 0;
  const groups = outputs.map((arg, i): Tensor | Tensor[] => {
    const group = op.outputs.slice(at, (at += counts[i]!));
    return arg.numberAttr === undefined && arg.typeListAttr === undefined ? group[0]! : group;
  });
  if (groups.length === 1) return groups[0];
  const result: Record<string, Tensor | Tensor[]> = {};
  outputs.forEach((arg, i) => (result[camelCase(arg.name)] = groups[i]!));
  return Object.defineProperty(result, Symbol.iterator, { value: () => groups[Symbol.iterator]() });
}

/** `transpose_a` → `transposeA`. Type attributes keep their capital: `DstT`. */
export function camelCase(name: string): string {
  return name.replace(/(?<=.)_+(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function lowerFirst(name: string): string {
  const camel = camelCase(name);
  return camel.charAt(0).toLowerCase() + camel.slice(1);
}

function kindText(def: AttrDef): string {
  return def.isList ? `a list of ${def.kind}` : def.kind;
}
