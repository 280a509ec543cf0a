/** Declared types of inputs and outputs, as far as a node tells them: the placer needs to know references and resources, nothing else. */
import type { DType } from '../dtypes.js';
import type { Attrs, AttrValue } from '../graph/attrs.js';
import type { NodeData } from '../graph/graphData.js';
import type { ArgDef, OpSignature } from '../ops/opDef.js';
import type { TensorType } from './placerGraph.js';

/** An attribute of a node, or its op's default for it. */
export function attrOrDefault(attrs: Attrs, signature: OpSignature, name: string): AttrValue | undefined {
  return Object.hasOwn(attrs, name) ? attrs[name] : signature.attrs.find((attr) => attr.name === name)?.default;
}

/** How many flattened places an argument takes; one where the node does not tell. */
export function argCount(arg: ArgDef, attrs: Attrs, signature: OpSignature): number {
  const attr = attrOrDefault(attrs, signature, arg.typeListAttr ?? arg.numberAttr ?? '');
  if (arg.typeListAttr !== undefined) return attr?.kind === 'list' ? attr.value.length : 1;
  return arg.numberAttr === undefined ? 1 : attr?.kind === 'int' ? Math.min(Number(attr.value), longestList) : 1;
}

/** A bound on list arguments against made-up counts in hostile files. */
export const longestList = 1_000_000;

function typesOf(args: readonly ArgDef[], attrs: Attrs, signature: OpSignature): TensorType[] {
  const types: TensorType[] = [];
  for (const arg of args) {
    const { isRef } = arg;
    const list = arg.typeListAttr === undefined ? undefined : attrOrDefault(attrs, signature, arg.typeListAttr);
    if (list?.kind === 'list' && list.of === 'type') {
      for (const dtype of list.value) types.push({ dtype, isRef });
      continue;
    }
    const attr = arg.typeAttr === undefined ? undefined : attrOrDefault(attrs, signature, arg.typeAttr);
    const type: TensorType = { dtype: arg.dtype ?? (attr?.kind === 'type' ? attr.value : undefined), isRef };
    const count = argCount(arg, attrs, signature);
    for (let i = 0; i < count; i++) types.push(type);
  }
  return types;
}

/** What a function takes and gives. */
export interface CallTypes {
  readonly args: readonly { readonly dtype: DType }[];
  readonly results: readonly { readonly dtype: DType }[];
}

/** The two questions of a PlacerContext, answered from signatures and functions. */
export class DeclaredTypes {
  // Edges into one node follow each other, so one entry saves what a map would.
  private last: { readonly node: NodeData; readonly types: readonly TensorType[] } | undefined;

  constructor(
    private readonly signature: (op: string) => OpSignature | undefined,
    /** What the function that is a node's op takes and gives. */
    private readonly direct: (node: NodeData) => CallTypes | undefined,
  ) {}

  inputs(node: NodeData): readonly TensorType[] {
    if (this.last?.node !== node) this.last = { node, types: this.readInputs(node) };
    return this.last.types;
  }

  outputs(node: NodeData): readonly TensorType[] {
    const signature = this.signature(node.op);
    if (signature !== undefined) return typesOf(signature.outputs, node.attrs, signature);
    const results = this.direct(node)?.results ?? node.outputs.map((dtype) => ({ dtype }));
    return results.map(({ dtype }) => ({ dtype, isRef: false }));
  }

  private readInputs(node: NodeData): readonly TensorType[] {
    const signature = this.signature(node.op);
    if (signature !== undefined) return typesOf(signature.inputs, node.attrs, signature);
    return (this.direct(node)?.args ?? []).map(({ dtype }) => ({ dtype, isRef: false }));
  }
}

/** Signatures of the nodes that the placer itself looks for or makes; the op registry need not have them. */
export const ownSignatures: ReadonlyMap<string, OpSignature> = new Map(
  [
    op('_Arg', [], [{ name: 'output', typeAttr: 'T', isRef: false }], [{ name: 'T', kind: 'type', isList: false }], true),
    op('_Retval', [{ name: 'input', typeAttr: 'T', isRef: false }], [], [{ name: 'T', kind: 'type', isList: false }], true),
    op(
      'Identity',
      [{ name: 'input', typeAttr: 'T', isRef: false }],
      [{ name: 'output', typeAttr: 'T', isRef: false }],
      [{ name: 'T', kind: 'type', isList: false }],
      false,
    ),
    call('PartitionedCall', false),
    call('StatefulPartitionedCall', true),
  ].map((signature) => [signature.type, signature]),
);

function op(
  type: string,
  inputs: OpSignature['inputs'],
  outputs: OpSignature['outputs'],
  attrs: OpSignature['attrs'],
  isStateful: boolean,
): OpSignature {
  return { type, inputs, outputs, attrs, isStateful, isCommutative: false, isAggregate: false, allowsUninitializedInput: false };
}

function call(type: string, isStateful: boolean): OpSignature {
  return op(
    type,
    [{ name: 'args', typeListAttr: 'Tin', isRef: false }],
    [{ name: 'output', typeListAttr: 'Tout', isRef: false }],
    [
      { name: 'Tin', kind: 'type', isList: true },
      { name: 'Tout', kind: 'type', isList: true },
      { name: 'f', kind: 'func', isList: false },
    ],
    isStateful,
  );
}
