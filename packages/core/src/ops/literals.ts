/** The two ops that JavaScript values in op calls become: Const, and Pack where a list holds tensors. Their op functions are in the families. */
import { mergeShapes, shapeText, type PartialShape } from '../shape.js';
import { makeDefinition } from './definition.js';

export const constDefinition = makeDefinition({
  signature: 'Const() -> (output: dtype) | value: tensor; dtype: type',
  shape: (context) => {
    const value = context.attrs.tensor('value');
    const dtype = context.attrs.type('dtype');
    if (value.dtype !== dtype) context.fail(`the value is ${value.dtype}, but attribute dtype says ${dtype}.`);
    return [value.shape];
  },
});

export const packDefinition = makeDefinition({
  signature: 'Pack(values: N*T) -> (output: T) | N: int >= 1; T: type; axis: int = 0',
  shape: (context) => {
    let element: PartialShape = null;
    for (let i = 0; i < context.inputCount; i++) {
      const merged = mergeShapes(element, context.shape(i));
      if (merged === undefined) {
        context.fail(`Shapes of all inputs must match: values[0].shape = ${shapeText(context.shape(0))} != ` +
          `values[${i}].shape = ${shapeText(context.shape(i))}`);
      }
      element = merged ?? null;
    }
    if (element === null) return [null];
    const rank = element.length + 1;
    const asked = context.attrs.int('axis');
    const axis = asked < 0 ? asked + rank : asked;
    if (axis < 0 || axis >= rank) context.fail(`axis = ${asked} not in [${-rank}, ${rank})`);
    return [[...element.slice(0, axis), context.inputCount, ...element.slice(axis)]];
  },
});
