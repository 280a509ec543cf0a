/** A `whileLoop`: what comes from outside is entered as a constant of all iterations, what depends on nothing of the loop waits for its pivot. */
import { ValueError } from '../../errors.js';
import { ControlFlowContext, isLoopConstant, isLoopExit, loopAround, outputContext } from '../../graph/controlFlow.js';
import type { Graph } from '../../graph/graph.js';
import type { Operation } from '../../graph/operation.js';
import { controlInputsFor, entries } from '../../graph/scopes.js';
import { tupleText, type Tensor } from '../../graph/tensor.js';
import * as ops from '../../ops/families.js';
import type { PartialShape } from '../../shape.js';
import { scopesOf } from '../../state/graphScopes.js';
import { enterFrame, exitFrame, identityOf, mergeOf, nextIterationOf, switchBoth } from './primitives.js';

/** What a loop is built of, over flat lists of tensors. */
export interface LoopParts {
  readonly cond: (variables: readonly Tensor[]) => Tensor<'bool'>;
  readonly body: (variables: readonly Tensor[]) => readonly Tensor[];
  readonly initial: readonly Tensor[];
  /** What is known of the variables' shapes in every iteration; by default the shapes that they enter with. */
  readonly shapeInvariants: readonly PartialShape[] | undefined;
}

export class WhileContext extends ControlFlowContext {
  readonly isLoop = true;
  /** The name of the frame. */
  readonly name: string;
  private pivotForCond: Tensor | undefined;
  private pivotForBody: Tensor | undefined;

  constructor(private readonly graph: Graph, private readonly parallelIterations: number) {
    super(scopesOf(graph).controlFlow);
    this.name = graph.uniqueName('while_context');
  }

  get pivot(): Tensor | undefined {
    return this.pivotForBody ?? this.pivotForCond;
  }

  addValue(tensor: Tensor): Tensor {
    if (this.values.has(tensor) || tensor.op.controlFlow === this) return this.external.get(tensor) ?? tensor;
    this.values.add(tensor);
    const outside = this.outer?.addValue(tensor) ?? tensor;
    const inside = this.entered([outside], true)[0]!;
    if (inside.shape === null) inside.setShape(outside.shape);
    this.placeEnters([inside]);
    this.values.add(inside);
    this.external.set(tensor, inside);
    return inside;
  }

  addOperation(op: Operation): void {
    let outer: readonly Operation[];
    if (op.inputs.length === 0) {
      const { internal, external } = this.removeExternalControls(op);
      outer = external;
      if (internal.length === 0) this.waitForPivot(op);
    } else {
      this.replaceInputs(op, (input) => this.addValue(input));
      outer = this.removeExternalControls(op).external;
      // What reads only constants of the loop would run before it is known whether there is an iteration.
      if (this.isFree(op)) this.waitForPivot(op);
    }
    for (const output of op.outputs) this.values.add(output);
    if (outer.length > 0) this.bringControls(op, outer);
    if (this.outer === undefined && isLoopExit(op)) return;
    op.graph.preventFetching(op);
    op.graph.preventFeeding(op);
  }

  /** Builds the loop inside this context; the tensors that leave it. */
  build({ cond, body, initial, shapeInvariants }: LoopParts): Tensor[] {
    for (const tensor of initial) this.values.add(tensor);
    const outside = initial.map((tensor) => this.outer?.addValue(tensor) ?? tensor);
    const enters = this.entered(outside, false);
    const around = this.pivotAround();
    if (around !== undefined) for (const { op } of enters) if (isLoopConstant(op.inputs[0]!.op)) op.addControlInputs([around.op]);
    this.placeEnters(enters);
    enters.forEach((enter, i) => { enter.setShape(invariantOf(outside[i]!, shapeInvariants?.[i])); });
    this.values.clear();
    for (const enter of enters) this.values.add(enter);
    const merges = enters.map((enter) => mergeOf([enter, enter]));
    this.pivotForCond = merges[0];
    const condition = ops.loopCond(cond(merges), { name: 'LoopCond' });
    const switches = merges.map((merge) => switchBoth(merge, condition));
    const variables = switches.map(([, whenTrue]) => identityOf(whenTrue));
    this.pivotForBody = variables[0];
    const results = body(variables);
    merges.forEach((merge, i) => { this.closeLoop(merge, results[i]!); });
    const exits = switches.map(([whenFalse]) => exitFrame(whenFalse));
    this.exitResults(exits);
    return exits;
  }

