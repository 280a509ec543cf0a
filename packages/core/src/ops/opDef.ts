/**
 * What core knows about an op: its signature, its shape rule, and its meaning, as a scalar expression, as a reduction, or as a body in
 * smaller ops. Ops that have none of the three need a kernel in a backend (or in `hostKernels`, which has every op).
 */
import type { DType } from '../dtypes.js';
import type { Expr } from '../codegen/expr.js';
import type { AttrReader, AttrKind, Attrs, AttrValue } from '../graph/attrs.js';
import type { HostTensor } from '../hostTensor.js';
import type { PartialShape, Shape } from '../shape.js';

/** One input or output of a signature. Exactly one of `dtype`, `typeAttr`, `typeListAttr` is set; `numberAttr` makes it a list. */
export interface ArgDef {
  readonly name: string;
  readonly dtype?: DType;
  readonly typeAttr?: string;
  readonly numberAttr?: string;
  readonly typeListAttr?: string;
  readonly isRef: boolean;
}

export interface AttrDef {
  readonly name: string;
  readonly kind: AttrKind;
  readonly isList: boolean;
  readonly default?: AttrValue;
  /** Smallest int, or shortest list. */
  readonly minimum?: number;
  readonly allowedTypes?: readonly DType[];
  readonly allowedStrings?: readonly string[];
}

/** A parsed signature: TensorFlow's OpDef. */
export interface OpSignature {
  readonly type: string;
  readonly inputs: readonly ArgDef[];
  readonly outputs: readonly ArgDef[];
  readonly attrs: readonly AttrDef[];
  readonly isStateful: boolean;
  readonly isCommutative: boolean;
  readonly isAggregate: boolean;
  readonly allowsUninitializedInput: boolean;
  /** The GraphDef version from which on the op is no longer accepted from importers. */
  readonly deprecatedAt?: number;
}

/** What a shape function may ask. `fail` throws InvalidArgumentError with the node's name and op. */
export interface ShapeContext {
  readonly attrs: AttrReader;
  readonly inputCount: number;
  /** dtypes of the flattened inputs and outputs. */
  readonly inputDtypes: readonly DType[];
  readonly outputDtypes: readonly DType[];
  /** Static shape of flattened input i. */
  shape(i: number): PartialShape;
  /**
   * The value of input i when it is known already. A value that is needed for the shape may make a plan be compiled for that very value;
   * say `isNeeded = false` where it is only checked, or where an open dimension is better than a plan per value.
   */
  value(i: number, isNeeded?: boolean): HostTensor | undefined;
  /** Input i read as a shape vector; dimensions that are not known yet are null. */
  shapeValue(i: number): PartialShape;
  fail(message: string): never;
}

/** Gives the static shape of every flattened output. Also the place of the op's argument checks that need shapes. */
export type ShapeFunction = (context: ShapeContext) => readonly PartialShape[];

/** Elementwise meaning: the value of one output element from the input elements at the same (broadcast) place. */
export type ScalarFunction = (inputs: readonly Expr[], attrs: AttrReader, outputDtype: DType) => Expr;

/**
 * Reduction meaning. `input 0` is reduced over the axes given by `input 1` (a host value). `before` is applied to each element,
 * `after` to each result; `after` gets the number of elements that went into a result, and the op's output dtype, as `before` may have
 * changed to a wider one to accumulate in.
 */
export interface ReductionMeaning {
  readonly reducer: 'add' | 'mul' | 'min' | 'max' | 'and' | 'or';
  readonly before?: (element: Expr) => Expr;
  readonly after?: (result: Expr, count: number, outputDtype: DType) => Expr;
}

/** A value inside a body that is being built. */
export interface BodyValue {
  readonly dtype: DType;
  readonly shape: PartialShape;
}

/** Emits the ops of a body. Attributes that can be inferred from inputs (types, counts) and defaults may be left out. */
export interface BodyBuilder {
  readonly attrs: AttrReader;
  /** Adds a node and returns its outputs. */
  op(type: string, inputs: readonly BodyValue[], attrs?: Attrs): readonly BodyValue[];
  constant(value: HostTensor): BodyValue;
  /** The constant behind a value, where it is known. */
  valueOf(value: BodyValue): HostTensor | undefined;
}

/**
 * The op in smaller ops; `undefined` when this combination of attributes and shapes has no body. Where an op has a scalar meaning too, the
 * body is asked first: it speaks up only where the scalar meaning does not hold (Equal of shapes that do not broadcast).
 */
export type OpBody = (builder: BodyBuilder, inputs: readonly BodyValue[]) => readonly BodyValue[] | undefined;

/** One op, whole. */
export interface OpDefinition extends OpSignature {
  readonly shape: ShapeFunction;
  readonly scalar?: ScalarFunction;
  readonly reduction?: ReductionMeaning;
  readonly body?: OpBody;
  /** Of an op that changes the variable behind its first input: the new value, from the old one (in the handle's place) and the other inputs. */
  readonly update?: OpBody;
  /** Shapes that stand for all: for any shapes that the op takes, the body is made of the ops that it is made of for these. */
  readonly bodyShapes?: (attrs: AttrReader) => readonly Shape[] | undefined;
  /** Output i is the bytes of input i in another shape (Reshape, Squeeze, Identity): no launch is needed. */
  readonly isView?: boolean;
  /** The output's dimensions depend on data (Where, Unique, NonMaxSuppression). */
  readonly isDataShaped?: boolean;
}
