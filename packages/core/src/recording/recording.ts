/**
 * The recording backend: takes every op, computes nothing, and writes down every verb. Downloads give zeros. Tests of core read its log to
 * see what was asked of a device, in which order.
 */
import type {
  Backend, Bound, BufferRange, Device, DeviceBuffer, Discovery, Executable, MemoryUse, Sequence, SequenceItem, Stream, StreamOptions, Ticket,
} from '../device/device.js';
import type { DeviceInfo, StorageForm } from '../device/info.js';
import { allDTypes, hasBytes, type DType } from '../dtypes.js';
import { hostTable } from '../kernels/host/index.js';
import { combineTables, type Arg, type Kernel, type KernelTable } from '../kernels/kernel.js';
import type { DeviceProgram, LaunchParams } from '../kernels/program.js';
import { allOpDefinitions } from '../ops/registry.js';
import { PlainTicket } from '../reference/ticket.js';
import { exprKey } from '../codegen/expr.js';
import { shapeText } from '../shape.js';

/** One call of a verb, as text: `allocate 64 -> #1`, `run MatMul(…)`. */
export interface RecordedVerb {
  readonly verb:
    | 'discover' | 'open' | 'allocate' | 'release' | 'prepare' | 'sequence' | 'bind' | 'stream' | 'upload' | 'download' | 'copy' | 'run' | 'wait'
    | 'closeStream' | 'close';
  readonly detail: string;
}

export interface RecordingOptions {
  /** 'GPU' by default. */
  readonly deviceType?: string;
  /** 'recording' by default. */
  readonly name?: string;
  readonly priority?: number;
  /** How many devices it finds; 1 by default. */
  readonly devices?: number;
  /** dtypes that the devices cannot hold: ops over them are refused. */
  readonly without?: readonly DType[];
}

export interface RecordingBackend extends Backend<null> {
  /** Everything asked so far, on all its devices. */
  readonly log: readonly RecordedVerb[];
  /** The log as lines. */
  text(): string;
  clear(): void;
}

class RecordedBuffer implements DeviceBuffer {
  constructor(readonly bytes: number, readonly number: number) {}
}
class RecordedExecutable implements Executable {
  constructor(readonly key: string) {}
}
class RecordedSequence implements Sequence {
  constructor(readonly number: number, readonly names: readonly string[], readonly timed: boolean) {}
  release(): void { /* Nothing is held. */ }
}
class RecordedBound implements Bound {
  constructor(readonly sequence: RecordedSequence) {}
  release(): void { /* Nothing is held. */ }
}

type Log = (verb: RecordedVerb['verb'], detail: string) => void;

const rangeText = (range: BufferRange): string => {
  const number = range.buffer instanceof RecordedBuffer ? `#${range.buffer.number}` : '?';
  return `${number}[${range.offset}, ${range.offset + range.bytes})`;
};

function itemNames(items: readonly SequenceItem<null>[]): string[] {
  return items.flatMap((item) => (item.kind === 'launch'
    ? [`${item.program.key} @${item.slots.join(',')}`]
    : [`while(${itemNames(item.condition).join('; ')}){${itemNames(item.body).join('; ')}}`]));
}

class RecordingDevice implements Device<null> {
  private buffers = 0;
  private sequences = 0;
  private readonly live = new Set<RecordedBuffer>();
  private bytes = 0;
  private peakBytes = 0;

  constructor(readonly info: DeviceInfo, private readonly log: Log) {}

  allocate(bytes: number): DeviceBuffer {
    const buffer = new RecordedBuffer(bytes, this.buffers++);
    this.live.add(buffer);
    this.bytes += bytes;
    this.peakBytes = Math.max(this.peakBytes, this.bytes);
    this.log('allocate', `#${buffer.number} of ${bytes} bytes`);
    return buffer;
  }

  release(buffer: DeviceBuffer): void {
    if (!(buffer instanceof RecordedBuffer)) return;
    if (this.live.delete(buffer)) this.bytes -= buffer.bytes;
    this.log('release', `#${buffer.number}`);
  }

  async prepare(programs: readonly DeviceProgram<null>[]): Promise<readonly Executable[]> {
    this.log('prepare', programs.map((program) => program.key).join('; '));
    return programs.map((program) => new RecordedExecutable(program.key));
  }

  sequence(items: readonly SequenceItem<null>[], slots: readonly number[], { timed }: { readonly timed: boolean }): Sequence {
    const sequence = new RecordedSequence(this.sequences++, items.flatMap((item) => (item.kind === 'launch' ? item.nodes.slice(0, 1) : [])), timed);
    this.log('sequence', `~${sequence.number} over slots of ${slots.join(', ')} bytes: ${itemNames(items).join('; ')}`);
    return sequence;
  }

  bind(sequence: Sequence, slots: readonly BufferRange[]): Bound {
    if (!(sequence instanceof RecordedSequence)) throw new TypeError('A sequence of another device.');
    this.log('bind', `~${sequence.number} to ${slots.map(rangeText).join(', ')}`);
    return new RecordedBound(sequence);
  }

  stream(options: StreamOptions): Stream {
    this.log('stream', `threads ${options.threads}, memory limit ${options.memoryLimit}`);
    return new RecordingStream(this.log);
  }

  memory(): MemoryUse {
    return { buffers: this.live.size, bytes: this.bytes, peakBytes: this.peakBytes };
  }

