/** Types that op functions share beside tensors. */
import type { FunctionRef } from '../graph/attrs.js';
import type { HostTensor } from '../hostTensor.js';
import type { TensorValue } from '../hostValue.js';

/** Several outputs by name; iterating gives them in order. */
export type Outputs<T extends object> = Readonly<T> & Iterable<T[keyof T]>;

/** What a tensor attribute takes. */
export type AttrTensor = HostTensor | TensorValue;

/** What a function attribute takes: a name in the graph's function library, with attributes where the function needs some. */
export type AttrFunction = string | FunctionRef;
