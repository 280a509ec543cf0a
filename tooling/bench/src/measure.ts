/**
 * Times several programs side by side: one sample of each in turn, A B C A B C …, so that a machine that slows down for a while slows all of
 * them. Ratios are medians of the ratios within a round, not ratios of medians. Before its sample a short program runs once untimed, so that
 * it finds its own data in the caches and not its neighbour's.
 */

/** What takes longer finds its own data by itself. */
const longMs = 50;

export interface Contender {
  readonly name: string;
  /** Does the whole job once; over when it returns, or when its promise is fulfilled. */
  run(): unknown;
}

export interface MeasureOptions {
  /** Samples of each. */
  readonly repeat: number;
  /** Each program first runs at least this long, so that engines have compiled their best code. */
  readonly warmupMs: number;
  /** A sample is as many runs as take this long. */
  readonly sampleMs: number;
  /** Milliseconds, from any start. */
  readonly clock: () => number;
}

/** What passes on the wall. */
export const wallClock = (): number => performance.now();

/** Processor time of this process, all threads: tells how slow code is on a machine that is busy with other work. */
export const processorClock = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

export interface Measured {
  readonly name: string;
  /** Milliseconds of one run, by round. */
  readonly times: readonly number[];
}

export async function measure(contenders: readonly Contender[], options: MeasureOptions): Promise<Measured[]> {
  const pace: number[] = [];
  for (const contender of contenders) pace.push(await warmUp(contender, options));
  const runs = pace.map((fastest) => Math.max(1, Math.ceil(options.sampleMs / Math.max(fastest, 1e-4))));
  const times = contenders.map((): number[] => []);
  for (let round = 0; round < options.repeat; round++) {
    for (let turn = 0; turn < contenders.length; turn++) {
      // The first of a round is another one each time.
      const i = (round + turn) % contenders.length;
      if (pace[i]! < longMs) await sample(contenders[i]!, 1, options.clock);
      times[i]!.push(await sample(contenders[i]!, runs[i]!, options.clock));
    }
  }
  return contenders.map(({ name }, i) => ({ name, times: times[i]! }));
}

/** Milliseconds of the fastest run. */
async function warmUp(contender: Contender, { warmupMs, clock }: MeasureOptions): Promise<number> {
  const start = clock();
  let fastest = Infinity;
  for (let count = 0; count < 3 || clock() - start < warmupMs; count++) fastest = Math.min(fastest, await sample(contender, 1, wallClock));
  return fastest;
}

async function sample(contender: Contender, runs: number, clock: () => number): Promise<number> {
  const start = clock();
  for (let i = 0; i < runs; i++) {
    const over = contender.run();
    // Awaiting what is already over would cost a program that is synchronous a turn of the microtask queue.
    if (over instanceof Promise) await over;
  }
  return (clock() - start) / runs;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** How many times faster than `other` the program is: above 1 it is the faster one. */
export function speedup(program: Measured, other: Measured): number {
  return median(program.times.map((time, round) => other.times[round]! / time));
}

export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}
