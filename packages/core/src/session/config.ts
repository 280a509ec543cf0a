/** What a session takes from its ConfigProto. */
import type { DeviceConfig } from '../device/registry.js';
import type { OptimizeOptions } from '../optimize/optimize.js';
import type { ConfigProto } from '../proto/generated/config.js';

export interface SessionConfig {
  readonly allowSoftPlacement: boolean;
  readonly logDevicePlacement: boolean;
  readonly placePrunedGraph: boolean;
  /** Threads for kernels; 0: as many as there are cores. */
  readonly intraOpThreads: number;
  /** Milliseconds for a run; 0: no limit. */
  readonly timeout: number;
  readonly optimize: OptimizeOptions;
  readonly devices: DeviceConfig;
}

export function sessionConfig(config: ConfigProto): SessionConfig {
  const optimizer = config.graphOptions?.optimizerOptions;
  // OptimizerOptions: L1 (0, the default) turns both on, L0 leaves them to their own flags.
  const level1 = optimizer?.optLevel === undefined || optimizer.optLevel === 'L1';
  return {
    allowSoftPlacement: config.allowSoftPlacement ?? false,
    logDevicePlacement: config.logDevicePlacement ?? false,
    placePrunedGraph: config.graphOptions?.placePrunedGraph ?? false,
    intraOpThreads: config.intraOpParallelismThreads ?? 0,
    timeout: Number(config.operationTimeoutInMs ?? 0),
    optimize: {
      constantFolding: level1 || (optimizer.doConstantFolding ?? false),
      commonSubexpressions: level1 || (optimizer.doCommonSubexpressionElimination ?? false),
    },
    devices: {
      deviceCount: Object.fromEntries(config.deviceCount ?? []),
      visibleDeviceList: config.gpuOptions?.visibleDeviceList ?? '',
    },
  };
}
