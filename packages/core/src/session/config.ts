/** What a session takes from its ConfigProto, checked as TensorFlow checks it when a session is created. */
import { parseVisibleDevices } from '../device/gpuOptions.js';
import type { DeviceConfig } from '../device/registry.js';
import { InvalidArgumentError, NotFoundError } from '../errors.js';
import type { OptimizeOptions } from '../optimize/optimize.js';
import type { ConfigProto, RewriterConfig_Toggle, SessionMetadata } from '../proto/index.js';
import { checkThreadPool } from '../state/threadPools.js';

export interface SessionConfig {
  readonly allowSoftPlacement: boolean;
  readonly logDevicePlacement: boolean;
  readonly placePrunedGraph: boolean;
  /** Threads for kernels; 0: as many as there are cores. */
  readonly intraOpThreads: number;
  /** How many pools `RunOptions.inter_op_thread_pool` may name. */
  readonly threadPools: number;
  /** Milliseconds for a run; 0: no limit. */
  readonly timeout: number;
  readonly optimize: OptimizeOptions;
  readonly devices: DeviceConfig;
  /** `_output_shapes` in the session's graphDef. */
  readonly inferShapes: boolean;
  /** The graph of the first run is all there will be. */
  readonly isStatic: boolean;
  /** Whether runs may ask for `output_partition_graphs`. */
  readonly tellsPartitions: boolean;
  /** Every how many runs of a signature a cost graph is made (0: never), and from which on. */
  readonly costModel: { readonly every: number; readonly after: number };
  /** Names the session, in its runs' metadata too. */
  readonly metadata: SessionMetadata | undefined;
  /** Its name and version, which no other live session may have. */
  readonly identity: string | undefined;
}

/** InvalidArgumentError or NotFoundError for values that cannot be. */
export function sessionConfig(config: ConfigProto): SessionConfig {
  const graphOptions = config.graphOptions ?? {};
  const optimizer = graphOptions.optimizerOptions;
  const rewriter = graphOptions.rewriteOptions ?? {};
  // OptimizerOptions: L1 (0, the default) turns both on, L0 leaves them to their own flags.
  const level1 = optimizer?.optLevel === undefined || optimizer.optLevel === 'L1';
  for (const pool of config.sessionInterOpThreadPool ?? []) checkThreadPool(pool.globalName ?? '', pool.numThreads ?? 0);
  checkExecutor(config.experimental?.executorType ?? '');
  if ((config.deviceCount?.get('CPU') ?? 1) === 0) throw new NotFoundError('No CPU devices are available in this process');
  parseVisibleDevices(config.gpuOptions?.visibleDeviceList ?? '');
  const virtualDevices = config.gpuOptions?.experimental?.virtualDevices ?? [];
  if (virtualDevices.length > 0 && (config.gpuOptions?.perProcessGpuMemoryFraction ?? 0) > 0) {
    throw new InvalidArgumentError("It's invalid to set per_process_gpu_memory_fraction when virtual_devices is set.");
  }
  return {
    allowSoftPlacement: config.allowSoftPlacement ?? false,
    logDevicePlacement: config.logDevicePlacement ?? false,
    placePrunedGraph: graphOptions.placePrunedGraph ?? false,
    intraOpThreads: config.intraOpParallelismThreads ?? 0,
    threadPools: Math.max(1, config.sessionInterOpThreadPool?.length ?? 0),
    timeout: Number(config.operationTimeoutInMs ?? 0),
    optimize: {
      constantFolding: switched(rewriter.constantFolding, level1 || (optimizer.doConstantFolding ?? false)),
      commonSubexpressions: switched(rewriter.commonSubgraphElimination, level1 || (optimizer.doCommonSubexpressionElimination ?? false)),
    },
    devices: {
      deviceCount: Object.fromEntries(config.deviceCount ?? []),
      visibleDeviceList: config.gpuOptions?.visibleDeviceList ?? '',
      memoryFraction: memoryFraction(config), allowGrowth: config.gpuOptions?.allowGrowth ?? false,
      virtualDevices: virtualDevices.map(({ memoryLimitMb = [], priority = [] }) => ({ memoryLimitMb: Array.from(memoryLimitMb, Number), priority })),
    },
    inferShapes: graphOptions.inferShapes ?? false,
    isStatic: config.experimental?.optimizeForStaticGraph ?? false,
    tellsPartitions: config.experimental?.disableOutputPartitionGraphs !== true,
    costModel: { every: Number(graphOptions.buildCostModel ?? 0), after: Number(graphOptions.buildCostModelAfter ?? 0) },
    metadata: config.experimental?.sessionMetadata,
    identity: identityOf(config),
  };
}

/** A pass by its rewriter toggle, where that is set. */
function switched(toggle: RewriterConfig_Toggle | undefined, byLevel: boolean): boolean {
  if (toggle === undefined || toggle === 'DEFAULT') return byLevel;
  return toggle !== 'OFF';
}

function checkExecutor(type: string): void {
  if (!['', 'DEFAULT', 'SINGLE_THREADED_EXECUTOR'].includes(type)) {
    throw new NotFoundError(`No executor factory registered for the given executor type: ${type}`);
  }
}

/** Between 0 (unsaid) and 1. TensorFlow takes more than 1 where the driver moves memory to and from the host; no device here does. */
function memoryFraction(config: ConfigProto): number {
  const fraction = config.gpuOptions?.perProcessGpuMemoryFraction ?? 0;
  if (!(fraction >= 0 && fraction <= 1)) {
    throw new InvalidArgumentError(`gpu_options.per_process_gpu_memory_fraction is ${fraction}. Give a part of the memory: more than 0, at most 1.`);
  }
  return fraction;
}

function identityOf(config: ConfigProto): string | undefined {
  const metadata = config.experimental?.sessionMetadata;
  if (metadata === undefined) return undefined;
  const { name = '', version = 0 } = metadata;
  if (version < 0) throw new InvalidArgumentError(`Session version shouldn't be negative: name: "${name}" version: ${version}`);
  return `name: "${name}" version: ${version}`;
}

/** The error for a session whose metadata another live session has. */
export function sameIdentity(identity: string): InvalidArgumentError {
  return new InvalidArgumentError(`A session with the same name and version has already been created: ${identity}`);
}
