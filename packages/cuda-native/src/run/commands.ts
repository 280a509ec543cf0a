/** What a bound sequence asks of the driver, launch by launch: addresses in place, grids known. */
import { InternalError } from '@sessionflow/core/device';
import type { LaunchParams } from '@sessionflow/core/kernels';
import type { Handle } from '../addon/driver.js';
import type { ReadyCall, ReadyKernels } from '../programs.js';
import type { RecordedLaunch } from './sequence.js';

/** One kernel with its packed parameters. */
export interface KernelCommand {
  readonly kind: 'kernel';
  readonly fn: Handle;
  readonly grid: readonly [number, number, number];
  readonly block: readonly [number, number, number];
  readonly params: Uint8Array;
}

/** One library call over addresses: inputs, bias or 0, output, workspace or 0. */
export interface CallCommand {
  readonly kind: 'call';
  readonly ready: ReadyCall;
  readonly first: number;
  readonly second: number;
  readonly bias: number;
  readonly output: number;
  readonly workspace: number;
}

export type Command = KernelCommand | CallCommand;

const writeAddress = (view: DataView, at: number, address: number): void => {
  view.setUint32(at, address % 2 ** 32, true);
  view.setUint32(at + 4, Math.floor(address / 2 ** 32), true);
};

/** The commands of one launch; a pass with an empty grid has none. */
export function commandsOf({ launch, executable, faultOffset }: RecordedLaunch, addresses: readonly number[], faults: number, params: LaunchParams): Command[] {
  const { ready } = executable;
  const slots = launch.slots.map((slot) => addresses[slot]!);
  return ready.kind === 'kernels' ? kernelCommands(ready, slots.slice(0, ready.buffers), faultOffset === undefined ? 0 : faults + faultOffset, params, launch.nodes) : callCommands(ready, slots, launch.nodes);
}

function kernelCommands(ready: ReadyKernels, slots: readonly number[], fault: number, { words, grid }: LaunchParams, nodes: readonly string[]): KernelCommand[] {
  const { passes } = ready;
  if (grid.length !== 3 * passes.length) throw new InternalError(`internal: ${nodes[0]}: ${passes.length} passes and a grid of ${grid.length} numbers.`);
  if (words.length < ready.words) throw new InternalError(`internal: ${nodes[0]}: ${ready.words} words are wanted and ${words.length} given.`);
  const packed = new Uint8Array(8 * slots.length + 8 + 4 * ready.words);
  const view = new DataView(packed.buffer);
  slots.forEach((address, i) => { writeAddress(view, 8 * i, address); });
  writeAddress(view, 8 * slots.length, fault);
  const wordsAt = 8 * slots.length + 8;
  for (let i = 0; i < ready.words; i++) view.setInt32(wordsAt + 4 * i, words[i]!, true);
  return passes.flatMap(({ fn, block }, i): KernelCommand[] => {
    const [x = 0, y = 0, z = 0] = grid.slice(3 * i, 3 * i + 3);
    return x * y * z === 0 ? [] : [{ kind: 'kernel', fn, grid: [x, y, z], block, params: packed }];
  });
}

function callCommands(ready: ReadyCall, slots: readonly number[], nodes: readonly string[]): Command[] {
  const { hasBias, layFilter } = ready;
  const output = hasBias ? 3 : 2;
  const [first = 0, second = 0] = slots;
  const scratch = slots[output + 1] ?? 0;
  const call = { kind: 'call', ready, first, second, bias: hasBias ? slots[2]! : 0, output: slots[output]!, workspace: scratch } as const;
  if (layFilter === undefined) return [call];
  const laid = scratch + layFilter.offset;
  return [...kernelCommands(layFilter.kernels, [second, laid], 0, layFilter.launch, nodes), { ...call, second: laid }];
}
