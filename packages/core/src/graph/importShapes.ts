/** What a file says of the shapes of its nodes' outputs: the list `_output_shapes`, which exporters write and operations do not keep. */
import { ValueError } from '../errors.js';
import { mergeShapes, shapeText, type PartialShape } from '../shape.js';
import type { AttrValue } from './attrs.js';
import type { Operation } from './operation.js';

export const outputShapes = '_output_shapes';

/** Narrows the shapes of an operation's outputs to what the file says. ValueError, in TensorFlow's words, where the op says otherwise. */
export function takeShapes(op: Operation, said: AttrValue | undefined): void {
  if (said?.kind !== 'list' || (said.of !== 'shape' && said.value.length > 0)) return;
  const shapes = said.value as readonly PartialShape[];
  if (shapes.length < op.outputs.length) {
    throw new ValueError(`Node '${op.name}' has ${op.outputs.length} outputs but the ${outputShapes} attribute specifies shapes for ${shapes.length} outputs`);
  }
  for (const [i, output] of op.outputs.entries()) {
    const shape = shapes[i] ?? null;
    if (mergeShapes(output.shape, shape) === undefined) {
      throw new ValueError(`Node '${op.name}' has an ${outputShapes} attribute inconsistent with the GraphDef for output #${i}: ${difference(output.shape ?? [], shape ?? [])}`);
    }
    output.setShape(shape);
  }
}

function difference(a: NonNullable<PartialShape>, b: NonNullable<PartialShape>): string {
  if (a.length !== b.length) return `Shapes must be equal rank, but are ${a.length} and ${b.length}`;
  const at = a.findIndex((dim, axis) => dim !== null && b[axis] !== null && dim !== b[axis]);
  return `Dimension ${at} in both shapes must be equal, but are ${a[at]} and ${b[at]}. Shapes are ${shapeText(a)} and ${shapeText(b)}.`;
}
