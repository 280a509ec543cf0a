/**
 * What surrounds operations that are made inside a branch or a loop of TensorFlow 1 (`api/controlFlow`): a context brings in what comes from
 * outside (a Switch, an Enter), and holds its operations back until the branch is taken or the iteration begins.
 */
import { ValueError } from '../errors.js';
import { AttrReader } from './attrs.js';
import type { Operation } from './operation.js';
import type { Tensor } from './tensor.js';

/** One branch or one loop. Contexts nest; each knows the one around it. */
export abstract class ControlFlowContext {
  /** Tensors that need no way in: made here, or brought in. */
  protected readonly values = new Set<Tensor>();
  /** Tensors from outside and what stands for them here. */
  protected readonly external = new Map<Tensor, Tensor>();

  protected constructor(readonly outer: ControlFlowContext | undefined) {}

  abstract readonly isLoop: boolean;
  /** What lives when the branch is taken, or when an iteration begins. */
  abstract get pivot(): Tensor | undefined;
  /** What stands for a tensor inside; made if need be, in every context around, too. */
  abstract addValue(tensor: Tensor): Tensor;
  /** A new operation is one of this context: its inputs are replaced by what stands for them here, its controls by those that hold here. */
  abstract addOperation(op: Operation): void;

  /** Makes results known to the context around. */
  exitResults(results: readonly Tensor[]): void {
    for (const result of results) this.outer?.values.add(result);
  }

  /** Makes tensors known here and in every context around. */
  protected noteEverywhere(tensors: readonly Tensor[]): void {
    for (const tensor of tensors) this.values.add(tensor);
    this.outer?.noteEverywhere(tensors);
  }

  protected replaceInputs(op: Operation, standIn: (input: Tensor) => Tensor): void {
    op.inputs.forEach((input, index) => {
      const inside = standIn(input);
      if (inside !== input) op.replaceInput(index, inside);
    });
  }

  /** Takes away the control inputs that come from outside of the loop around; gives those that stay and those that went. */
  protected removeExternalControls(op: Operation): { readonly internal: readonly Operation[]; readonly external: readonly Operation[] } {
    const loop = loopAround(this);
    if (loop === undefined) return { internal: op.controlInputs, external: [] };
    const isInternal = (control: Operation): boolean => {
      const context = outputContext(control);
      return context !== undefined && loopAround(context) === loop;
    };
    const internal = op.controlInputs.filter(isInternal);
    const external = op.controlInputs.filter((control) => !isInternal(control));
    if (external.length > 0) op.setControlInputs(internal);
    return { internal, external };
  }
}

/** The context itself if it is a loop, else the innermost loop around it. */
export function loopAround(context: ControlFlowContext | undefined): ControlFlowContext | undefined {
  let at = context;
  while (at !== undefined && !at.isLoop) at = at.outer;
  return at;
}

/** Whether `context` is `container` or inside it; every context is inside `undefined`. */
export function isInside(context: ControlFlowContext | undefined, container: ControlFlowContext | undefined): boolean {
  for (let at = context; at !== container; at = at.outer) if (at === undefined) return false;
  return true;
}

/** Where an operation's outputs are: an Exit's are outside of its loop. */
export function outputContext(op: Operation): ControlFlowContext | undefined {
  return isLoopExit(op) ? op.controlFlow?.outer : op.controlFlow;
}

export function isLoopExit(op: Operation): boolean {
  return op.type === 'Exit' || op.type === 'RefExit';
}

export function isLoopEnter(op: Operation): boolean {
  return op.type === 'Enter' || op.type === 'RefEnter';
}

/** Whether an operation brings a value into a loop that stays the same in all iterations. */
export function isLoopConstant(op: Operation): boolean {
  return isLoopEnter(op) && new AttrReader(op.attrs, `${op.type} '${op.name}'`).bool('is_constant');
}

/** ValueError when an input is a loop's own and the operation stands outside of that loop. */
export function checkInputContext(op: Operation, input: Operation): void {
  const from = outputContext(input);
  if (from === undefined || from === op.controlFlow) return;
  const loop = loopAround(op.controlFlow);
  const otherLoop = loopAround(from);
  if (loop === undefined) {
    // The ways in stand outside of what they lead to.
    if (otherLoop === undefined || isLoopEnter(op) || op.type === 'Switch' || op.type === 'RefSwitch') return;
    throw new ValueError(`Cannot use '${input.name}' as input to '${op.name}' because '${input.name}' is in a while loop.`);
  }
  if (isInside(loop, otherLoop)) return;
  throw new ValueError(`Cannot use '${input.name}' as input to '${op.name}' because they are in different while loops.`);
}
