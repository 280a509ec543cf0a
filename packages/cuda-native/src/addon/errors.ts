/** A library's error code as TensorFlow's error class. */
import {
  InternalError, OpError, ResourceExhaustedError, UnavailableError, attachNode, type DeviceInfo,
} from '@sessionflow/core/device';
import { isCallError } from './driver.js';

const outOfMemory = 2;
/**
 * Codes of the driver after which a context is of no use: the device is gone, or a kernel did what no kernel may. 46 unavailable, 214 uncorrectable
 * memory error, 219–220 and 226 link errors, 700 illegal address, 702 time-out, 709 destroyed, 710 assertion, 714–719 faults of code, 999 unknown.
 */
const fatalCodes: ReadonlySet<number> = new Set([46, 214, 219, 220, 226, 700, 702, 709, 710, 714, 715, 716, 717, 718, 719, 999]);

/** Whether nothing can be done on the device after this error. */
export const isFatal = (error: unknown): boolean => isCallError(error) && error.call.startsWith('cu') && !error.call.startsWith('cublas') && !error.call.startsWith('cudnn') && fatalCodes.has(error.status);

/** Whether the driver has no memory left. */
export const isOutOfMemory = (error: unknown): boolean => isCallError(error) && error.call.startsWith('cuMem') && error.status === outOfMemory;

/** `doing`: what was asked of the device, for people. */
export function opErrorOf(error: unknown, info: Pick<DeviceInfo, 'ordinal'>, doing: string, nodes: readonly string[] = []): OpError {
  if (error instanceof OpError) return error;
  const said = error instanceof Error ? error.message : String(error);
  const where = `GPU ${info.ordinal}`;
  let made: OpError;
  if (isOutOfMemory(error)) made = new ResourceExhaustedError(`OOM when ${doing} on ${where}: ${said}`, { cause: error });
  else if (isFatal(error)) made = new UnavailableError(`${where} failed while ${doing}: ${said}`, { cause: error });
  else if (said.startsWith('internal:')) made = new InternalError(said, { cause: error });
  else made = new InternalError(`${where}: ${doing}: ${said}`, { cause: error });
  const node = nodes[0];
  return node === undefined ? made : attachNode(made, node);
}
