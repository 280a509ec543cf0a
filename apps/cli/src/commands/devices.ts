/** `sessionflow devices`: what every installed backend found, or why it found nothing. */
import { Command } from 'commander';
import { readConfig, installedBackends, type SessionFlags } from '../sessions.js';
import type { Streams } from '../streams.js';
import { formatBytes } from '../text.js';

export function devices(streams: Streams): Command {
  return new Command('devices')
    .description('lists the devices of every installed backend')
    .option('--json', 'print JSON')
    .option('--config <file>', 'ConfigProto (.json, .pbtxt, .pb): device_count and visible_device_list apply')
    .action(async (options: { readonly json?: boolean } & SessionFlags) => {
      const config = await readConfig(options);
      const reports = await (await installedBackends(streams)).discover({
        deviceCount: Object.fromEntries(config.deviceCount ?? []), visibleDeviceList: config.gpuOptions?.visibleDeviceList ?? '',
        memoryFraction: config.gpuOptions?.perProcessGpuMemoryFraction ?? 0,
        virtualDevices: (config.gpuOptions?.experimental?.virtualDevices ?? []).map(({ memoryLimitMb = [], priority = [] }) => ({ memoryLimitMb: Array.from(memoryLimitMb, Number), priority })),
      });
      const backends = reports.map(({ backend, reason, devices: found }) => ({
        name: backend.name, deviceType: backend.deviceType, ...(reason === undefined ? {} : { reason }),
        devices: found.map(({ name, info }) => ({ ...info.details, name, memoryLimit: info.memoryLimit, description: info.description })),
      }));
      if (options.json === true) {
        streams.out(`${JSON.stringify({ backends }, undefined, 2)}\n`);
        return;
      }
      for (const backend of backends) {
        streams.out(`${backend.name} (${backend.deviceType})${backend.reason === undefined ? '' : `: none: ${backend.reason}`}\n`);
        for (const { name, memoryLimit, description, ...details } of backend.devices) {
          const facts = Object.entries(details).map(([key, value]) => `${key} ${String(value)}`);
          streams.out(`  ${name}  ${[description, `memory ${formatBytes(memoryLimit)}`, ...facts].filter((text) => text !== '').join(', ')}\n`);
        }
      }
    });
}
