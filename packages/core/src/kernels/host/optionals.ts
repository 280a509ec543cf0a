/** Optional values: variants that hold the components of a value, or none. */
import { dtypeInfo } from '../../dtypes.js';
import type { HostTensor } from '../../hostTensor.js';
import { compatible, shapeText } from '../../shape.js';
import { host } from './define.js';
import { Optional } from './optionalValue.js';
import { invalid, tensorOver } from './tensors.js';

const variant = (optional: Optional): HostTensor => tensorOver('variant', [], [optional]);

function optionalOf(tensor: HostTensor | undefined): Optional {
  const [value] = tensor!.data as unknown[];
  if (!(value instanceof Optional)) invalid(`The given variant does not hold an optional: its shape is ${shapeText(tensor!.shape)}.`);
  return value;
}

export const OptionalFromValue = host((components) => [variant(new Optional(components))]);
export const OptionalNone = host(() => [variant(new Optional(undefined))]);
export const OptionalHasValue = host(([optional]) => [tensorOver('bool', [], Uint8Array.of(optionalOf(optional).components === undefined ? 0 : 1))]);

export const OptionalGetValue = host(([optional], { attrs }) => {
  const { components } = optionalOf(optional);
  if (components === undefined) invalid('The given optional does not have a value.');
  const [types, shapes] = [attrs.types('output_types'), attrs.shapes('output_shapes')];
  if (components.length !== types.length) invalid(`Number of components does not match: expected ${types.length} types but got ${components.length}.`);
  components.forEach(({ dtype, shape }, i) => {
    if (dtype !== types[i]) invalid(`Data type mismatch at component ${i}: expected ${dtypeInfo[types[i]!].tfName} but got ${dtypeInfo[dtype].tfName}.`);
    if (!compatible(shapes[i] ?? null, shape)) invalid(`Incompatible shapes at component ${i}: expected ${shapeText(shapes[i] ?? null)} but got ${shapeText(shape)}.`);
  });
  return components;
});
