/** The fake driver notices what a real one would refuse, crash on or do in another order: each wrong use counts once, and says so on stderr. */
import { describe, expect, it } from 'vitest';
import { loadAddon } from '../addon/load.js';
import type { Driver, Handle } from '../addon/driver.js';
import { takeAll } from '../steps.js';
import { fakeCuda, fakeFolder, whyNoFake } from './fake.js';

const reason = whyNoFake();

interface Opened {
  readonly driver: Driver;
  readonly context: Handle;
  readonly other: Handle;
  readonly stream: Handle;
  readonly otherStream: Handle;
  readonly pool: Handle;
  readonly kernel: Handle;
  readonly addresses: number[];
  /** Gives everything back. */
  close(): void;
}

const source = 'extern "C" __global__ void __launch_bounds__(32) one(int* out, int value) {\n  if (threadIdx.x < 16) __syncthreads();\n  out[threadIdx.x] = value;\n}\n';
/** A pointer and an int, packed. */
function params(address: number, bytes = 12): Uint8Array {
  const view = new DataView(new ArrayBuffer(bytes));
  view.setBigUint64(0, BigInt(address), true);
  return new Uint8Array(view.buffer);
}

describe.skipIf(reason !== undefined)(`the fake driver${reason === undefined ? '' : `: ${reason}`}`, () => {
  async function opened(): Promise<Opened> {
    fakeCuda().configure({ devices: 2 });
    const loaded = loadAddon();
    if ('reason' in loaded) throw new Error(loaded.reason);
    const driver = new loaded.addon.Driver({ folders: [fakeFolder] }, () => undefined);
    const [context, other] = [driver.openContext(0), driver.openContext(1)];
    const { image } = await driver.compile(source, 'one.cu', ['--gpu-architecture=sm_80']);
    const [stream, otherStream, pool, module] = [driver.createStream(context), driver.createStream(other), driver.createPool(context, 0), driver.loadModule(context, image)];
    const addresses: number[] = [];
    const steps = [
      ...[0, 1, 2].map(() => () => { const address = addresses.pop(); if (address !== undefined) driver.release(address, stream); }),
      () => { driver.unloadModule(module); }, () => { driver.destroyPool(pool); }, () => { driver.destroyStream(stream); }, () => { driver.destroyStream(otherStream); },
      () => { driver.closeContext(context); }, () => { driver.closeContext(other); },
    ];
    const close = (): void => {
      try {
        takeAll(steps);
      } catch {
        // Some tests leave a context that refuses everything.
      }
    };
    return { driver, context, other, stream, otherStream, pool, kernel: driver.getFunction(module, 'one'), addresses, close };
  }
  const allocate = ({ driver, context, pool, stream, addresses }: Opened, bytes = 256): number => {
    const address = driver.allocate(context, pool, stream, bytes);
    addresses.push(address);
    return address;
  };
  const settled = async ({ driver }: Opened, stream: Handle): Promise<void> => {
    while (!driver.streamStatus(stream)) await new Promise((resolve) => setTimeout(resolve, 1));
  };

  it.each<[string, (on: Opened) => void | Promise<void>]>([
    ['parameters of another size', (on) => { on.driver.launch(on.stream, on.kernel, 1, 1, 1, 32, 1, 1, params(allocate(on), 16)); }],
    ['more threads than the kernel allows', (on) => { on.driver.launch(on.stream, on.kernel, 1, 1, 1, 64, 1, 1, params(allocate(on))); }],
    ['a grid that no device has', (on) => { on.driver.launch(on.stream, on.kernel, 1, 70_000, 1, 32, 1, 1, params(allocate(on))); }],
    ["a stream of another device's context", (on) => { on.driver.launch(on.otherStream, on.kernel, 1, 1, 1, 32, 1, 1, params(allocate(on))); }],
    ['an event of another context', (on) => {
      const event = on.driver.createEvent(on.other, false);
      try {
        on.driver.recordEvent(event, on.stream);
      } finally {
        on.driver.destroyEvent(event);
      }
    }],
    ['memory past the end', (on) => { on.driver.clear(on.stream, allocate(on, 100), 101); }],
    ['memory that was given back', (on) => {
      const address = allocate(on);
      on.driver.release(on.addresses.pop()!, on.stream);
      return settled(on, on.stream).then(() => { on.driver.clear(on.stream, address, 4); });
    }],
    ['a kernel on memory that no device has', async (on) => {
      on.driver.launch(on.stream, on.kernel, 1, 1, 1, 16, 1, 1, params(4096));
      await settled(on, on.stream);
    }],
    ["another device's memory without access", (on) => { on.driver.clear(on.otherStream, allocate(on), 4); }],
    ['a barrier that some threads never reach', async (on) => {
      on.driver.launch(on.stream, on.kernel, 1, 1, 1, 32, 1, 1, params(allocate(on)));
      await settled(on, on.stream);
    }],
    ['a question to a stream that is recorded', (on) => {
      on.driver.beginCapture(on.stream);
      try {
        on.driver.streamStatus(on.stream);
      } finally {
        on.driver.destroyGraph(on.driver.endCapture(on.stream));
      }
    }],
    ['no bytes', (on) => { allocate(on, 0); }],
  ])('notices %s', async (_, misuse) => {
    const on = await opened();
    const before = fakeCuda().counts().misuses;
    try {
      await expect((async () => { await misuse(on); })()).rejects.toThrow(/^cu\w+ failed/);
      expect(fakeCuda().counts().misuses).toBe(before + 1);
    } finally {
      on.close();
      fakeCuda().configure({});
    }
  });

  it('has nothing against what is right, and hands out no result before it is there', async () => {
    const on = await opened();
    const { driver, stream, context } = on;
    fakeCuda().configure({ devices: 2, slow: 2000 });
    const before = fakeCuda().counts().misuses;
    const address = allocate(on);
    const staging = driver.createStaging(context, 64);
    driver.writeStaging(staging, new Uint8Array(64));
    driver.launch(stream, on.kernel, 1, 1, 1, 16, 1, 1, params(address));
    driver.downloadStaging(stream, staging, address, 64);
    const bytes = new Uint8Array(64);
    driver.readStaging(staging, bytes);
    expect(bytes[0]).toBe(0xe7);
    await settled(on, stream);
    driver.readStaging(staging, bytes);
    expect([...bytes]).toEqual(Array(64).fill(0));
    driver.destroyStaging(staging);
    on.close();
    fakeCuda().configure({});
    expect(fakeCuda().counts().misuses).toBe(before);
  });
});
