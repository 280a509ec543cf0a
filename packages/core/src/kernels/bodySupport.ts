/**
 * Whether a device runs an op by its body: the body is built once without shapes, and every op in it must be supported. A body that needs
 * shapes to be built promises nothing, since the placer's answer must hold for every shape; unless the op names shapes that stand for all.
 */
import type { HostTensor } from '../hostTensor.js';
import { AttrReader, type Attrs } from '../graph/attrs.js';
import { completeNode } from '../ops/completeNode.js';
import type { BodyBuilder, BodyValue, OpBody, OpDefinition } from '../ops/opDef.js';
import { opDefinition } from '../ops/registry.js';
import type { Shape } from '../shape.js';
import type { Support, SupportQuery } from './kernel.js';

/** A value of which only the dtype is known, and the value itself where it is a constant. */
interface DryValue extends BodyValue {
  readonly constant: HostTensor | undefined;
}

/** True, the reason of the first inner op that is not supported, or undefined when there is no body for this query. `shapes` stand for all. */
export function bodySupport(
  body: OpBody | undefined, query: SupportQuery, ask: (inner: OpDefinition, innerQuery: SupportQuery) => Support, shapes?: readonly Shape[],
): Support | undefined {
  if (body === undefined) return undefined;
  let refused: string | undefined;
  const emit = (op: string, inputs: readonly BodyValue[], attrs: Attrs): readonly BodyValue[] => {
    const inner = opDefinition(op);
    if (inner === undefined) return [];
    const dtypes = inputs.map((value) => value.dtype);
    const node = completeNode({ name: op, op, inputs: [], controls: [], device: '', attrs, outputs: [] }, inner, dtypes);
    const answer = ask(inner, {
      op, attrs: new AttrReader(node.attrs, op), inputDtypes: dtypes, outputDtypes: node.outputs, constants: (inputs as readonly DryValue[]).map(({ constant }) => constant),
    });
    if (answer !== true) refused ??= answer;
    return node.outputs.map((dtype): DryValue => ({ dtype, shape: null, constant: undefined }));
  };
  const builder: BodyBuilder = {
    attrs: query.attrs,
    op: (op, inputs, attrs = {}) => emit(op, inputs, attrs),
    constant: (value): DryValue => ({ dtype: value.dtype, shape: value.shape, constant: value }),
    valueOf: (value) => (value as DryValue).constant,
  };
  const inputs = query.inputDtypes.map((dtype, i): DryValue => ({ dtype, shape: query.constants[i]?.shape ?? shapes?.[i] ?? null, constant: query.constants[i] }));
  if (body(builder, inputs) === undefined) return undefined;
  return refused ?? true;
}