  async close(): Promise<void> {
    this.log('close', '');
  }
}

class RecordingStream implements Stream {
  constructor(private readonly log: Log) {}

  upload(to: BufferRange, from: Uint8Array): Ticket {
    return this.done('upload', `${from.byteLength} bytes to ${rangeText(to)}`);
  }

  download(from: BufferRange, to: Uint8Array): Ticket {
    to.fill(0);
    return this.done('download', `${to.byteLength} bytes from ${rangeText(from)}`);
  }

  copy(from: BufferRange, to: BufferRange): Ticket {
    return this.done('copy', `${rangeText(from)} to ${rangeText(to)}`);
  }

  run(bound: Bound, overrides?: ReadonlyMap<number, LaunchParams>): Ticket {
    if (!(bound instanceof RecordedBound)) throw new TypeError('A bound sequence of another device.');
    const { sequence } = bound;
    const changed = overrides === undefined ? '' : ` with ${[...overrides].map(([launch, { words }]) => `${launch}: [${words.join()}]`).join(', ')}`;
    const ticket = this.done('run', `~${sequence.number}${changed}`);
    if (sequence.timed) ticket.times = sequence.names.map((node, i) => ({ nodes: [node], start: i, end: i + 1 }));
    return ticket;
  }

  wait(_ticket: Ticket): void {
    this.log('wait', '');
  }

  async close(): Promise<void> {
    this.log('closeStream', '');
  }

  private done(verb: RecordedVerb['verb'], detail: string): PlainTicket {
    this.log(verb, detail);
    const ticket = new PlainTicket();
    ticket.finish();
    return ticket;
  }
}

const argsText = (args: readonly Arg[]): string => args.map((arg) => `${arg.dtype}${shapeText(arg.shape)}`).join(', ');

function program(text: string, inputs: readonly Arg[]): DeviceProgram<null> {
  return {
    kind: 'device', key: text, source: () => null, inputs: inputs.map((_, i) => i), launch: { words: new Int32Array(0), grid: [1] },
    scratch: 0, packs: [], inPlace: [], flops: 0,
  };
}

/** Every op over dtypes that the device holds, by a program that is only its name. */
function recordingTable(holds: (dtype: DType) => boolean): KernelTable<null> {
  const refuse = (dtypes: readonly DType[]): true | string => {
    const missing = dtypes.find((dtype) => !holds(dtype));
    return missing === undefined || `the device does not hold ${missing}`;
  };
  const ops: Record<string, readonly Kernel<null>[]> = {};
  for (const { type } of allOpDefinitions()) {
    ops[type] = [{
      op: type,
      supports: (query) => refuse([...query.inputDtypes, ...query.outputDtypes]),
      accepts: (call) => call.outputs.every((arg) => arg.shape.every((dim) => dim >= 0)),
      program: (call) => program(
        `${call.op}(${argsText(call.inputs)})${call.epilogue === undefined ? '' : ` then ${exprKey([call.epilogue.expr])}`}`, call.inputs,
      ),
    }];
  }
  return {
    ops,
    map: [{ supports: (fn) => refuse([...fn.inputs, ...fn.outputs.map((output) => output.dtype)]), program: (call) => program(`map(${argsText(call.inputs)}) ${exprKey(call.fn.outputs)}`, call.inputs) }],
    reduce: [{ supports: (_reducer, before) => refuse(before.inputs), program: (call) => program(`${call.reducer}(${argsText(call.inputs)}) over ${call.axes.join()}`, call.inputs) }],
  };
}

/** A backend that accepts everything and writes down what it is asked. Ops over dtypes without bytes run on the host. */
export function recording(options: RecordingOptions = {}): RecordingBackend {
  const { deviceType = 'GPU', name = 'recording', priority = 0, devices = 1, without = [] } = options;
  const held = allDTypes.filter((dtype) => hasBytes(dtype) && !without.includes(dtype));
  const storage: DeviceInfo['storage'] = Object.fromEntries(held.map((as): [string, StorageForm] => [as, { as, grade: 'arithmetic' }]));
  const entries: RecordedVerb[] = [];
  const log: Log = (verb, detail) => entries.push({ verb, detail });
  const own = recordingTable((dtype) => held.includes(dtype));
  return {
    name, deviceType, priority,
    kernels: deviceType === 'CPU' ? combineTables<null, DeviceInfo>(own, hostTable) : own,
    log: entries,
    text: () => entries.map(({ verb, detail }) => `${verb} ${detail}`.trimEnd()).join('\n'),
    clear: () => { entries.length = 0; },
    async discover({ deviceCount }): Promise<Discovery> {
      log('discover', deviceCount === undefined ? '' : `at most ${deviceCount}`);
      return {
        devices: Array.from({ length: Math.min(deviceCount ?? devices, devices) }, (_, ordinal) => ({
          deviceType, ordinal, description: '', memoryLimit: 2 ** 34, storage,
          limits: { alignment: 256, bufferBytes: 2 ** 32, bindings: 4096, sharedBuffers: true }, controlFlow: false, hostVisible: false, details: {},
        })),
      };
    },
    async open(info): Promise<Device<null>> {
      log('open', `${info.deviceType}:${info.ordinal}`);
      return new RecordingDevice(info, log);
    },
  };
}
