/** One step of a session: runs functions under one cancellation, and ends only when all that they asked of devices has. */
import { releaseAll, type AnyTensor } from '../device/anyTensor.js';
import { PendingWork } from './pendingWork.js';
import type { RunContext } from './runContext.js';

/** What `run` gives is the caller's to release. */
export async function runStep(base: Omit<RunContext, 'pending'>, run: (context: RunContext) => Promise<readonly AnyTensor[]>): Promise<readonly AnyTensor[]> {
  const pending = new PendingWork();
  const stopListening = base.cancellation.onCancel(() => { pending.cancel(); });
  try {
    const results = await run({ ...base, pending });
    await pending.settle();
    try {
      pending.check();
    } catch (error) {
      releaseAll(results);
      throw error;
    }
    return results;
  } catch (error) {
    await pending.settle();
    // What a device failed at comes before what the host made of its remains.
    pending.check();
    throw error;
  } finally {
    stopListening();
  }
}
