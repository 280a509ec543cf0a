/** Control flow of TensorFlow 1 (Switch, Merge and the frames of loops), and ops that run for their effect. */
import type { DType } from '../dtypes.js';
import type { PartialShape } from '../shape.js';
import type { Tensor } from '../graph/tensor.js';
import type { Operation } from '../graph/operation.js';
import type { Outputs } from './callTypes.js';
import { defineOp, type OpOptions, type TensorLike } from './defineOp.js';
import type { ShapeFunction } from './opDef.js';
import { noOutputs, rankIs, scalarOutputs, unchanged } from './shapes/common.js';

/** Every output has the shape of input 0, a bool in input 1 chooses. */
const switched: ShapeFunction = (c) => {
  rankIs(c, 1, 0, 'pred');
  return c.outputDtypes.map(() => c.shape(0));
};

/** What all inputs agree on, and the index of the one that came. A loop's back edge is not known yet when the Merge is made. */
const merged: ShapeFunction = (c) => {
  let shape: PartialShape = c.shape(0);
  for (let i = 1; i < c.inputCount; i++) {
    const other = c.shape(i);
    if (shape === null || other === null || shape.length !== other.length) shape = null;
    else shape = shape.map((dim, axis) => (dim === other[axis] ? dim : null));
  }
  return [shape, []];
};

/** A loop variable may change its shape from one iteration to the next; a loop constant may not. */
const entered: ShapeFunction = (c) => [c.attrs.bool('is_constant') ? c.shape(0) : null];

/** Nothing; for its control dependencies. */
export const noOp = defineOp<(options?: OpOptions) => Operation>({
  signature: 'NoOp() -> ()',
  shape: noOutputs,
});

/** Nothing, also where its control inputs are dead. */
export const controlTrigger = defineOp<(options?: OpOptions) => Operation>({
  signature: 'ControlTrigger() -> ()',
  shape: noOutputs,
});

/** Ends the process; here: the run, with `error_msg`. */
export const abort = defineOp<(options?: OpOptions & { errorMsg?: string; exitWithoutError?: boolean }) => Operation>({
  signature: "Abort() -> () | error_msg: string = ''; exit_without_error: bool = false",
  shape: noOutputs,
});

/** data at output_true if pred holds, else at output_false; the other output is dead. */
const switchOp = defineOp<
  <D extends DType>(
    data: TensorLike<D>, pred: TensorLike<'bool'>,
    options?: OpOptions,
  ) => Outputs<{ outputFalse: Tensor<D>; outputTrue: Tensor<D> }>
>({
  signature: 'Switch(data: T, pred: bool) -> (output_false: T, output_true: T) | T: type',
  shape: switched,
});
export { switchOp as switch };

/** Switch for references. */
export const refSwitch = defineOp<
  <D extends DType>(
    data: Tensor<D>, pred: TensorLike<'bool'>,
    options?: OpOptions,
  ) => Outputs<{ outputFalse: Tensor<D>; outputTrue: Tensor<D> }>
>({
  signature: 'RefSwitch(data: ref T, pred: bool) -> (output_false: ref T, output_true: ref T) | T: type | uninitialized input ok',
  shape: switched,
});

/** data at the output that output_index says (the last one if out of range); the others are dead. */
export const switchN = defineOp<
  <D extends DType>(data: TensorLike<D>, outputIndex: TensorLike<'int32'>, numOuts: number, options?: OpOptions) => Tensor<D>[]
>({
  signature: '_SwitchN(data: T, output_index: int32) -> (outputs: num_outs*T) | num_outs: int >= 1; T: type',
  shape: (c) => {
    rankIs(c, 1, 0, 'output_index');
    return c.outputDtypes.map(() => c.shape(0));
  },
});

/** The input that is not dead, and its index. */
export const merge = defineOp<
  <D extends DType>(inputs: readonly TensorLike<D>[], options?: OpOptions) => Outputs<{ output: Tensor<D>; valueIndex: Tensor<'int32'> }>
>({
  signature: 'Merge(inputs: N*T) -> (output: T, value_index: int32) | T: type; N: int >= 1',
  shape: merged,
});

/** Merge for references. */
export const refMerge = defineOp<
  <D extends DType>(inputs: readonly TensorLike<D>[], options?: OpOptions) => Outputs<{ output: Tensor<D>; valueIndex: Tensor<'int32'> }>
>({
  signature: 'RefMerge(inputs: ref N*T) -> (output: ref T, value_index: int32) | T: type; N: int >= 1',
  shape: merged,
});

/** data in a child frame; a constant stays for all iterations. */
export const enter = defineOp<
  <D extends DType>(
    data: TensorLike<D>, frameName: string,
    options?: OpOptions & { isConstant?: boolean; parallelIterations?: number },
  ) => Tensor<D>
