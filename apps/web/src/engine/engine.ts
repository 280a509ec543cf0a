/** The engine: one open model in one session. Lives in a worker, so that nothing that it does holds up the page. */
import { DeviceRegistry, FailedPreconditionError, HostTensor, Session, Timeline, dtypeInfo, type Backend, type PlacementExplanation, type RunMetadata } from '@sessionflow/core';
import { cpuWasm } from '@sessionflow/cpu-wasm';
import { mapFinding, squareOf } from '@sessionflow/vision';
import { webgpu } from '@sessionflow/webgpu';
import { openModel, type OpenModel } from './models.js';
import { PictureReader } from './pictures.js';
import { ranges, type Capabilities, type DeviceChoice, type FeedChoice, type ModelInfo, type OpenRequest, type Plane, type RunRequest, type RunResult } from './protocol.js';
import { planeOf, summarize } from './summaries.js';

interface Open extends OpenModel {
  readonly session: Session;
}

export class Engine {
  private open: Open | undefined;
  private outputs: ReadonlyMap<string, HostTensor> = new Map();
  private readonly pictures = new PictureReader();

  /** What this browser has, and why it lacks what it lacks. */
  async capabilities(): Promise<Capabilities> {
    const reports = await new DeviceRegistry([webgpu(), cpuWasm()]).discover({ deviceCount: {}, visibleDeviceList: '' });
    return {
      hardwareThreads: navigator.hardwareConcurrency,
      backends: reports.map(({ backend, reason, devices: [first] }) => ({ name: backend.name, deviceType: backend.deviceType, reason, description: first?.info.description ?? '', details: first?.info.details ?? {} })),
    };
  }

  /** Closes what was open, and opens this. */
  async load({ source, devices, threads, models }: OpenRequest): Promise<ModelInfo> {
    await this.close();
    const model = await openModel(source, devices, models);
    const session = new Session({ graph: model.graph, backends: backendsOf(devices, threads), config: { allowSoftPlacement: devices === 'both' }, log: () => undefined });
    this.open = { ...model, session };
    return model.info;
  }

  async run({ picture, feeds, isTraced, isSummarized }: RunRequest): Promise<RunResult> {
    const { session, fetches, task } = this.opened();
    try {
      const fed = this.feed(picture, feeds);
      const metadata: RunMetadata = {};
      const start = performance.now();
      const values = await session.run(fetches, fed, isTraced ? { options: { traceLevel: 'FULL_TRACE' }, metadata } : {});
      const ms = performance.now() - start;
      this.outputs = new Map(Object.entries(fetches).map(([key, { name }]) => [name, values[key]!]));
      const square = picture === null ? undefined : squareOf({ left: 0, top: 0, width: picture.width, height: picture.height });
      const finding = task === undefined || square === undefined ? null : mapFinding(task.read(values), { left: square.left, top: square.top, width: square.side, height: square.side });
      return {
        ms, finding, outputs: isSummarized ? [...this.outputs].map(([name, value]) => summarize(name, value)) : [],
        trace: isTraced ? new Timeline(metadata.stepStats ?? {}).generateChromeTraceFormat() : null,
      };
    } finally {
      picture?.close();
    }
  }

  /** Where the model's nodes are, and why. */
  async placement(feeds: readonly FeedChoice[]): Promise<PlacementExplanation> {
    const { session, fetches, task } = this.opened();
    const blank = task === undefined ? feeds.map((feed) => ({ ...feed, from: 'zeros' as const })) : [];
    const fed = task === undefined ? this.feed(null, blank) : new Map([[task.image.name, HostTensor.zeros([1, task.side, task.side, 3], 'int32')]]);
    return session.explainPlacement(fetches, fed);
  }

  /** A plane of an output of the last run. */
  async plane(output: string, number: number): Promise<Plane | null> {
    const tensor = this.outputs.get(output);
    return tensor === undefined ? null : planeOf(tensor, number);
  }

  async close(): Promise<void> {
    const { open } = this;
    this.open = undefined;
    this.outputs = new Map();
    await open?.session.close();
  }

  private opened(): Open {
    if (this.open === undefined) throw new FailedPreconditionError('No model is open.');
    return this.open;
  }

  private feed(picture: ImageBitmap | null, feeds: readonly FeedChoice[]): Map<string, HostTensor> {
    const { task, info } = this.opened();
    if (task !== undefined) {
      if (picture === null) throw new FailedPreconditionError('This model looks at a picture: choose one.');
      const bytes = this.pictures.read(picture, task.side, task.side);
      return new Map([[task.image.name, new HostTensor('int32', [1, task.side, task.side, 3], Int32Array.from(bytes))]]);
    }
    return new Map(feeds.map((choice) => {
      const port = info.inputs.find(({ name }) => name === choice.name);
      if (port === undefined) throw new FailedPreconditionError(`The model has no input '${choice.name}'.`);
      return [choice.name, filled(port.dtype, choice, () => this.pictureValues(picture, choice))];
    }));
  }

  /** The picture in the shape of an input, [n, height, width, channels], as bytes. */
  private pictureValues(picture: ImageBitmap | null, { name, shape }: FeedChoice): number[] {
    const [batch = 1, height = 1, width = 1, channels = 3] = shape.length === 3 ? [1, ...shape] : shape;
    if (picture === null) throw new FailedPreconditionError(`Input '${name}' takes a picture: choose one.`);
    if (channels !== 1 && channels !== 3) throw new FailedPreconditionError(`Input '${name}' has ${channels} channels; a picture has 1 or 3.`);
    const bytes = this.pictures.read(picture, width, height);
    const one = channels === 3 ? Array.from(bytes) : Array.from({ length: width * height }, (_, i) => 0.299 * bytes[3 * i]! + 0.587 * bytes[3 * i + 1]! + 0.114 * bytes[3 * i + 2]!);
    return Array.from({ length: batch }, () => one).flat();
  }
}

function backendsOf(devices: DeviceChoice, threads: number): readonly Backend[] {
  const cpu = cpuWasm({ threads });
  return devices === 'cpu' ? [cpu] : [webgpu(), cpu];
}

function filled(dtype: HostTensor['dtype'], { name, shape, from, range }: FeedChoice, pictureBytes: () => number[]): HostTensor {
  const size = shape.reduce((product, dim) => product * dim, 1);
  if (from === 'zeros') return HostTensor.zeros([...shape], dtype);
  const { kind } = dtypeInfo[dtype];
  if (kind === 'object' || kind === 'complex') throw new FailedPreconditionError(`Input '${name}' is ${dtype}: it can only be zeros here.`);
  const [low, high] = ranges[range];
  const parts = from === 'picture' ? pictureBytes().map((byte) => byte / 255) : Array.from({ length: size }, () => Math.random());
  const values = parts.map((part) => low + part * (high - low));
  if (kind === 'bool') return HostTensor.from(values.map((value) => value > (low + high) / 2), { dtype, shape: [...shape] });
  return HostTensor.from(kind === 'float' ? values : values.map(Math.round), { dtype, shape: [...shape] });
}
