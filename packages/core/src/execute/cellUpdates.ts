/** Variables that a sequence changes: their values come to the device, the old one is bound, and the new one takes its place. */
import { dtypeInfo } from '../dtypes.js';
import { storedDType } from '../device/device.js';
import { DeviceTensor, type DeviceMemory } from '../device/deviceTensor.js';
import { InvalidArgumentError, OpError, attachNode } from '../errors.js';
import type { Ticket } from '../device/device.js';
import { HostTensor } from '../hostTensor.js';
import { initializedCell } from '../kernels/host/resourceVariables.js';
import type { VariableCell } from '../kernels/variableCell.js';
import type { CellUpdate, HostRef, RunStep } from '../plan/plan.js';
import { sameShape, shapeText } from '../shape.js';
import { sessionDevice, type SessionDevice } from './preparedPlan.js';
import type { RunContext } from './runContext.js';
import { downloadTensor, uploadTensor } from './transfer.js';

export class CellUpdates {
  constructor(
    private readonly devices: ReadonlyMap<string, SessionDevice>, private readonly context: RunContext, private readonly valueOf: (ref: HostRef) => HostTensor,
  ) {}

  /** When this settles, and until anything else is waited for, the step's variables are free and their values on its device. */
  async ready(step: RunStep): Promise<void> {
    const owner = sessionDevice(this.devices, step.device);
    for (;;) {
      let waited = false;
      for (const update of step.updates) {
        const { variable, value } = this.cell(update);
        if (variable.busy !== undefined) await variable.busy;
        else if (value instanceof HostTensor || value.device !== step.device) await this.move(variable, value, owner);
        else continue;
        waited = true;
      }
      if (!waited) return;
    }
  }

  /** Memory of the old value and of the new one, each held for the caller: the same where the update may be made in place. */
  begin(update: CellUpdate, owner: SessionDevice): { old: DeviceMemory; fresh: DeviceMemory } {
    const { value } = this.cell(update);
    if (!sameShape(value.shape, update.shape)) {
      throw new InvalidArgumentError(
        `Cannot update variable with shape ${shapeText(value.shape)} using a Tensor with shape ${shapeText(update.shape)}, shapes must be equal.`,
        { node: update.node.name, op: update.node.op },
      );
    }
    const { memory } = value as DeviceTensor;
    const inPlace = update.inPlace && !memory.isShared;
    return { old: memory.retain(), fresh: inPlace ? memory.retain() : owner.pool.take(memory.range.bytes) };
  }

  /** The new value is asked for. */
  commit(update: CellUpdate, fresh: DeviceMemory, made: Ticket): void {
    const { variable, value } = this.cell(update);
    // In place, the cell's own hold goes on.
    if (value instanceof DeviceTensor && value.memory === fresh) return;
    variable.set(new DeviceTensor(update.dtype, update.shape, fresh.retain()), made);
  }

  private cell(update: CellUpdate): { variable: VariableCell; value: HostTensor | DeviceTensor } {
    try {
      const found = initializedCell(this.valueOf(update.handle), this.context);
      if (found.value.dtype !== update.dtype) throw new InvalidArgumentError(`Trying to update a ${dtypeInfo[found.value.dtype].tfName} variable with a ${dtypeInfo[update.dtype].tfName} value.`);
      return found;
    } catch (error) {
      throw error instanceof OpError ? attachNode(error, update.node.name, update.node.op) : error;
    }
  }

  private async move(variable: VariableCell, value: HostTensor | DeviceTensor, owner: SessionDevice): Promise<void> {
    const letGo = variable.own();
    try {
      let host = value;
      if (host instanceof DeviceTensor) {
        const { ticket, take } = downloadTensor(host, sessionDevice(this.devices, host.device));
        if (!ticket.settled) await ticket.done;
        host = take();
      }
      if (storedDType(owner.device.info, host.dtype) === undefined || variable.value !== value) return;
      const { tensor, ticket } = uploadTensor(host, owner);
      this.context.pending.track(ticket);
      variable.set(tensor, ticket);
    } finally {
      letGo();
    }
  }
}
