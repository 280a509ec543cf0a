/**
 * The grid kernel library as a kernel table: a backend gives its printer and says what its devices can do, and gets every kernel. `target` answers
 * the placer's questions, which know no device: what all of the backend's devices have; `targetOf` may say more of one device.
 */
import type { GridTarget } from '../../codegen/grid/types.js';
import type { DeviceInfo } from '../../device/info.js';
import type { Call, HostArgs, Kernel, KernelTable, MapCall, OpCall, ReduceCall, ReduceKernel, MapKernel, Support, SupportQuery } from '../kernel.js';
import { UnimplementedError } from '../../errors.js';
import { shapeText, sizeOf } from '../../shape.js';
import { programOf, type GridLaunch, type Render } from './launch.js';
import { gridKernels } from './kernels.js';
import { mapLaunch, supportsMap } from './map.js';
import { reduceLaunch, supportsReduce } from './reduce.js';

/** One op's kernel: pure functions of the call and the target. The same members as `Kernel`, but for what they yield. */
export interface GridKernel {
  readonly op: string;
  readonly supports?: (query: SupportQuery, target: GridTarget) => Support;
  readonly accepts?: (call: OpCall, target: GridTarget) => boolean;
  readonly hostArgs?: (query: SupportQuery) => HostArgs;
  readonly launch: (call: OpCall, target: GridTarget) => GridLaunch;
}

export interface GridTableOptions<Source, Info extends DeviceInfo> {
  readonly render: Render<Source>;
  /** What every device of the backend has. */
  readonly target: GridTarget;
  /** What one device has; `target` by default. */
  readonly targetOf?: (info: Info) => GridTarget;
}

/** Kernels count elements in 32 bits, rows times columns, too: UnimplementedError for what has more. */
function checkSizes(call: Call): void {
  const shapes = [...call.inputs, ...call.outputs].map(({ shape }) => shape);
  if (call.kind === 'reduce') shapes.push(call.space);
  const large = shapes.find((shape) => sizeOf(shape) >= 2 ** 31);
  if (large === undefined) return;
  throw new UnimplementedError(`an array of shape ${shapeText(large)} has too many elements: kernels count in 32 bits, so arrays have fewer than 2^31 elements.`, { node: call.node });
}

/** The whole library for one backend. */
export function gridTable<Source, Info extends DeviceInfo = DeviceInfo>(options: GridTableOptions<Source, Info>): KernelTable<Source, Info> {
  const { render, target, targetOf = () => target } = options;
  const yields = <C extends Call>(launch: (call: C, target: GridTarget) => GridLaunch) => (call: C, info: Info) => {
    checkSizes(call);
    const own = targetOf(info);
    return programOf(launch(call, own), own, render);
  };
  const map: MapKernel<Source, Info> = { supports: (fn) => supportsMap(fn, target), program: yields<MapCall>(mapLaunch) };
  const reduce: ReduceKernel<Source, Info> = {
    supports: (reducer, before, after) => supportsReduce(reducer, before, after, target), program: yields<ReduceCall>(reduceLaunch),
  };
  const ops: Record<string, readonly Kernel<Source, Info>[]> = {};
  for (const kernel of gridKernels) {
    const { supports, accepts, hostArgs } = kernel;
    ops[kernel.op] = [...(ops[kernel.op] ?? []), {
      op: kernel.op,
      ...(supports === undefined ? {} : { supports: (query) => supports(query, target) }),
      ...(accepts === undefined ? {} : { accepts: (call, info) => accepts(call, targetOf(info)) }),
      ...(hostArgs === undefined ? {} : { hostArgs }),
      program: yields<OpCall>(kernel.launch),
    }];
  }
  return { ops, map: [map], reduce: [reduce] };
}

