/** WebGPU tells errors late: a scope around calls gives a promise of the first error that they caused. */

const filters = ['internal', 'out-of-memory', 'validation'] as const;

/** The first error that WebGPU finds in the calls of `work`, undefined if none. Never rejects: of a lost device nothing is heard this way. */
export function firstError(device: GPUDevice, work: () => void): Promise<GPUError | undefined> {
  // Scopes are a stack that all users of the device share, so nothing may come between push and pop but these calls.
  for (const filter of filters) device.pushErrorScope(filter);
  const answers: Promise<GPUError | null>[] = [];
  try {
    work();
  } finally {
    for (const _ of filters) answers.push(device.popErrorScope().catch(() => null));
  }
  return Promise.all(answers).then((errors) => errors.find((error) => error !== null) ?? undefined);
}

/** Whether the error is about memory. lib.dom has the class as a global, Node does not. */
export function isOutOfMemory(error: GPUError): boolean {
  return error.constructor.name === 'GPUOutOfMemoryError';
}
