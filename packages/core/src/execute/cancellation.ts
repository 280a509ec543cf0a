/**
 * Whether a run was cancelled: what an AbortSignal says, without its price. Making one and listening to it is a third of what a small run costs.
 */
export class Cancellation {
  private readonly listeners = new Set<() => void>();
  private controller: AbortController | undefined;
  private isCancelled = false;

  get cancelled(): boolean {
    return this.isCancelled;
  }

  /** Calls the listeners, once. */
  cancel(): void {
    if (this.isCancelled) return;
    this.isCancelled = true;
    this.controller?.abort();
    for (const listener of [...this.listeners]) listener();
  }

  /** Calls `listener` on cancellation, until the function that it returns is called. */
  onCancel(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  }

  /** For code that takes the platform's kind; made when first asked for. */
  get signal(): AbortSignal {
    if (this.controller === undefined) {
      this.controller = new AbortController();
      if (this.isCancelled) this.controller.abort();
    }
    return this.controller.signal;
  }
}
