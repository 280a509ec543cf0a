/** One branch of a `cond`: what comes from outside goes through a Switch, what has no inputs waits for the branch's pivot. */
import { ControlFlowContext, isInside, isLoopExit } from '../../graph/controlFlow.js';
import { Operation } from '../../graph/operation.js';
import type { Tensor } from '../../graph/tensor.js';
import { convertToTensor } from '../../ops/convert.js';
import { scopesOf } from '../../state/graphScopes.js';
import { switchBoth, withDependencies } from './primitives.js';

export class CondContext extends ControlFlowContext {
  readonly isLoop = false;

  /** `pivot` lives when the predicate is what `branch` says. */
  constructor(private readonly pred: Tensor<'bool'>, readonly pivot: Tensor<'bool'>, private readonly branch: boolean) {
    super(scopesOf(pred.graph).controlFlow);
    this.values.add(pred).add(pivot);
    this.external.set(pred, pred);
    pivot.op.setControlFlow(this);
  }

  addValue(tensor: Tensor): Tensor {
    if (this.values.has(tensor)) return this.external.get(tensor) ?? tensor;
    const outside = this.fromOuter(tensor);
    const inside = tensor.graph.controlDependencies(null, () => this.switched(outside));
    tensor.graph.preventFetching(inside.op);
    inside.op.setControlFlow(this);
    this.noteEverywhere([inside]);
    this.external.set(tensor, inside);
    return inside;
  }

  addOperation(op: Operation): void {
    if (op.inputs.length === 0) {
      this.removeExternalControls(op);
      if (!op.controlInputs.some((control) => isInside(control.controlFlow, this))) op.addControlInputs([this.pivot.op]);
    } else {
      // A loop's back edge comes from inside.
      this.replaceInputs(op, (input) => (op.type === 'Merge' && input.op.type === 'NextIteration' ? input : this.addValue(input)));
      this.removeExternalControls(op);
      if (op.graph.functions.has(op.type) || op.type === 'SymbolicGradient') op.addControlInputs([this.pivot.op]);
    }
    this.noteEverywhere(op.outputs);
    if (this.outer !== undefined || !isLoopExit(op)) op.graph.preventFetching(op);
  }

  /** What the branch gives for one leaf of its result: a tensor of this branch. An operation is waited for. */
  result(leaf: unknown): Tensor {
    if (leaf instanceof Operation) return withDependencies([leaf], this.pivot);
    const tensor = convertToTensor(this.pred.graph, leaf);
    if (this.values.has(tensor)) return this.external.get(tensor) ?? tensor;
    // The branch gives what it did not make.
    const inside = this.switched(this.fromOuter(tensor));
    this.external.set(tensor, inside);
    return inside;
  }

  private fromOuter(tensor: Tensor): Tensor {
    this.values.add(tensor);
    if (this.outer === undefined) return tensor;
    const outside = this.outer.addValue(tensor);
    this.values.add(outside);
    this.external.set(outside, outside);
    return outside;
  }

  private switched(tensor: Tensor): Tensor {
    const [whenFalse, whenTrue] = switchBoth(tensor, this.pred);
    return this.branch ? whenTrue : whenFalse;
  }
}
