/** One step of a session: runs functions under one cancellation, and ends only when all that they asked of devices has. */
import { releaseAll, type AnyTensor } from '../device/anyTensor.js';
import { PendingWork } from './pendingWork.js';
import { StepErrors } from './stepErrors.js';
import type { RunContext } from './runContext.js';

/** What `run` gives is the caller's to release. */
export async function runStep(base: Omit<RunContext, 'pending' | 'errors'>, run: (context: RunContext) => Promise<readonly AnyTensor[]>): Promise<readonly AnyTensor[]> {
  const errors = new StepErrors();
  const pending = new PendingWork(errors);
  const stopListening = base.cancellation.onCancel(() => { pending.cancel(); });
  try {
    const results = await run({ ...base, pending, errors });
    await pending.settle();
    if (errors.isEmpty) return results;
    releaseAll(results);
    throw errors.merged();
  } catch (error) {
    await pending.settle();
    if (!pending.hasFailed) errors.add(error);
    throw errors.merged();
  } finally {
    stopListening();
  }
}
