/** The primitives of branches and loops for values and for references alike; the names are those of TensorFlow 1. */
import type { Operation } from '../../graph/operation.js';
import type { Tensor } from '../../graph/tensor.js';
import * as ops from '../../ops/families.js';

/** `data` where the predicate holds and where it does not; the other of the two is dead. It stands with its data. */
export function switchBoth(data: Tensor, pred: Tensor<'bool'>): readonly [whenFalse: Tensor, whenTrue: Tensor] {
  return data.graph.colocateWith(data, { ignoreExisting: true }, () => {
    const { outputFalse, outputTrue } = data.isRef ? ops.refSwitch(data, pred, { name: 'Switch' }) : ops.switch(data, pred);
    return [outputFalse, outputTrue];
  });
}

/** Whichever of the inputs is alive. */
export function mergeOf(inputs: readonly Tensor[]): Tensor {
  return (inputs.every((input) => input.isRef) ? ops.refMerge(inputs, { name: 'Merge' }) : ops.merge(inputs)).output;
}

export function identityOf(data: Tensor): Tensor {
  return data.isRef ? ops.refIdentity(data) : ops.identity(data);
}

export function enterFrame(data: Tensor, frame: string, options: { readonly isConstant: boolean; readonly parallelIterations: number }): Tensor {
  return data.isRef ? ops.refEnter(data, frame, options) : ops.enter(data, frame, options);
}

export function exitFrame(data: Tensor): Tensor {
  return data.isRef ? ops.refExit(data) : ops.exit(data);
}

export function nextIterationOf(data: Tensor): Tensor {
  return data.isRef ? ops.refNextIteration(data) : ops.nextIteration(data);
}

/** `output` once the operations have run. */
export function withDependencies(dependencies: readonly Operation[], output: Tensor): Tensor {
  const { graph } = output;
  return graph.nameScope('control_dependency', (scope) =>
    graph.colocateWith(output, () => graph.controlDependencies(dependencies, () => ops.identity(output, { name: scope }))));
}
