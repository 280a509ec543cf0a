/** What both decoders of connectionist temporal classification take: scores of classes by time and batch entry, and how many times each entry has. */
import { FailedPreconditionError } from '../../errors.js';
import type { HostTensor } from '../../hostTensor.js';
import { intsOf, invalid } from './tensors.js';

/** Sizes of `inputs` ([time, batch, classes]) and the lengths, one per entry; whether a length is within the time is `checkLength`'s. */
export function ctcInputs(inputs: HostTensor, lengthsArg: HostTensor): { readonly steps: number; readonly batch: number; readonly classes: number; readonly lengths: readonly number[] } {
  if (inputs.shape.length !== 3) invalid('inputs is not a 3-Tensor');
  const [steps, batch, classes] = inputs.shape as readonly [number, number, number];
  if (steps === 0) invalid('inputs has 0 timesteps');
  if (lengthsArg.shape.length !== 1) invalid('sequence_length is not a vector');
  const lengths = intsOf(lengthsArg);
  if (lengths.length !== batch) {
    throw new FailedPreconditionError(`len(sequence_length) != batch_size.  len(sequence_length):  ${lengths.length} batch_size: ${batch}`);
  }
  return { steps, batch, classes, lengths };
}

export function checkLength(length: number, entry: number, steps: number): void {
  if (length > steps) throw new FailedPreconditionError(`sequence_length(${entry}) <= ${steps}`);
}
