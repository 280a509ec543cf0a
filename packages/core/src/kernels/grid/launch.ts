/** From a grid kernel's answer to a device program: what every kernel of the library yields, and how a backend's printer gets to see it. */
import { buildProgram, packParams, type ParamValues, type ProgramBuilder } from '../../codegen/grid/builder.js';
import { expressionFault } from '../../codegen/grid/applyExpr.js';
import type { GridProgram } from '../../codegen/grid/program.js';
import type { GridTarget } from '../../codegen/grid/types.js';
import type { OpError } from '../../errors.js';
import type { HostTensor } from '../../hostTensor.js';
import type { DeviceProgram, LaunchContext } from '../program.js';

/** One launch of a grid program. */
export interface GridLaunch {
  readonly name: string;
  /** Equal keys are equal programs: everything that `build` looks at, but for the target and the params' values. */
  readonly key: string;
  /** Signature inputs that are bound, in the order in which `build` declares them. */
  readonly inputs: readonly number[];
  readonly params: ParamValues;
  /** Workgroups of each pass: a number (and layers of so many) is spread over x and y, and counted by `workgroupIndex`; three are x, y, z as they are. */
  readonly workgroups: readonly Workgroups[];
  readonly build: (program: ProgramBuilder) => void;
  /** Bytes. */
  readonly scratch?: number;
  readonly inPlace?: DeviceProgram['inPlace'];
  readonly fault?: (code: number, detail: number) => OpError;
  readonly flops: number;
  /** Params and workgroups when `'value'` arguments are known only at launch. */
  readonly launchFor?: (values: readonly (HostTensor | undefined)[], context?: LaunchContext) => Pick<GridLaunch, 'params' | 'workgroups'>;
  readonly everyRun?: boolean;
}

export type Workgroups = number | { readonly spread: number; readonly layers: number } | readonly [number, number, number];

/** A backend's printer. Asked at most once per device and key. */
export type Render<Source> = (program: GridProgram, target: GridTarget) => Source;

/** So many workgroups over x and y of a grid, x as long as it may be. At most a row's worth of them is past the end. */
export function spread(workgroups: number, target: GridTarget): [number, number, number] {
  if (workgroups <= target.workgroups) return [workgroups, 1, 1];
  const rows = Math.ceil(workgroups / target.workgroups);
  return [Math.ceil(workgroups / rows), rows, 1];
}

const gridOf = (workgroups: readonly Workgroups[], target: GridTarget): number[] =>
  workgroups.flatMap((one) => {
    if (typeof one === 'number') return spread(one, target);
    if (!('spread' in one)) return one;
    const [x, y] = spread(one.spread, target);
    return [x, y, one.layers];
  });

export function programOf<Source>(launch: GridLaunch, target: GridTarget, render: Render<Source>): DeviceProgram<Source> {
  const { launchFor } = launch;
  const paramsOf = ({ params, workgroups }: Pick<GridLaunch, 'params' | 'workgroups'>) => ({ words: packParams(params), grid: gridOf(workgroups, target) });
  return {
    kind: 'device',
    key: `${launch.name}:${launch.key}`,
    source: () => render(buildProgram(launch.name, launch.params, target, launch.build), target),
    inputs: launch.inputs,
    launch: paramsOf(launch),
    ...(launchFor === undefined ? {} : { launchFor: (values, context) => paramsOf(launchFor(values, context)) }),
    ...(launch.everyRun === true ? { everyRun: true } : {}),
    scratch: launch.scratch ?? 0,
    packs: [],
    inPlace: target.inPlace ? (launch.inPlace ?? []) : [],
    fault: launch.fault ?? expressionFault,
    flops: launch.flops,
  };
}

export const ceilDivide = (x: number, y: number): number => Math.ceil(x / y);
