/** Ops that may wait for what others do to their object: for room, for elements, for those before them in line. */
export const waitingOps: ReadonlySet<string> = new Set([
  'QueueEnqueueV2', 'QueueEnqueueManyV2', 'QueueDequeueV2', 'QueueDequeueManyV2', 'QueueDequeueUpToV2', 'QueueCloseV2',
]);
