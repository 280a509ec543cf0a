/** Code that is loaded when somebody first needs it: a module has one instance in the process, and so has what is known of its coming. */
import { UnavailableError } from '../errors.js';

export class LazyModule<M> {
  private loaded: M | undefined;
  private coming: Promise<M> | undefined;

  /** `what` names the code in an error: where it comes over a network, it may fail to. */
  constructor(private readonly what: string, private readonly bring: () => Promise<M>) {}

  /** Undefined until the code is there. */
  get code(): M | undefined {
    return this.loaded;
  }

  /** Whoever asks after a failure tries anew. */
  load(): Promise<M> {
    this.coming ??= this.bring().then(
      (code) => (this.loaded = code),
      (error: unknown) => {
        this.coming = undefined;
        throw new UnavailableError(`The code of ${this.what} could not be loaded: ${error instanceof Error ? error.message : String(error)}`);
      },
    );
    return this.coming;
  }
}