>({
  signature: 'Enter(data: T) -> (output: T) | T: type; frame_name: string; is_constant: bool = false; parallel_iterations: int = 10',
  shape: entered,
});

/** Enter for references. */
export const refEnter = defineOp<
  <D extends DType>(
    data: Tensor<D>, frameName: string,
    options?: OpOptions & { isConstant?: boolean; parallelIterations?: number },
  ) => Tensor<D>
>({
  signature: 'RefEnter(data: ref T) -> (output: ref T) | T: type; frame_name: string; is_constant: bool = false; ' +
    'parallel_iterations: int = 10',
  shape: entered,
});

/** data in the parent frame. */
export const exit = defineOp<<D extends DType>(data: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Exit(data: T) -> (output: T) | T: type',
  shape: unchanged,
});

/** Exit for references. */
export const refExit = defineOp<<D extends DType>(data: Tensor<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'RefExit(data: ref T) -> (output: ref T) | T: type',
  shape: unchanged,
});

/** data in the next iteration. */
export const nextIteration = defineOp<<D extends DType>(data: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'NextIteration(data: T) -> (output: T) | T: type',
  shape: unchanged,
});

/** NextIteration for references. */
export const refNextIteration = defineOp<<D extends DType>(data: Tensor<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'RefNextIteration(data: ref T) -> (output: ref T) | T: type',
  shape: unchanged,
});

/** The condition of a loop. */
export const loopCond = defineOp<(input: TensorLike<'bool'>, options?: OpOptions) => Tensor<'bool'>>({
  signature: 'LoopCond(input: bool) -> (output: bool)',
  shape: (c) => [rankIs(c, 0, 0, 'input')],
});

/** The reference that index says. */
export const refSelect = defineOp<
  <D extends DType>(index: TensorLike<'int32'>, inputs: readonly TensorLike<D>[], options?: OpOptions) => Tensor<D>
>({
  signature: 'RefSelect(index: int32, inputs: ref N*T) -> (output: ref T) | T: type; N: int >= 1',
  shape: (c) => {
    rankIs(c, 0, 0, 'index');
    return [c.shape(1)];
  },
});

/** An error that shows `data` if the condition does not hold. */
export const assert = defineOp<
  (condition: TensorLike<'bool'>, data: readonly TensorLike[], options?: OpOptions & { summarize?: number }) => Operation
>({
  signature: 'Assert(condition: bool, data: list(T)) -> () | T: list(type) >= 1; summarize: int = 3 | stateful',
  shape: (c) => {
    rankIs(c, 0, 0, 'condition');
    return [];
  },
});

/** The input; `data` is printed with `message`. */
export const print = defineOp<
  <D extends DType>(
    input: TensorLike<D>, data: readonly TensorLike[],
    options?: OpOptions & { message?: string; firstN?: number; summarize?: number },
  ) => Tensor<D>
>({
  signature: "Print(input: T, data: list(U)) -> (output: T) | T: type; U: list(type) >= 0; message: string = ''; first_n: int " +
    "= -1; summarize: int = 3 | stateful",
  shape: unchanged,
});

/** Prints a string. */
export const printV2 = defineOp<(input: TensorLike<'string'>, options?: OpOptions & { outputStream?: string; end?: string }) => Operation>({
  signature: "PrintV2(input: string) -> () | output_stream: string = 'stderr'; end: string = '\\n' | stateful",
  shape: (c) => {
    rankIs(c, 0, 0, 'input');
    return [];
  },
});

/** Seconds since 1970. */
export const timestamp = defineOp<(options?: OpOptions) => Tensor<'float64'>>({
  signature: 'Timestamp() -> (ts: double) | stateful',
  shape: scalarOutputs,
});

/** Whether a scalar is not zero (a string: not empty), or whether a tensor has elements. */
export const toBool = defineOp<(input: TensorLike, options?: OpOptions) => Tensor<'bool'>>({
  signature: 'ToBool(input: T) -> (output: bool) | T: type',
  shape: scalarOutputs,
});

/** The place of the own device in device_names, or their number. */
export const deviceIndex = defineOp<(deviceNames: readonly string[], options?: OpOptions) => Tensor<'int32'>>({
  signature: 'DeviceIndex() -> (index: int32) | device_names: list(string) | stateful',
  shape: scalarOutputs,
});

/** Waits. */
export const sleepOp = defineOp<(sleepSeconds: TensorLike<'int32'>, options?: OpOptions) => Operation>({
  signature: 'SleepOp(sleep_seconds: int32) -> () | stateful',
  shape: noOutputs,
});

/** The input, after a while. */
export const sleepIdentityOp = defineOp<
  <D extends DType>(sleepSeconds: TensorLike<'int32'>, input: TensorLike<D>, options?: OpOptions) => Tensor<D>
>({
  signature: 'SleepIdentityOp(sleep_seconds: int32, input: T) -> (output: T) | T: type | stateful',
  shape: (c) => [c.shape(1)],
});