  /** The back edge: what a variable is in the next iteration. */
  private closeLoop(merge: Tensor, value: Tensor): void {
    const enter = merge.op.inputs[0]!;
    const from = enter.op.inputs[0]!;
    if (value.dtype !== merge.dtype) {
      throw new ValueError(`Input tensor '${from.name}' enters the loop with dtype ${merge.dtype}, but has dtype ${value.dtype} after one iteration.`);
    }
    const next = nextIterationOf(value);
    if (!isWithin(next.shape, merge.shape)) {
      throw new ValueError(
        `Input tensor '${from.name}' enters the loop with shape ${tupleText(from.shape)}, but has shape ${tupleText(next.shape)} after one iteration. ` +
          'To allow the shape to vary across iterations, use the `shapeInvariants` option of tf.whileLoop to specify a less-specific shape.',
      );
    }
    merge.op.replaceInput(1, next);
  }

  /** Enters, which stand outside of every context until `placeEnters`. */
  private entered(tensors: readonly Tensor[], isConstant: boolean): Tensor[] {
    const { graph, parallelIterations, name } = this;
    return graph.controlDependencies(null, () => tensors.map((tensor) => {
      const enter = enterFrame(tensor, name, { isConstant, parallelIterations });
      graph.preventFeeding(enter);
      return enter;
    }));
  }

  /** Gives Enters to this context; they wait for those open blocks that are around this loop and inside of the loop around it. */
  private placeEnters(enters: readonly Tensor[]): void {
    const { controls } = scopesOf(this.graph);
    const outerLoop = loopAround(this.outer);
    for (const { op } of enters) {
      const waited = controlInputsFor(new Set([op.inputs[0]!.op]), controls).filter((control) => {
        const context = outputContext(control);
        let at = this.outer;
        while (at !== context) {
          if (at === undefined || at === outerLoop) return false;
          at = at.outer;
        }
        return true;
      });
      op.setControlFlow(this);
      op.addControlInputs(waited);
      for (const scope of entries(controls)) scope.add(op);
    }
  }

  private pivotAround(): Tensor | undefined {
    for (let at = this.outer; at !== undefined; at = at.outer) if (at.pivot !== undefined) return at.pivot;
    return undefined;
  }

  private isFree(op: Operation): boolean {
    if (op.controlInputs.length > 0) return false;
    return op.graph.functions.has(op.type) || op.type === 'SymbolicGradient' || op.inputs.every((input) => isLoopConstant(input.op));
  }

  private waitForPivot(op: Operation): void {
    if (this.pivot !== undefined) op.addControlInputs([this.pivot.op]);
  }

  /** What is waited for outside of the loop is waited for as a value that enters it. */
  private bringControls(op: Operation, outer: readonly Operation[]): void {
    const brought = this.graph.controlDependencies(null, () => this.graph.inControlFlow(this, () =>
      outer.flatMap(({ outputs: [value] }) => (value === undefined ? [] : [ops.identity(value).op]))));
    op.addControlInputs(brought);
  }
}

/** ValueError where a variable enters with a shape that the given one does not allow. */
function invariantOf(tensor: Tensor, invariant: PartialShape | undefined): PartialShape {
  if (invariant === undefined) return tensor.shape;
  if (!isWithin(tensor.shape, invariant)) {
    throw new ValueError(
      `The shape invariant specified for ${tensor.name} is not compatible with the initial shape of the loop variable. ` +
        `It enters the loop with shape ${tupleText(tensor.shape)}, but the specified shape invariant is ${tupleText(invariant)}.`,
    );
  }
  return invariant;
}

/** Whether every shape that `shape` stands for is one that `bound` stands for. */
function isWithin(shape: PartialShape, bound: PartialShape): boolean {
  if (bound === null) return true;
  return shape !== null && shape.length === bound.length && bound.every((dim, axis) => dim === null || dim === shape[axis]);
}
