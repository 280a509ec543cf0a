/** One kernel of `@sessionflow/cpu-wasm` alone: its operands lie in the device's memory, constants packed as a plan packs them. */
import { sizeOf, type Device, type DeviceInfo, type HostTensor } from '@sessionflow/core/device';
import type { DeviceProgram, KernelTable, OpCall } from '@sessionflow/core/kernels';
import { cpuWasm } from '@sessionflow/cpu-wasm';
import type { Values } from '../agree.js';
import type { KernelCase } from '../kernelCases.js';
import type { Program } from './program.js';

const bytesOf = ({ data }: HostTensor): Uint8Array => new Uint8Array((data as Float32Array).buffer);

/** The program of the kernel that takes the call, as a plan would choose it: the first of an op may be for some shapes only. */
function programOf(kernels: KernelTable, call: OpCall, info: DeviceInfo): DeviceProgram {
  const kernel = kernels.ops[call.op]?.find((one) => one.isHost !== true && (one.accepts?.(call, info) ?? call.epilogue === undefined));
  const program = kernel?.program(call, info);
  if (program?.kind !== 'device') throw new Error(`no wasm kernel takes this ${call.op}`);
  return program;
}

/** The case's kernel on a device of its own. `flops`: of one run. */
export async function kernelProgram(test: KernelCase, threads: number): Promise<Program & { readonly flops: number }> {
  const backend = cpuWasm({ threads });
  const { devices: [info] } = await backend.discover({});
  const device: Device = await backend.open(info!);
  const program = programOf(backend.kernels, test.call, info!);
  const values = test.inputs.map((value, i) => program.packs.find((pack) => pack.input === i)?.pack(value) ?? bytesOf(value));
  const bytes = 4 * sizeOf(test.call.outputs[0]!.shape);
  const sizes = [...program.inputs.map((i) => values[i]!.length), bytes, ...(program.scratch > 0 ? [program.scratch] : [])];
  const [executable] = await device.prepare([program]);
  const ranges = sizes.map((size) => ({ buffer: device.allocate(size), offset: 0, bytes: size }));
  const stream = device.stream({ threads, memoryLimit: 0 });
  const sequence = device.sequence([{ kind: 'launch', program, executable: executable!, slots: sizes.map((_, i) => i), nodes: ['bench'] }], sizes, { timed: false });
  const bound = device.bind(sequence, ranges);
  program.inputs.forEach((i, slot) => stream.upload(ranges[slot]!, values[i]!));
  return {
    name: `Sessionflow, ${threads} thread${threads === 1 ? '' : 's'}`,
    flops: program.flops,
    run: () => {
      const ticket = stream.run(bound);
      return ticket.settled ? undefined : ticket.done;
    },
    results: async (): Promise<Values[]> => {
      await stream.run(bound).done;
      const result = new Float32Array(bytes / 4);
      await stream.download(ranges[program.inputs.length]!, new Uint8Array(result.buffer)).done;
      return [result];
    },
    close: async () => {
      await stream.close();
      bound.release();
      sequence.release();
      for (const { buffer } of ranges) device.release(buffer);
      await device.close();
    },
  };
}
