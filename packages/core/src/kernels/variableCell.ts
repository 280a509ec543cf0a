/**
 * A variable's place in a session. Its value never changes while somebody else holds it: a read is a holder, not a copy, and an update writes
 * in place only when the cell is the value's last holder. So what was read stays what it was, and a value that nobody else reads keeps its
 * memory from update to update.
 */
import { releaseTensor, type AnyTensor } from '../device/anyTensor.js';
import type { Ticket } from '../device/device.js';
import { DeviceTensor } from '../device/deviceTensor.js';
import { InternalError } from '../errors.js';
import type { HostTensor } from '../hostTensor.js';

export class VariableCell {
  private current: AnyTensor | undefined;
  /** The value on the host, while a host program works on the cell. */
  private lent: HostTensor | undefined;
  private owner: Promise<void> | undefined;
  private isDeleted = false;

  /** Undefined before the first assignment. */
  get value(): AnyTensor | undefined {
    return this.current;
  }

  /** For host programs: the value, which the executor has brought to the host. */
  get hostValue(): HostTensor | undefined {
    const value = this.lent ?? this.current;
    if (value instanceof DeviceTensor) throw new InternalError(`internal: a variable on ${value.device} is read by a host program`);
    return value;
  }

  /**
   * Takes the value over from the caller. Where it comes from device work that may still fail, `made` is that work's ticket: the old value
   * comes back if it does.
   */
  set(value: AnyTensor, made?: Ticket): void {
    if (this.isDeleted) {
      releaseTensor(value);
      return;
    }
    const before = this.current;
    this.current = value;
    this.lent = undefined;
    if (before === undefined || made === undefined || made.settled) {
      releaseTensor(before);
      return;
    }
    made.done.then(() => { releaseTensor(before); }, () => {
      if (this.current !== value) {
        releaseTensor(before);
        return;
      }
      this.current = before;
      releaseTensor(value);
    });
  }

  /** Shows host programs this copy of the value, until the value changes or nothing is lent. */
  lend(copy: HostTensor | undefined): void {
    this.lent = copy;
  }

  /** Settles when nobody has the cell for himself; undefined: nobody has. Ask again afterwards. */
  get busy(): Promise<void> | undefined {
    return this.owner;
  }

  /** Takes the cell for a read and a write with waiting between; only when it is not busy. Call what it gives to let go. */
  own(): () => void {
    if (this.owner !== undefined) throw new InternalError('internal: a variable is taken by two');
    let letGo: () => void = () => undefined;
    this.owner = new Promise((resolve) => { letGo = resolve; });
    return () => {
      this.owner = undefined;
      letGo();
    };
  }

  /** The session forgets the variable. */
  release(): void {
    this.isDeleted = true;
    if (this.current instanceof DeviceTensor) this.current.memory.leavePool();
    releaseTensor(this.current);
    this.current = undefined;
    this.lent = undefined;
  }
}
