/** Completes a node from its definition: attributes that its inputs tell (types, counts), defaults, and the dtypes of its outputs. */
import type { DType } from '../dtypes.js';
import { InternalError } from '../errors.js';
import type { AttrValue } from '../graph/attrs.js';
import type { NodeData } from '../graph/graphData.js';
import { flattenArgs } from './argTypes.js';
import type { OpSignature } from './opDef.js';

/** The node with all of its attributes and outputs. `inputs` are the dtypes of its flattened data inputs. */
export function completeNode(node: NodeData, signature: OpSignature, inputs: readonly DType[]): NodeData {
  const attrs: Record<string, AttrValue> = { ...node.attrs };
  inferAttrs(signature, inputs, attrs);
  for (const attr of signature.attrs) {
    if (attrs[attr.name] !== undefined) continue;
    if (attr.default === undefined) throw new InternalError(`internal: ${node.op} '${node.name}': attribute '${attr.name}' is missing`, { node: node.name, op: node.op });
    attrs[attr.name] = attr.default;
  }
  return { ...node, attrs, outputs: flattenArgs(signature.outputs, attrs, node.op).map(({ dtype }) => dtype) };
}

/** Sets what input dtypes and counts tell. With one list argument the count is what the other arguments leave. */
function inferAttrs(signature: OpSignature, inputs: readonly DType[], attrs: Record<string, AttrValue>): void {
  const single = signature.inputs.filter((arg) => arg.numberAttr === undefined && arg.typeListAttr === undefined).length;
  const lists = signature.inputs.length - single;
  let next = 0;
  for (const arg of signature.inputs) {
    const isList = arg.numberAttr !== undefined || arg.typeListAttr !== undefined;
    const given = attrs[arg.numberAttr ?? arg.typeListAttr ?? ''];
    const known = given?.kind === 'int' ? Number(given.value) : given?.kind === 'list' ? given.value.length : undefined;
    const count = isList ? (known ?? Math.floor((inputs.length - single) / Math.max(1, lists))) : 1;
    const dtypes = inputs.slice(next, next + count);
    next += count;
    if (arg.numberAttr !== undefined) attrs[arg.numberAttr] ??= { kind: 'int', value: count };
    if (arg.typeListAttr !== undefined) attrs[arg.typeListAttr] ??= { kind: 'list', of: 'type', value: dtypes };
    const [dtype] = dtypes;
    if (arg.typeAttr !== undefined && dtype !== undefined) attrs[arg.typeAttr] ??= { kind: 'type', value: dtype };
  }
}
