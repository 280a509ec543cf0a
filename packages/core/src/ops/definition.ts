/** Op definitions from one-line signatures. The signature is parsed at the first use of anything but the op's type. */
import type { OpBody, OpDefinition, OpSignature, ReductionMeaning, ScalarFunction, ShapeFunction } from './opDef.js';
import { broadcastShapes, shapeText, type PartialShape } from '../shape.js';
import { parseSignature, signatureType } from './signature.js';

/** An op as its author writes it down. */
export interface OpSpec {
  /** The signature, in the grammar of signature.ts. */
  readonly signature: string;
  /** May be left out when `scalar` is given (the inputs broadcast) or when the op has no outputs. */
  readonly shape?: ShapeFunction;
  readonly scalar?: ScalarFunction;
  readonly reduction?: ReductionMeaning;
  readonly body?: OpBody;
  readonly update?: OpBody;
  readonly isView?: boolean;
  readonly isDataShaped?: boolean;
}

/** The definition that a spec stands for. */
export function makeDefinition(spec: OpSpec): OpDefinition {
  return new LazyDefinition(spec);
}

class LazyDefinition implements OpDefinition {
  readonly type: string;
  readonly shape: ShapeFunction;
  declare readonly scalar?: ScalarFunction;
  declare readonly reduction?: ReductionMeaning;
  declare readonly body?: OpBody;
  declare readonly update?: OpBody;
  declare readonly isView?: boolean;
  declare readonly isDataShaped?: boolean;
  #signature: OpSignature | undefined;
  readonly #text: string;

  constructor(spec: OpSpec) {
    this.#text = spec.signature;
    this.type = signatureType(spec.signature);
    this.shape = spec.shape ?? (spec.scalar === undefined ? unknownShapes : broadcastOfInputs);
    if (spec.scalar !== undefined) this.scalar = spec.scalar;
    if (spec.reduction !== undefined) this.reduction = spec.reduction;
    if (spec.body !== undefined) this.body = spec.body;
    if (spec.update !== undefined) this.update = spec.update;
    if (spec.isView !== undefined) this.isView = spec.isView;
    if (spec.isDataShaped !== undefined) this.isDataShaped = spec.isDataShaped;
  }

  get inputs(): OpSignature['inputs'] { return this.parsed().inputs; }
  get outputs(): OpSignature['outputs'] { return this.parsed().outputs; }
  get attrs(): OpSignature['attrs'] { return this.parsed().attrs; }
  get isStateful(): boolean { return this.parsed().isStateful; }
  get isCommutative(): boolean { return this.parsed().isCommutative; }
  get isAggregate(): boolean { return this.parsed().isAggregate; }
  get allowsUninitializedInput(): boolean { return this.parsed().allowsUninitializedInput; }
  get deprecatedAt(): number | undefined { return this.parsed().deprecatedAt; }

  private parsed(): OpSignature {
    return (this.#signature ??= parseSignature(this.#text));
  }
}

/** The shape rule of elementwise ops: every output has the inputs' broadcast shape. */
export const broadcastOfInputs: ShapeFunction = (context) => {
  let shape: PartialShape = [];
  for (let i = 0; i < context.inputCount; i++) {
    const merged = broadcastShapes(shape, context.shape(i));
    if (merged === undefined) {
      const shapes = Array.from({ length: context.inputCount }, (_, input) => shapeText(context.shape(input)));
      return context.fail(`Incompatible shapes: ${shapes.join(' vs. ')}. Expected shapes that broadcast: equal or 1 in each dimension.`);
    }
    shape = merged;
  }
  return context.outputDtypes.map(() => shape);
};

/** Nothing is known about any output. */
const unknownShapes: ShapeFunction = (context) => context.outputDtypes.map(() => null);

/** A definition from a signature that is there already: that of a function called by its name. */
export function makeSignatureDefinition(signature: OpSignature, shape: ShapeFunction): OpDefinition {
  return { ...signature, shape };
}
