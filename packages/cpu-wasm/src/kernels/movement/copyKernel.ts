/** Makes kernels of ops that only move data: an op says which boxes it copies, and everything else is here. */
import { dtypeInfo, type DType, type HostTensor } from '@sessionflow/core/device';
import { intsOf, type DeviceProgram, type HostValues, type Kernel, type Movement, type MovementOp, type OpCall } from '@sessionflow/core/kernels';
import { phaseType, type WasmSource } from '../../abi.js';
import { i32 } from '../../asm/index.js';
import type { WasmInfo } from '../../info.js';
import { LaunchBlock } from '../layout.js';
import { copyLaunch, planPlane, type PlaneCopy } from './boxes.js';
import { emitCopies, type Width } from './copyCode.js';

function bytesOf(value: HostTensor | undefined): Uint8Array | undefined {
  const data = value?.data;
  return ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : undefined;
}

const valuesOf = (tensors: readonly (HostTensor | undefined)[]): HostValues => ({
  ints: (input) => intsOf(tensors.at(input)), bytes: (input) => bytesOf(tensors.at(input)),
});

function widthOf(dtype: DType): Width {
  return dtypeInfo[dtype].bytes as Width;
}

function planesOf(movement: Movement, width: Width): PlaneCopy[] | undefined {
  const planes: PlaneCopy[] = [];
  for (const box of movement.boxes) {
    const plane = planPlane(box, width);
    if (plane === undefined) return undefined;
    planes.push(plane);
  }
  return planes;
}

/** The fill value repeated over a vector. */
function fillVector(fill: Uint8Array | undefined, width: number): Uint8Array {
  const vector = new Uint8Array(16);
  if (fill !== undefined) for (let i = 0; i < 16; i++) vector[i] = fill[i % width]!;
  return vector;
}

export function movementKernel(op: MovementOp): Kernel<WasmSource, WasmInfo> {
  const compileValues = (call: OpCall): HostValues => valuesOf(call.inputs.map(({ constant }) => constant));
  const prepare = (call: OpCall, values: HostValues): { movement: Movement; planes: PlaneCopy[]; width: Width } | undefined => {
    const movement = op.plan(call, values);
    const width = widthOf(call.inputs.at(op.data)!.dtype);
    const planes = movement && planesOf(movement, width);
    return movement && planes && { movement, planes, width };
  };
  const program = (call: OpCall): DeviceProgram<WasmSource> => {
    const { movement, planes, width } = prepare(call, compileValues(call))!;
    const inputs = movement.inputs.length;
    const { words, items, kinds } = copyLaunch(planes, inputs, fillVector(movement.fill, width));
    const grain = Math.max(1, Math.ceil((items * 32768) / Math.max(1, movedBytes(planes, width))));
    const launch = { words, grid: [items, grain] };
    const slots = inputs + call.outputs.length;
    return {
      kind: 'device', key: `copy/${kinds.join('+')}/${width}/${slots}`,
      source: () => ({
        assemble: (module) => [module.function(phaseType, (f) => {
          if (kinds.length > 0) emitCopies(f, new LaunchBlock(f, slots), kinds, width);
          f.result(i32.const(0));
        })],
      }),
      inputs: movement.inputs, launch,
      ...(op.atLaunch ? {
        launchFor: (values: readonly (HostTensor | undefined)[]) => {
          const now = prepare(call, valuesOf(call.inputs.map((input, i) => values[i] ?? input.constant)))!;
          return { words: copyLaunch(now.planes, inputs, fillVector(now.movement.fill, width)).words, grid: launch.grid };
        },
      } : {}),
      scratch: 0, packs: [], inPlace: [], flops: 0,
    };
  };
  return {
    op: op.op,
    supports: ({ inputDtypes }) => {
      const dtype = inputDtypes.at(op.data);
      return dtype !== undefined && dtypeInfo[dtype].bytes > 0 ? true : `${dtype ?? 'nothing'} is not bytes that wasm could move`;
    },
    ...(op.hostArgs ? { hostArgs: op.hostArgs } : {}),
    accepts: (call) => call.epilogue === undefined && prepare(call, compileValues(call)) !== undefined,
    program,
  };
}

function movedBytes(planes: readonly PlaneCopy[], width: number): number {
  return planes.reduce((sum, plane) => {
    const outer = plane.outer.reduce((a, b) => a * b, 1);
    return sum + outer * plane.rows * plane.columns * (plane.kind === 'run' ? 1 : width);
  }, 0);
}
