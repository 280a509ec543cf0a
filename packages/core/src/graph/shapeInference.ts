/** Static shapes of a new operation's outputs, by its definition's shape function. */
import type { DType } from '../dtypes.js';
import { InternalError, InvalidArgumentError, ValueError } from '../errors.js';
import type { HostTensor } from '../hostTensor.js';
import type { ShapeContext } from '../ops/opDef.js';
import type { PartialShape } from '../shape.js';
import { AttrReader } from './attrs.js';
import { partialValue, constantValue, shapeFromValue } from './constantValues.js';
import type { Operation } from './operation.js';

/** Shapes of all outputs. `loopInputs` are inputs of which nothing is known yet. ValueError when the inputs do not fit the op, as Python has it. */
export function inferShapes(op: Operation, loopInputs?: ReadonlySet<number>): readonly PartialShape[] {
  const shapes = shapesOf(op, loopInputs);
  if (shapes.length !== op.outputs.length) {
    throw new InternalError(`internal: the shape function of ${op.type} gave ${shapes.length} shapes for ${op.outputs.length} outputs ` +
      `of '${op.name}'.`, { node: op.name, op: op.type });
  }
  return shapes;
}

function shapesOf(op: Operation, loopInputs: ReadonlySet<number> | undefined): readonly PartialShape[] {
  try {
    return op.definition.shape(new InferenceContext(op, loopInputs));
  } catch (error) {
    if (error instanceof InvalidArgumentError) throw new ValueError(error.message, { cause: error });
    throw error;
  }
}

class InferenceContext implements ShapeContext {
  readonly attrs: AttrReader;
  readonly inputCount: number;

  constructor(private readonly op: Operation, private readonly loopInputs: ReadonlySet<number> | undefined) {
    this.attrs = new AttrReader(op.attrs, `${op.type} '${op.name}'`);
    this.inputCount = op.inputs.length;
  }

  get inputDtypes(): readonly DType[] {
    return this.op.inputs.map((tensor) => tensor.dtype);
  }

  get outputDtypes(): readonly DType[] {
    return this.op.outputs.map((tensor) => tensor.dtype);
  }

  shape(i: number): PartialShape {
    return this.input(i)?.shape ?? null;
  }

  value(i: number): HostTensor | undefined {
    const tensor = this.input(i);
    return tensor === undefined ? undefined : constantValue(tensor);
  }

  shapeValue(i: number): PartialShape {
    const tensor = this.input(i);
    return tensor === undefined ? null : shapeFromValue(tensor, partialValue(tensor));
  }

  fail(message: string): never {
    throw new InvalidArgumentError(`${this.op.type} '${this.op.name}': ${message}`, { node: this.op.name, op: this.op.type });
  }

  private input(i: number): Operation['inputs'][number] | undefined {
    return this.loopInputs?.has(i) === true ? undefined : this.op.inputs[i];
  }
}
