/** Functions of a GraphDef's library as graphs: bodies whose inputs are endpoints, with `_Arg` nodes for the arguments. */
import { dtypeInfo, type DType } from '../dtypes.js';
import { UnimplementedError, ValueError } from '../errors.js';
import { makeSignatureDefinition } from '../ops/definition.js';
import { argCounts, flattenArgs } from '../ops/argTypes.js';
import type { OpDefinition, OpSignature } from '../ops/opDef.js';
import { attrFromProto } from '../proto/attrValue.js';
import type { OpDef } from '../proto/generated/opDef.js';
import type { FunctionDefData, NodeDefData } from '../proto/graphDefData.js';
import { dtypeFromProto } from '../proto/shapeProto.js';
import type { AttrKind, Attrs } from './attrs.js';
import { completeAttrs } from './checkAttrs.js';
import type { Endpoint, FunctionData, NodeData } from './graphData.js';
import { importOrder, type IndexedNode } from './importOrder.js';

/** Finds an op's definition, or a function's taken as one; throws NotFoundError when there is neither. */
export type FindDefinition = (op: string, node: string) => OpDefinition;

/** A function's signature as an op definition, for nodes that call it by its name. Nothing is known of the shapes of its results. */
export function functionDefinition(def: FunctionDefData): OpDefinition {
  return makeSignatureDefinition(signatureFromOpDef(def.signature, def.name), (context) => context.outputDtypes.map(() => null));
}

/** An OpDef message as a signature. ValueError for what no signature can be. */
export function signatureFromOpDef(def: OpDef, type = def.name ?? ''): OpSignature {
  const arg = (given: NonNullable<OpDef['inputArg']>[number]): OpSignature['inputs'][number] => {
    const name = given.name ?? '';
    const isRef = given.isRef ?? false;
    if (given.typeListAttr !== undefined && given.typeListAttr !== '') return { name, typeListAttr: given.typeListAttr, isRef };
    const number = given.numberAttr !== undefined && given.numberAttr !== '' ? { numberAttr: given.numberAttr } : {};
    if (given.typeAttr !== undefined && given.typeAttr !== '') return { name, typeAttr: given.typeAttr, ...number, isRef };
    return { name, dtype: dtypeFromProto(given.type ?? 'DT_INVALID', `${type}: argument '${name}'`), ...number, isRef };
  };
  return {
    type,
    inputs: (def.inputArg ?? []).map(arg),
    outputs: (def.outputArg ?? []).map(arg),
    attrs: (def.attr ?? []).map((attr) => {
      const name = attr.name ?? '';
      const [, list, kind = ''] = /^(list\()?(\w+)\)?$/.exec(attr.type ?? '') ?? [];
      if (!isAttrKind(kind)) throw new ValueError(`${type}: attribute '${name}' has unknown type '${attr.type ?? ''}'.`);
      const fallback =
        attr.defaultValue === undefined ? undefined : attrFromProto(attr.defaultValue, `${type}: default of attribute '${name}'`);
      return {
        name,
        kind,
        isList: list !== undefined,
        ...(fallback === undefined ? {} : { default: fallback }),
        ...(attr.hasMinimum === true ? { minimum: Number(attr.minimum ?? 0) } : {}),
      };
    }),
    isStateful: def.isStateful ?? false,
    isCommutative: def.isCommutative ?? false,
    isAggregate: def.isAggregate ?? false,
    allowsUninitializedInput: def.allowsUninitializedInput ?? false,
  };
}

function isAttrKind(kind: string): kind is AttrKind {
  return ['string', 'int', 'float', 'bool', 'type', 'shape', 'tensor', 'func'].includes(kind);
}

/**
 * The function as a graph. Inputs of its nodes are `argument`, `node:output:k` or `^node`; results likewise.
 * UnimplementedError for functions whose own attributes decide their types; ValueError for names that do not exist.
 */
export function functionData(def: FunctionDefData, find: FindDefinition): FunctionData {
  const signature = signatureFromOpDef(def.signature, def.name);
  for (const arg of [...signature.inputs, ...signature.outputs]) {
    if (arg.dtype === undefined || arg.numberAttr !== undefined) {
      throw new UnimplementedError(
        `Function '${def.name}': the type of argument '${arg.name}' depends on an attribute of the call, ` +
          'which is not supported. Export the graph with concrete functions.',
        { node: def.name },
      );
    }
  }
  const dtypeOf = (arg: OpSignature['inputs'][number]): DType => arg.dtype!;
  const body = new FunctionBody(def, find);
  const args = signature.inputs.map((arg, index) => {
    body.addArgument(arg.name, dtypeOf(arg), index, def.argAttr.get(index) ?? {});
    return { name: arg.name, dtype: dtypeOf(arg) };
  });
  for (const node of def.nodes) body.declare(node);
  body.addInOrder(def.nodes.map((node) => body.read(node)));
  const results = signature.outputs.map((arg) => {
    const text = def.ret.get(arg.name);
    if (text === undefined) throw new ValueError(`Function '${def.name}' does not say which tensor its result '${arg.name}' is.`);
    const from = body.endpoint(text, `result '${arg.name}'`);
    const dtype = body.dtypeOf(from);
    if (dtype !== arg.dtype) {
      throw new ValueError(
        `Function '${def.name}': result '${arg.name}' is ${dtypeInfo[dtype].tfName} ('${text}'), but its signature says ${dtypeInfo[dtypeOf(arg)].tfName}.`,
      );
    }
    return { name: arg.name, dtype, from };
  });
  const controlResults = [...new Set(def.controlRet.values())];
  for (const name of controlResults) body.check(name, 'control result');
  return { name: def.name, args, results, controlResults, nodes: body.nodes, isStateful: signature.isStateful, attrs: def.attr };
}

