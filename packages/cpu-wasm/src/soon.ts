/** Calls back after the event loop has had its turn; not clamped to milliseconds as timers are. */
export function soon(callback: () => void): void {
  if (typeof setImmediate === 'function') {
    setImmediate(callback);
    return;
  }
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    callback();
  };
  port2.postMessage(null);
}

/** Tells when this thread has been busy for so long that its event loop should have a turn before more work. */
export class TurnWatch {
  private since: number | undefined;

  constructor(private readonly millis: number) {}

  /** Whether the event loop has had no turn for that long since this was first asked. */
  get isDue(): boolean {
    const now = performance.now();
    if (this.since !== undefined) return now - this.since > this.millis;
    this.since = now;
    soon(() => { this.since = undefined; });
    return false;
  }
}
