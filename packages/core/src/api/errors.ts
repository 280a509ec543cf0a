/** `tf.errors`: the classes, and the status numbers under TensorFlow's names. */
import { codes } from '../errorCodes.js';

export * from '../errors.js';
export const OK = 0;
export const {
  CANCELLED, UNKNOWN, INVALID_ARGUMENT, DEADLINE_EXCEEDED, NOT_FOUND, ALREADY_EXISTS, PERMISSION_DENIED, RESOURCE_EXHAUSTED, FAILED_PRECONDITION,
  ABORTED, OUT_OF_RANGE, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS, UNAUTHENTICATED,
} = codes;
