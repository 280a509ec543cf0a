/** Ops that stages put into a graph: function arguments and results, transfers between devices. */
import type { DType } from '../dtypes.js';
import type { FunctionRef } from '../graph/attrs.js';
import type { Tensor } from '../graph/tensor.js';
import type { Operation } from '../graph/operation.js';
import { defineOp, type OpOptions, type TensorLike } from './defineOp.js';
import type { ShapeFunction } from './opDef.js';
import { noOutputs, unknownOutputs } from './shapes/common.js';

/** What the caller knows of the argument, where it left that in `_output_shapes`. */
const argument: ShapeFunction = (c) => {
  if (!c.attrs.has('_output_shapes')) return [null];
  return [c.attrs.shapes('_output_shapes')[0] ?? null];
};

/** Argument `index` of the function. */
export const arg = defineOp<<D extends DType>(t: D, index: number, options?: OpOptions) => Tensor<D>>({
  signature: '_Arg() -> (output: T) | T: type; index: int >= 0 | stateful',
  shape: argument,
});

/** Result `index` of the function. */
export const retval = defineOp<(input: TensorLike, index: number, options?: OpOptions) => Operation>({
  signature: '_Retval(input: T) -> () | T: type; index: int >= 0 | stateful',
  shape: noOutputs,
});

/** Argument `index`, already on the device. */
export const deviceArg = defineOp<<D extends DType>(t: D, index: number, options?: OpOptions) => Tensor<D>>({
  signature: '_DeviceArg() -> (output: T) | T: type; index: int >= 0 | stateful',
  shape: argument,
});

/** Result `index`, left on the device. */
export const deviceRetval = defineOp<(input: TensorLike, index: number, options?: OpOptions) => Operation>({
  signature: '_DeviceRetval(input: T) -> () | T: type; index: int >= 0 | stateful',
  shape: noOutputs,
});

/** Sends a tensor to recv_device, under a name. */
export const send = defineOp<
  (
    tensor: TensorLike, tensorName: string, sendDevice: string, sendDeviceIncarnation: number, recvDevice: string,
    options?: OpOptions & { clientTerminated?: boolean },
  ) => Operation
>({
  signature: '_Send(tensor: T) -> () | T: type; tensor_name: string; send_device: string; send_device_incarnation: int; ' +
    'recv_device: string; client_terminated: bool = false | stateful',
  shape: noOutputs,
});

/** The tensor that send_device sent under this name. */
export const recv = defineOp<
  <D extends DType>(
    tensorType: D, tensorName: string, sendDevice: string, sendDeviceIncarnation: number, recvDevice: string,
    options?: OpOptions & { clientTerminated?: boolean },
  ) => Tensor<D>
>({
  signature: '_Recv() -> (tensor: tensor_type) | tensor_type: type; tensor_name: string; send_device: string; ' +
    'send_device_incarnation: int; recv_device: string; client_terminated: bool = false | stateful',
  shape: unknownOutputs,
});

/** _Send of a tensor in host memory. */
export const hostSend = defineOp<
  (
    tensor: TensorLike, tensorName: string, sendDevice: string, sendDeviceIncarnation: number, recvDevice: string,
    options?: OpOptions & { clientTerminated?: boolean },
  ) => Operation
>({
  signature: '_HostSend(tensor: T) -> () | T: type; tensor_name: string; send_device: string; send_device_incarnation: int; ' +
    'recv_device: string; client_terminated: bool = false | stateful',
  shape: noOutputs,
});

/** _Recv into host memory. */
export const hostRecv = defineOp<
  <D extends DType>(
    tensorType: D, tensorName: string, sendDevice: string, sendDeviceIncarnation: number, recvDevice: string,
    options?: OpOptions & { clientTerminated?: boolean },
  ) => Tensor<D>
>({
  signature: '_HostRecv() -> (tensor: tensor_type) | tensor_type: type; tensor_name: string; send_device: string; ' +
    'send_device_incarnation: int; recv_device: string; client_terminated: bool = false | stateful',
  shape: unknownOutputs,
});

/** The inputs as outputs of given dtypes. */
export const arrayToList = defineOp<(input: readonly TensorLike[], outTypes: readonly DType[], options?: OpOptions) => Tensor[]>({
  signature: '_ArrayToList(input: N*T) -> (output: list(out_types)) | T: type; N: int >= 1; out_types: list(type) >= 1',
  shape: (c) => c.outputDtypes.map((_, i) => c.shape(i)),
});

/** The inputs as outputs of one dtype. */
export const listToArray = defineOp<<D extends DType>(input: readonly TensorLike[], t: D, n: number, options?: OpOptions) => Tensor<D>[]>({
  signature: '_ListToArray(input: list(Tin)) -> (output: N*T) | Tin: list(type) >= 1; T: type; N: int >= 1',
  shape: (c) => c.outputDtypes.map((_, i) => c.shape(i)),
});

/** A body of Switches, Merges, Enters and Exits that is run by their own rules. Output i is what fetch `fetches[i]` of the step asks for. */
export const frames = defineOp<(input: readonly TensorLike[], f: FunctionRef, tout: readonly DType[], fetches: readonly number[], options?: OpOptions) => Tensor[]>({
  signature: '_Frames(input: list(Tin)) -> (output: list(Tout)) | Tin: list(type) >= 0; Tout: list(type) >= 0; f: func; fetches: list(int) | stateful',
  shape: unknownOutputs,
});
