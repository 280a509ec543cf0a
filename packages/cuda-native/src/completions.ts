/**
 * How the event loop hears of a stream: a host function of the driver brings a tag. After an error on the device no host function runs, so while
 * anybody waits a timer asks the streams now and then; it also keeps the process alive exactly as long as somebody waits.
 */
import type { Driver, Handle } from './addon/driver.js';

/** How often streams are asked, in milliseconds. Only errors are found this way. */
const askEvery = 100;

interface Waiting {
  readonly stream: Handle;
  readonly finish: (error?: unknown) => void;
}

export class Completions {
  private next = 1;
  private readonly waiting = new Map<number, Waiting>();
  private timer: ReturnType<typeof setInterval> | undefined;

  /** Calls `finish` when everything enqueued on the stream so far is over; with an error if the device failed. Throws if the stream cannot be asked. */
  after(driver: Driver, stream: Handle, finish: (error?: unknown) => void): void {
    const tag = this.next++;
    driver.notify(stream, tag);
    this.waiting.set(tag, { stream, finish });
    this.timer ??= setInterval(() => this.ask(driver), askEvery);
  }

  readonly onTag = (tag: number): void => {
    this.end(tag);
  };

  private end(tag: number, error?: unknown): void {
    const waiting = this.waiting.get(tag);
    if (waiting === undefined) return;
    this.waiting.delete(tag);
    if (this.waiting.size === 0) {
      clearInterval(this.timer);
      this.timer = undefined;
    }
    waiting.finish(error);
  }

  private ask(driver: Driver): void {
    for (const stream of new Set([...this.waiting.values()].map((waiting) => waiting.stream))) {
      try {
        driver.streamStatus(stream);
      } catch (error) {
        for (const [tag, waiting] of [...this.waiting]) if (waiting.stream === stream) this.end(tag, error);
      }
    }
  }
}
