/** The ops whose bodies are functions that run as plans of their own. */
export const controlFlowOps: ReadonlySet<string> = new Set([
  'If', 'StatelessIf', 'While', 'StatelessWhile', 'PartitionedCall', 'StatefulPartitionedCall', 'Case', 'StatelessCase', '_Frames',
]);

/** Whether the first input of a control-flow op decides which branch is taken: the host reads it. */
export function decidesByFirst(op: string): boolean {
  return /^(Stateless)?(If|Case)$/.test(op);
}

/** TensorFlow 1's primitives of loops and branches: which of their outputs lives, and in which iteration, is decided while they run. */
export const framePrimitives: ReadonlySet<string> = new Set([
  'Switch', '_SwitchN', 'Merge', 'Enter', 'Exit', 'NextIteration', 'LoopCond',
]);
