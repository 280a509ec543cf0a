/** A value that a run left in the session. */
import { releaseTensor, retained, type AnyTensor } from '../device/anyTensor.js';
import { DeviceTensor } from '../device/deviceTensor.js';

/** The container of kept tensors. */
export const keptTensors = '_session_tensors';

/** A value that the session holds until its handle is deleted. */
export class KeptTensor {
  constructor(readonly value: AnyTensor) {
    retained(value);
  }

  release(): void {
    if (this.value instanceof DeviceTensor) this.value.memory.leavePool();
    releaseTensor(this.value);
  }
}
