/** The ops whose bodies are functions that run as plans of their own. */
export const controlFlowOps: ReadonlySet<string> = new Set([
  'If', 'StatelessIf', 'While', 'StatelessWhile', 'PartitionedCall', 'StatefulPartitionedCall', 'Case', 'StatelessCase',
]);
