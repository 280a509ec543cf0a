/**
 * How the event loop hears of a stream: a host function of the driver brings a tag. After an error on the device no host function runs, so while
 * anybody waits a timer asks the streams now and then; it also keeps the process alive exactly as long as somebody waits.
 */
import type { Driver, Handle } from './addon/driver.js';
import { isFatal } from './addon/errors.js';

/** How often streams are asked, in milliseconds. Errors are found this way, and the end of what the driver took no host function for. */
const askEvery = 100;

interface Waiting {
  readonly stream: Handle;
  /** The driver took no host function: the stream is asked until it has nothing left to do. */
  readonly isAsked: boolean;
  readonly finish: (error?: unknown) => void;
}

export class Completions {
  private next = 1;
  private readonly waiting = new Map<number, Waiting>();
  private timer: ReturnType<typeof setInterval> | undefined;

  /**
   * Calls `finish` when everything enqueued on the stream so far is over; with an error if the device failed. Throws if the device is of no use: what was
   * enqueued must not be taken for done while the device may still be at it.
   */
  after(driver: Driver, stream: Handle, finish: (error?: unknown) => void): void {
    const tag = this.next++;
    let isAsked = false;
    try {
      driver.notify(stream, tag);
    } catch (error) {
      if (isFatal(error)) throw error;
      isAsked = true;
    }
    this.waiting.set(tag, { stream, isAsked, finish });
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
        if (!driver.streamStatus(stream)) continue;
        for (const [tag, waiting] of [...this.waiting]) if (waiting.stream === stream && waiting.isAsked) this.end(tag);
      } catch (error) {
        for (const [tag, waiting] of [...this.waiting]) if (waiting.stream === stream) this.end(tag, error);
      }
    }
  }
}
