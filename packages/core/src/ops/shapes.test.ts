/** Every shape rule against what TensorFlow did for the same op (facts/shapes.jsonl), with everything known and with parts unknown. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { DType } from '../dtypes.js';
import { InvalidArgumentError } from '../errors.js';
import { HostTensor } from '../hostTensor.js';
import type { TensorValue } from '../hostValue.js';
import { compatible, isFullyKnown, shapeText, sizeOf, type PartialShape, type Shape } from '../shape.js';
import { bodyOf, definitionOf, nodeOf, shapesOf, type Known } from './testing/opCase.js';

type InputFact = readonly [DType, Shape] | readonly [DType, Shape, TensorValue];
type Fact = readonly [string, Readonly<Record<string, unknown>>, readonly InputFact[], readonly Shape[] | 'fails'];

const facts = readFileSync(new URL('facts/shapes.jsonl', import.meta.url), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as Fact);

/** An input as shape_facts.py makes it where it has no values: ints are zeros; the values of floats tell nothing about shapes. */
function inputOf([dtype, shape, values]: InputFact): Known {
  if (values === undefined && !/^u?int/.test(dtype)) return { dtype, shape };
  const value = HostTensor.from(values ?? new Array<number>(sizeOf(shape)).fill(0), { dtype, shape });
  return { dtype, shape, value };
}

const title = ([op, attrs, inputs]: Fact): string => `${op} ${JSON.stringify(attrs)} ${inputs.map((input) => JSON.stringify(input)).join(' ')}`;

describe('shape rules against TensorFlow', () => {
  it.each(facts.map((fact) => [title(fact), fact] as const))('%s', (_, [op, attrs, given, expected]) => {
    const inputs = given.map(inputOf);
    const node = nodeOf(op, attrs, inputs);
    if (expected === 'fails') {
      expect(() => shapesOf(node, inputs)).toThrow(InvalidArgumentError);
      return;
    }
    const shapes = shapesOf(node, inputs);
    expect(shapes).toHaveLength(expected.length);
    shapes.forEach((shape, i) => {
      expect(compatible(shape, expected[i] ?? null), `output ${i}: ${JSON.stringify(shape)} for ${JSON.stringify(expected[i])}`).toBe(true);
      // A placeholder's shape is what may be fed, not what its default has.
      const isOpen = definitionOf(op).isDataShaped === true || op === 'PlaceholderWithDefault';
      if (!isOpen) expect(isFullyKnown(shape), `output ${i} of an op whose shape does not depend on data`).toBe(true);
    });

    const less: readonly Known[][] = [
      inputs.map(({ dtype, shape }) => ({ dtype, shape })),
      inputs.map(({ dtype, shape, value }) => ({ dtype, shape: shape?.map(() => null) ?? null, value })),
      inputs.map(({ dtype, shape }) => ({ dtype, shape: shape?.map(() => null) ?? null })),
      inputs.map(({ dtype }) => ({ dtype, shape: null })),
    ];
    for (const partial of less) {
      shapesOf(node, partial).forEach((shape: PartialShape, i) => {
        expect(compatible(shape, expected[i] ?? null), `output ${i} from ${partial.map((input) => shapeText(input.shape)).join(', ')}: ${JSON.stringify(shape)}`).toBe(true);
      });
    }
  });
});

describe('bodies', () => {
  const withBody = facts.filter(([op, , , expected]) => expected !== 'fails' && definitionOf(op).body !== undefined);

  it.each(withBody.map((fact) => [title(fact), fact] as const))('%s', (_, [op, attrs, given, expected]) => {
    const inputs = given.map(inputOf);
    const node = nodeOf(op, attrs, inputs);
    const body = bodyOf(node, inputs);
    if (body === undefined || expected === 'fails') return;
    expect(body.results.map(({ dtype }) => dtype)).toEqual(node.outputs);
    const shapes = body.results.map(({ shape }) => shape);
    if (definitionOf(op).isDataShaped === true) expect(shapes.every((shape, i) => compatible(shape, expected[i] ?? null)), JSON.stringify(shapes)).toBe(true);
    else expect(shapes).toEqual(expected);
    expect(body.nodes.every((inner) => inner.node.op !== op || inner.node.attrs !== node.attrs)).toBe(true);
  });
});
