/** Pinned host memory for copies, by sizes that are powers of two; some of it is kept for the next copy. */
import type { Driver, Handle } from './addon/driver.js';
import { takeAll } from './steps.js';

export interface StagingBlock {
  readonly handle: Handle;
  readonly bytes: number;
}

const smallest = 4096;
/** Bytes that are kept while nobody uses them. */
const kept = 64 << 20;

export class StagingPool {
  private readonly free = new Map<number, StagingBlock[]>();
  private freeBytes = 0;

  constructor(private readonly driver: Driver, private readonly context: Handle) {}

  take(bytes: number): StagingBlock {
    const size = Math.max(smallest, 2 ** Math.ceil(Math.log2(bytes)));
    const block = this.free.get(size)?.pop();
    if (block === undefined) return { handle: this.driver.createStaging(this.context, size), bytes: size };
    this.freeBytes -= size;
    return block;
  }

  give(block: StagingBlock): void {
    if (this.freeBytes + block.bytes > kept) {
      this.driver.destroyStaging(block.handle);
      return;
    }
    const list = this.free.get(block.bytes) ?? [];
    this.free.set(block.bytes, list);
    list.push(block);
    this.freeBytes += block.bytes;
  }

  close(): void {
    const blocks = [...this.free.values()].flat();
    this.free.clear();
    this.freeBytes = 0;
    takeAll(blocks.map(({ handle }) => () => { this.driver.destroyStaging(handle); }));
  }
}
