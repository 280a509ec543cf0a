/** For tests: the reference device as a GPU that has kernels for some ops only, and whose memory the host does not see. */
import type { Backend, Device } from '../../device/device.js';
import { reference, type ReferenceOptions, type ReferenceSource } from '../../reference/reference.js';

/** `map` and `reduce` among `ops` stand for fused code and reductions. */
export function partialGpu(ops: readonly string[], options: ReferenceOptions = {}): Backend<ReferenceSource> {
  const inner = reference({ name: 'partial GPU', deviceType: 'GPU', priority: 1, ...options });
  const { kernels } = inner;
  const own = <K extends { readonly isHost?: boolean }>(list: readonly K[]): K[] => list.filter((kernel) => kernel.isHost !== true);
  return {
    ...inner,
    kernels: {
      ops: Object.fromEntries(Object.entries(kernels.ops).flatMap(([op, list]) => (ops.includes(op) ? [[op, own(list)]] : []))),
      map: ops.includes('map') ? own(kernels.map) : [],
      reduce: ops.includes('reduce') ? own(kernels.reduce) : [],
    },
    discover: async (config) => {
      const found = await inner.discover(config);
      return { ...found, devices: found.devices.map((info) => ({ ...info, description: `made-up GPU ${info.ordinal}`, hostVisible: false })) };
    },
    open: async (info) => hidden(await inner.open(info)),
  };
}

function hidden(device: Device<ReferenceSource>): Device<ReferenceSource> {
  return {
    info: device.info,
    allocate: (bytes) => device.allocate(bytes),
    release: (buffer) => { device.release(buffer); },
    prepare: (programs) => device.prepare(programs),
    sequence: (items, slots, options) => device.sequence(items, slots, options),
    bind: (sequence, slots) => device.bind(sequence, slots),
    stream: (options) => device.stream(options),
    memory: () => device.memory(),
    close: () => device.close(),
  };
}
