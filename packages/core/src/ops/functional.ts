/** Ops that call functions of the graph's library. */
import type { DType } from '../dtypes.js';
import type { PartialShape } from '../shape.js';
import type { Tensor } from '../graph/tensor.js';
import type { AttrFunction } from './callTypes.js';
import { defineOp, type OpOptions, type TensorLike } from './defineOp.js';
import type { ShapeFunction } from './opDef.js';
import { rankIs, unknownOutputs } from './shapes/common.js';

/** What attribute output_shapes says, if it says anything. */
const declared: ShapeFunction = (c) => {
  const shapes = c.attrs.has('output_shapes') ? c.attrs.shapes('output_shapes') : [];
  if (shapes.length === 0) return unknownOutputs(c);
  if (shapes.length !== c.outputDtypes.length) c.fail(`output_shapes has ${shapes.length} shapes for ${c.outputDtypes.length} outputs.`);
  return shapes;
};

/** A loop's variables keep their shapes unless output_shapes says more (or less). */
const looped: ShapeFunction = (c) => (c.attrs.shapes('output_shapes').length === 0 ? c.outputDtypes.map((_, i) => c.shape(i)) : declared(c));

const branched: ShapeFunction = (c) => {
  rankIs(c, 0, 0, 'branch_index');
  return declared(c);
};

/** then_branch(input) or else_branch(input). */
const ifOp = defineOp<
  (
    cond: TensorLike, input: readonly TensorLike[], tout: readonly DType[], thenBranch: AttrFunction, elseBranch: AttrFunction,
    options?: OpOptions & { outputShapes?: readonly PartialShape[] },
  ) => Tensor[]
>({
  signature: 'If(cond: Tcond, input: list(Tin)) -> (output: list(Tout)) | Tcond: type; Tin: list(type) >= 0; Tout: list(type) ' +
    '>= 0; then_branch: func; else_branch: func; output_shapes: list(shape) = [] | stateful',
  shape: declared,
});
export { ifOp as if };

/** If with branches without state. */
export const statelessIf = defineOp<
  (
    cond: TensorLike, input: readonly TensorLike[], tout: readonly DType[], thenBranch: AttrFunction, elseBranch: AttrFunction,
    options?: OpOptions & { outputShapes?: readonly PartialShape[] },
  ) => Tensor[]
>({
  signature: 'StatelessIf(cond: Tcond, input: list(Tin)) -> (output: list(Tout)) | Tcond: type; Tin: list(type) >= 0; Tout: ' +
    'list(type) >= 0; then_branch: func; else_branch: func; output_shapes: list(shape) = []',
  shape: declared,
});

/** branches[branch_index](input); the last one if out of range. */
const caseOp = defineOp<
  (
    branchIndex: TensorLike<'int32'>, input: readonly TensorLike[], tout: readonly DType[], branches: readonly AttrFunction[],
    options?: OpOptions & { outputShapes?: readonly PartialShape[] },
  ) => Tensor[]
>({
  signature: 'Case(branch_index: int32, input: list(Tin)) -> (output: list(Tout)) | Tin: list(type) >= 0; Tout: list(type) >= ' +
    '0; branches: list(func) >= 1; output_shapes: list(shape) = [] | stateful',
  shape: branched,
});
export { caseOp as case };

/** Case with branches without state. */
export const statelessCase = defineOp<
  (
    branchIndex: TensorLike<'int32'>, input: readonly TensorLike[], tout: readonly DType[], branches: readonly AttrFunction[],
    options?: OpOptions & { outputShapes?: readonly PartialShape[] },
  ) => Tensor[]
>({
  signature: 'StatelessCase(branch_index: int32, input: list(Tin)) -> (output: list(Tout)) | Tin: list(type) >= 0; Tout: ' +
    'list(type) >= 0; branches: list(func) >= 1; output_shapes: list(shape) = []',
  shape: branched,
});

/** body(input) again and again while cond(input) holds. */
const whileOp = defineOp<
  (
    input: readonly TensorLike[], cond: AttrFunction, body: AttrFunction,
    options?: OpOptions & { outputShapes?: readonly PartialShape[]; parallelIterations?: number },
  ) => Tensor[]
>({
  signature: 'While(input: list(T)) -> (output: list(T)) | T: list(type) >= 0; cond: func; body: func; output_shapes: ' +
    'list(shape) = []; parallel_iterations: int = 10 | stateful',
  shape: looped,
});
export { whileOp as while };

/** While with functions without state. */
export const statelessWhile = defineOp<
  (
    input: readonly TensorLike[], cond: AttrFunction, body: AttrFunction,
    options?: OpOptions & { outputShapes?: readonly PartialShape[]; parallelIterations?: number },
  ) => Tensor[]
>({
  signature: 'StatelessWhile(input: list(T)) -> (output: list(T)) | T: list(type) >= 0; cond: func; body: func; output_shapes: ' +
    'list(shape) = []; parallel_iterations: int = 10',
  shape: looped,
});

/** f(args). */
export const partitionedCall = defineOp<
  (
    args: readonly TensorLike[], tout: readonly DType[], f: AttrFunction,
    options?: OpOptions & { config?: string; configProto?: string; executorType?: string },
  ) => Tensor[]
>({
  signature: "PartitionedCall(args: list(Tin)) -> (output: list(Tout)) | Tin: list(type) >= 0; Tout: list(type) >= 0; f: func; " +
    "config: string = ''; config_proto: string = ''; executor_type: string = ''",
  shape: unknownOutputs,
});

/** f(args), where f has state. */
export const statefulPartitionedCall = defineOp<
  (
    args: readonly TensorLike[], tout: readonly DType[], f: AttrFunction,
    options?: OpOptions & { config?: string; configProto?: string; executorType?: string },
  ) => Tensor[]
>({
  signature: "StatefulPartitionedCall(args: list(Tin)) -> (output: list(Tout)) | Tin: list(type) >= 0; Tout: list(type) >= 0; " +
    "f: func; config: string = ''; config_proto: string = ''; executor_type: string = '' | stateful",
  shape: unknownOutputs,
});

/** f(args) on another device. */
export const remoteCall = defineOp<
  (target: TensorLike<'string'>, args: readonly TensorLike[], tout: readonly DType[], f: AttrFunction, options?: OpOptions) => Tensor[]
>({
  signature: 'RemoteCall(target: string, args: list(Tin)) -> (output: list(Tout)) | Tin: list(type) >= 1; Tout: list(type) >= ' +
    '1; f: func | stateful',
  shape: unknownOutputs,
});

/** Stands for an output that a branch does not have. */
export const fakeParam = defineOp<<D extends DType>(dtype: D, shape: PartialShape, options?: OpOptions) => Tensor<D>>({
  signature: 'FakeParam() -> (output: dtype) | dtype: type; shape: shape',
  shape: (c) => [c.attrs.shape('shape')],
});
