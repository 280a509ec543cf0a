/** What a variable starts from when its initial value is computed from other variables, which may have none yet. */
import type { Operation } from '../graph/operation.js';
import type { Tensor } from '../graph/tensor.js';
import { opDefinition } from '../ops/registry.js';

/** A variable that is there, as its node and what it is worth before and after it is initialized. */
export interface StartingVariable {
  readonly op: Operation;
  initializedValue(): Tensor;
}

/** Reads of resources and tests for values stay as they are, as TensorFlow leaves them. */
const unguarded: ReadonlySet<string> = new Set(['IsVariableInitialized', 'VarIsInitializedOp', 'ReadVariableOp', 'If']);

/**
 * The same value, computed with `initializedValue` in place of reference variables: the operations between are made again, named after the new
 * variable's scope. A value that depends on itself stays as it is.
 */
export function guardedInitialValue(value: Tensor, scope: string, variables: readonly StartingVariable[]): Tensor {
  if (dependsOnItself(value.op)) return value;
  const made = new Map<Operation, Operation>();
  const guarded = (op: Operation): Operation => {
    const known = made.get(op);
    if (known !== undefined) return known;
    const result = remade(op, scope, variables, (input) => guarded(input.op).outputs[input.index] ?? input);
    made.set(op, result);
    return result;
  };
  return guarded(value.op).outputs[value.index] ?? value;
}

function remade(op: Operation, scope: string, variables: readonly StartingVariable[], guarded: (input: Tensor) => Tensor): Operation {
  if (unguarded.has(op.type)) return op;
  if (op.type === 'Variable' || op.type === 'VariableV2') return variables.find((variable) => variable.op === op)?.initializedValue().op ?? op;
  const inputs = op.inputs.map(guarded);
  if (inputs.every((input, i) => input === op.inputs[i])) return op;
  // What was a reference is a value now.
  const definition = (op.type === 'RefSwitch' ? opDefinition('Switch') : undefined) ?? op.definition;
  return op.graph.createOperation({ definition, inputs, attrs: op.attrs, name: `${op.name}_${scope}` });
}

function dependsOnItself(start: Operation): boolean {
  const open = new Set<Operation>();
  const done = new Set<Operation>();
  const stack: { readonly op: Operation; readonly rest: Operation[] }[] = [];
  const enter = (op: Operation): void => {
    open.add(op);
    stack.push({ op, rest: [...op.inputs.map((input) => input.op), ...op.controlInputs] });
  };
  enter(start);
  for (let at = stack.at(-1); at !== undefined; at = stack.at(-1)) {
    const next = at.rest.pop();
    if (next === undefined) {
      stack.pop();
      open.delete(at.op);
      done.add(at.op);
    } else if (open.has(next)) return true;
    else if (!done.has(next)) enter(next);
  }
  return false;
}
