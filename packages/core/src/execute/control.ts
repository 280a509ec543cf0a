/** If, While, Case and calls: the host decides, the bodies run as plans of their own. Loop variables and arguments stay where they lie. */
import { releaseAll, retained, type AnyTensor } from '../device/anyTensor.js';
import { CancelledError, InternalError, InvalidArgumentError } from '../errors.js';
import { AttrReader, type FunctionRef } from '../graph/attrs.js';
import { HostTensor } from '../hostTensor.js';
import type { ControlStep } from '../plan/plan.js';
import { runFrames, type FrameFunction } from './frames.js';
import type { GraphFunction } from './graphFunction.js';
import type { RunContext } from './runContext.js';

/** What a function's results are for: a condition is read by the host, other results stay where they are made. */
export type FunctionUse = 'condition' | 'values';

/** Functions that control flow calls. */
export interface ControlFunctions {
  functionFor(ref: FunctionRef, use: FunctionUse): GraphFunction;
  /** The body of a `_Frames` node. */
  framesFor(ref: FunctionRef): FrameFunction;
}

/** The values it gives are the caller's to release. */
export async function runControl(step: ControlStep, inputs: readonly AnyTensor[], context: RunContext, functions: ControlFunctions): Promise<readonly AnyTensor[]> {
  const functionFor = (ref: FunctionRef, use: FunctionUse): GraphFunction => functions.functionFor(ref, use);
  const attrs = new AttrReader(step.node.attrs, `${step.node.op} '${step.node.name}'`);
  const [first, ...rest] = inputs;
  switch (step.node.op) {
    case 'PartitionedCall':
    case 'StatefulPartitionedCall':
      return functionFor(attrs.func('f'), 'values').run(inputs, context);
    case 'If':
    case 'StatelessIf':
      return functionFor(attrs.func(isTrue(first) ? 'then_branch' : 'else_branch'), 'values').run(rest, context);
    case 'Case':
    case 'StatelessCase': {
      const branches = attrs.funcs('branches');
      const index = first instanceof HostTensor ? Number(first.item()) : NaN;
      // An index out of range means the last branch, as in TensorFlow.
      const branch = branches[index] ?? branches.at(-1);
      if (branch === undefined) throw new InvalidArgumentError('Case has no branches', { node: step.node.name, op: step.node.op });
      return functionFor(branch, 'values').run(rest, context);
    }
    case 'While':
    case 'StatelessWhile': {
      const condition = functionFor(attrs.func('cond'), 'condition');
      return loop(condition, functionFor(attrs.func('body'), 'values'), inputs, context);
    }
    case '_Frames':
      return runFrames(functions.framesFor(attrs.func('f')), inputs, attrs.ints('fetches'), context);
    default:
      throw new InternalError(`internal: ${step.node.op} is no control-flow op`, { node: step.node.name, op: step.node.op });
  }
}

async function loop(condition: GraphFunction, body: GraphFunction, inputs: readonly AnyTensor[], context: RunContext): Promise<readonly AnyTensor[]> {
  let state: readonly AnyTensor[] = inputs.map(retained);
  try {
    for (;;) {
      const [test] = await condition.run(state, context);
      if (!isTrue(test)) return state;
      if (context.cancellation.cancelled) throw new CancelledError('Run call was cancelled');
      await context.pending.room();
      const next = await body.run(state, context);
      releaseAll(state);
      state = next;
    }
  } catch (error) {
    releaseAll(state);
    throw error;
  }
}

/** TensorFlow's truth of a condition: a scalar by its value (a string by not being empty), anything else by having elements. */
function isTrue(value: AnyTensor | undefined): boolean {
  if (!(value instanceof HostTensor)) throw new InternalError('internal: a condition is not on the host');
  if (value.shape.length > 0) return value.size > 0;
  const item = value.item();
  return typeof item === 'string' ? item !== '' : typeof item === 'bigint' ? item !== 0n : Boolean(item);
}
