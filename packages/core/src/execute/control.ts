/** If, While, Case and calls: the host decides, the bodies run as plans of their own. */
import { CancelledError, InternalError, InvalidArgumentError } from '../errors.js';
import { AttrReader, type FunctionRef } from '../graph/attrs.js';
import type { HostTensor } from '../hostTensor.js';
import type { ControlStep } from '../plan/plan.js';
import type { GraphFunction } from './graphFunction.js';
import type { RunContext } from './runContext.js';

export async function runControl(
  step: ControlStep, inputs: readonly HostTensor[], context: RunContext, functionFor: (ref: FunctionRef) => GraphFunction,
): Promise<readonly HostTensor[]> {
  const attrs = new AttrReader(step.node.attrs, `${step.node.op} '${step.node.name}'`);
  const [first, ...rest] = inputs;
  switch (step.node.op) {
    case 'PartitionedCall':
    case 'StatefulPartitionedCall':
      return functionFor(attrs.func('f')).run(inputs, context);
    case 'If':
    case 'StatelessIf':
      return functionFor(attrs.func(first !== undefined && isTrue(first) ? 'then_branch' : 'else_branch')).run(rest, context);
    case 'Case':
    case 'StatelessCase': {
      const branches = attrs.funcs('branches');
      const index = Number(first?.item());
      // An index out of range means the last branch, as in TensorFlow.
      const branch = branches[index] ?? branches.at(-1);
      if (branch === undefined) throw new InvalidArgumentError('Case has no branches', { node: step.node.name, op: step.node.op });
      return functionFor(branch).run(rest, context);
    }
    case 'While':
    case 'StatelessWhile': {
      const condition = functionFor(attrs.func('cond'));
      const body = functionFor(attrs.func('body'));
      let state = inputs;
      for (;;) {
        const [test] = await condition.run(state, context);
        if (test === undefined || !isTrue(test)) return state;
        if (context.cancellation.cancelled) throw new CancelledError('Run call was cancelled');
        state = await body.run(state, context);
      }
    }
    default:
      throw new InternalError(`internal: ${step.node.op} is no control-flow op`, { node: step.node.name, op: step.node.op });
  }
}

/** TensorFlow's truth of a condition: a scalar by its value (a string by not being empty), anything else by having elements. */
function isTrue(value: HostTensor): boolean {
  if (value.shape.length > 0) return value.size > 0;
  const item = value.item();
  return typeof item === 'string' ? item !== '' : typeof item === 'bigint' ? item !== 0n : Boolean(item);
}
