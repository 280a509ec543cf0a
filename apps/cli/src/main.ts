/** The `sessionflow` command as a function. Exit code 0; 1 with one line on stderr when something failed; 2 for wrong usage. */
import { Command, CommanderError } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import { bench } from './commands/bench.js';
import { convert } from './commands/convert.js';
import { devices } from './commands/devices.js';
import { inspect } from './commands/inspect.js';
import { place } from './commands/place.js';
import { repl } from './commands/repl.js';
import { run } from './commands/run.js';
import { processStreams, type Streams } from './streams.js';
import { UsageError } from './usage.js';

export { processStreams, type Streams };

const examples = `
Examples:
  sessionflow inspect model.json                                inputs and outputs, and what cannot run here
  sessionflow run model.json --feed input=image.npy --out out   results as NumPy files
  sessionflow place model.json --device /gpu:0 --soft-placement --html placement.html
  sessionflow bench model.json --threads 2`;

/** Runs the command that `argv` names (without the program's own name) to its end; the result is the exit code. */
export async function main(argv: readonly string[], streams: Streams): Promise<number> {
  const program = new Command('sessionflow')
    .description('Runs TensorFlow graphs on the devices that are installed.')
    .version(packageJson.version)
    .addHelpText('after', examples)
    .exitOverride()
    .showHelpAfterError(false)
    .configureOutput({ writeOut: (text) => { streams.out(text); }, writeErr: (text) => { streams.err(text); } });
  for (const command of [devices, inspect, place, run, convert, bench, repl]) program.addCommand(command(streams).copyInheritedSettings(program));
  try {
    await program.parseAsync(argv, { from: 'user' });
    return 0;
  } catch (error) {
    // What commander complains about, or helps with, it has printed.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const message = error instanceof Error ? error.message : String(error);
    // One line: what follows the first is detail that errors carry for logs.
    streams.err(`sessionflow: ${message.trim().replace(/\s*\n\s*/g, ' ')}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}
