/** Times of launches: by timestamp queries, else by when the host hears of each launch's end. In microseconds on the host's clock. */
import type { LaunchTime } from '@sessionflow/core/device';
import { bufferUsage } from '../flags.js';
import type { RecordedLaunch } from './sequence.js';

/** Most queries of one set, by the specification. */
const setSize = 4096;
const now = (): number => performance.now() * 1000;

/** Timestamps at both ends of each launch's pass. */
export class QueryTiming {
  private readonly sets: readonly GPUQuerySet[];
  private readonly resolved: GPUBuffer;
  readonly bytes: number;

  constructor(private readonly device: GPUDevice, private readonly launches: readonly RecordedLaunch[]) {
    const count = launches.length * 2;
    this.bytes = count * 8;
    this.sets = Array.from({ length: Math.ceil(count / setSize) }, (_, i) => device.createQuerySet({ type: 'timestamp', count: Math.min(setSize, count - i * setSize) }));
    this.resolved = device.createBuffer({ size: Math.max(8, this.bytes), usage: bufferUsage.queryResolve | bufferUsage.copySource });
  }

  readonly writes = (index: number): GPUComputePassTimestampWrites => {
    const first = (index * 2) % setSize;
    return { querySet: this.sets[Math.floor(index * 2 / setSize)]!, beginningOfPassWriteIndex: first, endOfPassWriteIndex: first + 1 };
  };

  /** After the launches: copies the times to where the host will read them. */
  encode(encoder: GPUCommandEncoder, to: GPUBuffer): void {
    for (const [index, set] of this.sets.entries()) encoder.resolveQuerySet(set, 0, set.count, this.resolved, index * setSize * 8);
    encoder.copyBufferToBuffer(this.resolved, 0, to, 0, this.bytes);
  }

  /** The device's clock has its own zero: the last launch ended just before the host heard of it. */
  times(bytes: Uint8Array): LaunchTime[] {
    const stamps = new BigUint64Array(bytes.slice().buffer);
    const last = stamps.reduce((latest, stamp) => (stamp > latest ? stamp : latest), 0n);
    const heard = now();
    const at = (index: number): number => heard - Number(last - stamps[index]!) / 1000;
    return this.launches.map(({ nodes }, i) => ({ nodes, start: at(2 * i), end: Math.max(at(2 * i), at(2 * i + 1)) }));
  }

  release(): void {
    for (const set of this.sets) set.destroy();
    this.resolved.destroy();
  }
}

/** Without timestamps: every launch is a submission of its own, and ends when its end is heard. */
export class SubmissionTiming {
  private readonly ends: Promise<number>[] = [];
  private readonly begin = now();

  constructor(private readonly device: GPUDevice, private readonly launches: readonly RecordedLaunch[]) {}

  /** Call after each launch's submission. */
  submitted(): void {
    this.ends.push(this.device.queue.onSubmittedWorkDone().then(now));
  }

  async times(): Promise<LaunchTime[]> {
    const ends = await Promise.all(this.ends);
    return this.launches.map(({ nodes }, i) => ({ nodes, start: ends[i - 1] ?? this.begin, end: ends[i] ?? this.begin }));
  }
}
