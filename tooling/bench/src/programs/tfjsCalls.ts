/** How a graph model of tfjs is called, whatever its backend. */
import type { HostTensor } from '@sessionflow/core';
import type { GraphModel } from '@tensorflow/tfjs-converter';
import * as tf from '@tensorflow/tfjs-core';

/** By name of the tensor. */
export function tfjsInputs(feeds: ReadonlyMap<string, HostTensor>): tf.NamedTensorMap {
  return Object.fromEntries([...feeds].map(([name, value]) => [name.replace(/:0$/, ''), tfjsTensor(value)]));
}

/** tfjs has no small integers: they are int32 there. */
function tfjsTensor({ dtype, shape, data }: HostTensor): tf.Tensor {
  if (dtype === 'float32') return tf.tensor(data as Float32Array, [...shape], 'float32');
  if (dtype === 'bool') return tf.tensor(data as Uint8Array, [...shape], 'bool');
  return tf.tensor(data instanceof Int32Array ? data : Int32Array.from(data as ArrayLike<number>), [...shape], 'int32');
}

type Computed = tf.Tensor[] | Promise<tf.Tensor[]>;

/** `execute` where the model allows it: models with control flow or sizes born from data must use the asynchronous one. */
export async function computation(model: GraphModel, outputs: string[], inputs: () => tf.NamedTensorMap): Promise<() => Computed> {
  const synchronous = (): Computed => tf.tidy(() => asArray(model.execute(inputs(), outputs)));
  try {
    tf.dispose(await synchronous());
    return synchronous;
  } catch (error) {
    if (!(error instanceof Error && error.message.includes('executeAsync'))) throw error;
  }
  const asynchronous = async (): Promise<tf.Tensor[]> => {
    const fed = inputs();
    const results = asArray(await model.executeAsync(fed, outputs));
    tf.dispose(fed);
    return results;
  };
  tf.dispose(await asynchronous());
  return asynchronous;
}

function asArray(tensors: tf.Tensor | tf.Tensor[]): tf.Tensor[] {
  return Array.isArray(tensors) ? tensors : [tensors];
}