interface Declared {
  readonly attrs: Attrs;
  readonly outputs: readonly DType[];
  /** First flattened output of each output argument, and how many there are. */
  readonly places: ReadonlyMap<string, { readonly start: number; readonly count: number }>;
}

class FunctionBody {
  readonly nodes = new Map<string, NodeData>();
  readonly #declared = new Map<string, Declared>();

  constructor(
    private readonly def: FunctionDefData,
    private readonly find: FindDefinition,
  ) {}

  addArgument(name: string, dtype: DType, index: number, attrs: Attrs): void {
    const complete: Attrs = { ...attrs, T: { kind: 'type', value: dtype }, index: { kind: 'int', value: index } };
    this.#declared.set(name, { attrs: complete, outputs: [dtype], places: new Map([['output', { start: 0, count: 1 }]]) });
    this.nodes.set(name, { name, op: '_Arg', inputs: [], controls: [], device: '', attrs: complete, outputs: [dtype] });
  }

  /** Makes a node's outputs known, so that nodes may come in any order. */
  declare(node: NodeDefData): void {
    if (this.#declared.has(node.name)) throw this.mistake(`Node '${node.name}' is not unique`);
    const definition = this.find(node.op, node.name);
    const attrs = completeAttrs(node.attr, definition, node.name);
    const outputs = flattenArgs(definition.outputs, attrs, node.op).map((arg) => arg.dtype);
    const places = new Map<string, { start: number; count: number }>();
    const counts = argCounts(definition.outputs, attrs, node.op);
    let start = 0;
    definition.outputs.forEach((arg, i) => {
      places.set(arg.name, { start, count: counts[i]! });
      start += counts[i]!;
    });
    this.#declared.set(node.name, { attrs, outputs, places });
  }

  /** Adds nodes after those they need; InvalidArgumentError for a cycle. */
  addInOrder(nodes: readonly IndexedNode[]): void {
    const byName = new Map(nodes.map((node) => [node.def.name, node]));
    for (const { def, inputs, controls } of importOrder(byName, (_, name) => byName.has(name))) {
      const { attrs, outputs } = this.#declared.get(def.name)!;
      this.nodes.set(def.name, {
        name: def.name,
        op: def.op,
        inputs,
        controls: [...new Set(controls)],
        device: def.device,
        attrs,
        outputs,
      });
    }
  }

  /** Reads and checks a node's inputs. */
  read(node: NodeDefData): IndexedNode {
    const { attrs } = this.#declared.get(node.name)!;
    const inputs: Endpoint[] = [];
    const controls: string[] = [];
    for (const text of node.input) {
      if (text.startsWith('^')) {
        this.check(text.slice(1), `control input of node '${node.name}'`);
        controls.push(text.slice(1));
      } else inputs.push(this.endpoint(text, `input of node '${node.name}'`));
    }
    const expected = flattenArgs(this.find(node.op, node.name).inputs, attrs, node.op);
    if (expected.length !== inputs.length) {
      throw this.mistake(
        `NodeDef expected inputs '${expected.map((arg) => dtypeInfo[arg.dtype].tfName).join(', ')}' do not match ${inputs.length} inputs ` +
          `specified; NodeDef: {{node ${node.name}}}`,
      );
    }
    expected.forEach((arg, i) => {
      const given = this.dtypeOf(inputs[i]!);
      if (given === arg.dtype) return;
      throw this.mistake(
        `Input ${i} of node ${node.name} was passed ${dtypeInfo[given].tfName} from ${node.input[i]} incompatible with expected ` +
          `${dtypeInfo[arg.dtype].tfName}.`,
      );
    });
    return { def: node, inputs, controls };
  }

  /** `node:output:k`, `node:output` (k = 0), or an argument's name. */
  endpoint(text: string, what: string): Endpoint {
    const [node = '', output, index = '0'] = text.split(':');
    const declared = this.#declared.get(node);
    if (declared === undefined) throw this.mistake(`${what} is '${text}', but there is no node or argument '${node}'`);
    if (output === undefined || /^\d+$/.test(output)) {
      const at = Number(output ?? 0);
      if (at >= declared.outputs.length) throw this.mistake(`${what} is '${text}', but '${node}' has ${declared.outputs.length} outputs`);
      return { node, index: at };
    }
    const place = declared.places.get(output);
    if (place === undefined || !/^\d+$/.test(index) || Number(index) >= place.count) {
      const known = [...declared.places].map(([name, { count }]) => `${name} (${count})`).join(', ');
      throw this.mistake(`${what} is '${text}', but the outputs of '${node}' are ${known === '' ? 'none' : known}`);
    }
    return { node, index: place.start + Number(index) };
  }

  dtypeOf({ node, index }: Endpoint): DType {
    return this.#declared.get(node)!.outputs[index]!;
  }

  check(node: string, what: string): void {
    if (!this.#declared.has(node)) throw this.mistake(`${what} is '${node}', but there is no such node`);
  }

  private mistake(message: string): ValueError {
    return new ValueError(`Function '${this.def.name}': ${message}.`);
  }
}
