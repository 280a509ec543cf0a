/**
 * Turns of the event loop: who works in parts waits for one between them. The process has one loop, so there is one queue: two who work at
 * the same time get a turn each, not one after the other in the same.
 */

interface Platform {
  setImmediate?(callback: () => void): unknown;
}

/** Resolves when everything that waits for the loop (timers, sockets, input) has had its chance. */
function nextTurn(): Promise<void> {
  const platform: Platform = globalThis;
  if (platform.setImmediate !== undefined) {
    return new Promise((resolve) => { platform.setImmediate?.(resolve); });
  }
  // Browsers hold a chain of timeouts back by 4 ms each; a message comes at once.
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}

let last: Promise<void> = Promise.resolve();

/** Waits for a turn of one's own. */
export function loopTurn(): Promise<void> {
  last = last.then(nextTurn);
  return last;
}

/** Work that gives the event loop back after some milliseconds of it. One part of the work may take longer: then that is how long. */
export class TimeSlice {
  private since = performance.now();

  constructor(private readonly milliseconds: number) {}

  /** Between two parts of the work: a turn to wait for when the slice is over. */
  turn(): Promise<void> | undefined {
    return performance.now() - this.since < this.milliseconds ? undefined : this.renewed();
  }

  private async renewed(): Promise<void> {
    await loopTurn();
    this.since = performance.now();
  }
}
