/** A graph said as data, in few lines. */
import { HostTensor, type AttrValue, type GraphDefData, type NodeDefData } from '@sessionflow/core';

export function graphDef(...nodes: NodeDefData[]): GraphDefData {
  return { nodes, functions: [], gradients: [], versions: { producer: 0, minConsumer: 0, badConsumers: [] } };
}

export function float32(values: Float32Array, shape: readonly number[]): HostTensor {
  return new HostTensor('float32', [...shape], values);
}

/** A float32 node; `T` and `dtype` are filled in. */
export function node(op: string, name: string, input: readonly string[], attr: Readonly<Record<string, AttrValue>> = {}): NodeDefData {
  return { op, name, input, device: '', attr: { [op === 'Placeholder' || op === 'Const' ? 'dtype' : 'T']: { kind: 'type', value: 'float32' }, ...attr } };
}

export function placeholder(name: string, shape: readonly number[]): NodeDefData {
  return node('Placeholder', name, [], { shape: { kind: 'shape', value: shape } });
}

export function constant(name: string, value: HostTensor): NodeDefData {
  return node('Const', name, [], { value: { kind: 'tensor', value } });
}

/** A constant int32 vector: axes, an order of dimensions. */
export function intVector(name: string, values: readonly number[]): NodeDefData {
  return {
    op: 'Const', name, input: [], device: '',
    attr: { dtype: { kind: 'type', value: 'int32' }, value: { kind: 'tensor', value: new HostTensor('int32', [values.length], Int32Array.from(values)) } },
  };
}
