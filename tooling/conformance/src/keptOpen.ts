/**
 * A backend whose devices stay open from session to session, with what they have compiled, so that what a session leaves on them shows. Sessions
 * close them as always; they close when `close` says so.
 */
import type { Backend } from '@sessionflow/core';
import type { Device, DeviceInfo } from '@sessionflow/core/device';

export interface KeptOpen<S, I extends DeviceInfo> {
  readonly backend: Backend<S, I>;
  /** Those that sessions have opened so far. */
  readonly devices: ReadonlySet<Device<S, I>>;
  /** What is allocated on them, in words. */
  readonly leftovers: () => string[];
  readonly close: () => Promise<void>;
}

export function keptOpen<S, I extends DeviceInfo>(backend: Backend<S, I>): KeptOpen<S, I> {
  const open = new Map<string, Promise<{ own: Device<S, I>; kept: Device<S, I> }>>();
  const devices = new Set<Device<S, I>>();
  const opened = async (info: I): Promise<{ own: Device<S, I>; kept: Device<S, I> }> => {
    const own = await backend.open(info);
    devices.add(own);
    return { own, kept: withoutClose(own) };
  };
  return {
    devices,
    backend: {
      ...backend,
      discover: (config) => backend.discover(config),
      open: async (info) => {
        const key = `${info.ordinal}.${info.logical ?? ''}`;
        const device = open.get(key) ?? opened(info);
        open.set(key, device);
        return (await device).kept;
      },
    },
    leftovers: () => [...devices].map((device) => device.memory()).filter(({ buffers }) => buffers > 0)
      .map(({ buffers, bytes }) => `${backend.name}: ${buffers} buffers of ${bytes} bytes are still allocated after the session closed`),
    close: async () => {
      const all = await Promise.all(open.values());
      open.clear();
      devices.clear();
      await Promise.all(all.map(({ own }) => own.close()));
    },
  };
}

/** The device, but for its end. */
function withoutClose<S, I extends DeviceInfo>(device: Device<S, I>): Device<S, I> {
  const bound = new Map<PropertyKey, unknown>([['close', (): Promise<void> => Promise.resolve()]]);
  return new Proxy(device, {
    get(target, key) {
      const known = bound.get(key);
      if (known !== undefined) return known;
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function') return value;
      const method = (value as (...args: unknown[]) => unknown).bind(target);
      bound.set(key, method);
      return method;
    },
  });
}
