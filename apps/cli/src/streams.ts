/** Where a command writes: the process's own streams, or a test's. */
export interface Streams {
  /** Results: standard output. */
  out(text: string): void;
  /** Everything else: standard error. */
  err(text: string): void;
  /** Whether results may be coloured: standard output is a terminal that has colours, and the environment does not forbid them. */
  readonly colors?: boolean;
}

export const processStreams: Streams = {
  out: (text) => { process.stdout.write(text); },
  err: (text) => { process.stderr.write(text); },
  get colors() { return process.stdout.isTTY && process.stdout.hasColors(); },
};
