/** The devices of a session: all that were found for it, and those among them that a plan has needed so far, open. */
import type { CompileDevice } from '../device/compileDevice.js';
import type { BackendReport, FoundDevice } from '../device/registry.js';
import { CancelledError, InternalError } from '../errors.js';
import { DevicePool } from '../execute/devicePool.js';
import type { SessionDevice } from '../execute/preparedPlan.js';
import { openDevice, type SharedDevice } from '../state/openDevices.js';

/** Random, not 0. */
function randomIncarnation(): bigint {
  const [value = 0n] = crypto.getRandomValues(new BigUint64Array(1));
  return value === 0n ? 1n : value;
}

export class SessionDevices {
  /** Every device of the session, as the compile stages see it. */
  readonly found: ReadonlyMap<string, CompileDevice>;
  /** Per device, new for every session; drawn when somebody asks. */
  private drawn: ReadonlyMap<string, bigint> | undefined;
  private readonly byName: ReadonlyMap<string, FoundDevice>;
  private readonly opened = new Map<string, SessionDevice>();
  private readonly opening = new Map<string, Promise<SharedDevice>>();
  private closed = false;

  /** `threads`: what kernels of this session may use on each device; 0: all there are. */
  constructor(readonly reports: readonly BackendReport[], private readonly threads: number) {
    this.byName = new Map(reports.flatMap(({ devices }) => devices.map((device) => [device.name, device])));
    this.found = new Map([...this.byName.values()].map(({ name, info, backend }) => [name, { name, info, kernels: backend.kernels }]));
  }

  get incarnations(): ReadonlyMap<string, bigint> {
    return (this.drawn ??= new Map([...this.byName.keys()].map((name) => [name, randomIncarnation()])));
  }

  /** Those that are open; grows. */
  get open(): ReadonlyMap<string, SessionDevice> {
    return this.opened;
  }

  /** Opens those of the named devices that are not open yet. Rejects with what a backend says when it cannot; a later call tries again. */
  async use(names: Iterable<string>): Promise<void> {
    const missing = [...names].filter((name) => !this.opened.has(name));
    if (missing.length > 0) await Promise.all(missing.map((name) => this.opening.get(name) ?? this.begin(name)));
  }

  /** Ends the streams and lets go of the devices; gives what was still held on them, as it should not be. */
  async close(): Promise<readonly { readonly name: string; readonly held: number }[]> {
    this.closed = true;
    const shared = (await Promise.allSettled(this.opening.values())).flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    const devices = [...this.opened.values()];
    await Promise.all(devices.map(({ stream }) => stream.close()));
    const left = devices.map(({ name, pool }) => ({ name, held: pool.close() })).filter(({ held }) => held > 0);
    await Promise.all(shared.map((device) => device.release()));
    return left;
  }

  private begin(name: string): Promise<SharedDevice> {
    const opening = this.openOne(name);
    this.opening.set(name, opening);
    opening.catch(() => { this.opening.delete(name); });
    return opening;
  }

  private async openOne(name: string): Promise<SharedDevice> {
    const found = this.byName.get(name);
    if (found === undefined) throw new InternalError(`internal: the plan names device ${name}, which the session does not have`);
    if (this.closed) throw new CancelledError('Session has been closed.');
    const shared = await openDevice(found);
    const { device, constants } = shared;
    try {
      const stream = device.stream({ threads: this.threads, memoryLimit: 0 });
      this.opened.set(name, { name, device, constants, pool: new DevicePool(name, device), stream });
      return shared;
    } catch (error) {
      await shared.release();
      throw error;
    }
  }
}
