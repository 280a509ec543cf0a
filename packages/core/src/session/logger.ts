/**
 * Where a session says what is not a result. TensorFlow prints placements on stdout, and writes everything to its log, whose lines go to
 * stderr and which `TF_CPP_MIN_LOG_LEVEL` cuts off by severity (1: no infos, 2: no warnings, 3: no errors).
 */

/** What a session's log takes. */
export interface Logger {
  info(text: string): void;
  warning(text: string): void;
  error(text: string): void;
}

interface Platform {
  readonly process?: {
    readonly env?: Readonly<Record<string, string | undefined>>;
    readonly stdout?: { write(text: string): unknown };
    readonly stderr?: { write(text: string): unknown };
  };
}

/** To standard output, where there is one, else to the console. */
export function toStdout(text: string): void {
  const platform: Platform = globalThis;
  if (platform.process?.stdout === undefined) console.log(text);
  else platform.process.stdout.write(`${text}\n`);
}

const severities = { info: ['I', 0], warning: ['W', 1], error: ['E', 2] } as const;

function write(severity: keyof typeof severities, text: string): void {
  const platform: Platform = globalThis;
  const [letter, level] = severities[severity];
  if (Number(platform.process?.env?.['TF_CPP_MIN_LOG_LEVEL'] ?? 0) > level) return;
  const time = new Date().toISOString().replace('T', ' ').replace('Z', '000');
  const line = `${time}: ${letter} sessionflow] ${text}`;
  if (platform.process?.stderr === undefined) console.error(line);
  else platform.process.stderr.write(`${line}\n`);
}

/** The log of sessions that are given none: lines on standard error, as TensorFlow writes them. */
export const stderrLogger: Logger = {
  info: (text) => { write('info', text); },
  warning: (text) => { write('warning', text); },
  error: (text) => { write('error', text); },
};
