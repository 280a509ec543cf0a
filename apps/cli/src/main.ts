/** The `sessionflow` command. Exit code 0; 1 with one line on stderr when something failed; 2 for wrong usage. */
import { Command, CommanderError } from 'commander';
import { bench } from './commands/bench.js';
import { convert } from './commands/convert.js';
import { devices } from './commands/devices.js';
import { inspect } from './commands/inspect.js';
import { place } from './commands/place.js';
import { run } from './commands/run.js';
import { UsageError } from './usage.js';

const program = new Command('sessionflow')
  .description('Runs TensorFlow graphs on the devices that are installed.')
  .exitOverride()
  .showHelpAfterError(false);
for (const command of [devices, inspect, place, run, convert, bench]) program.addCommand(command().exitOverride());

try {
  await program.parseAsync(process.argv);
} catch (error) {
  process.exitCode = exitCode(error);
}

function exitCode(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const message = error instanceof Error ? error.message : String(error);
  // One line: what follows the first is detail that errors carry for logs.
  process.stderr.write(`sessionflow: ${message.replace(/\s*\n\s*/g, ' ')}\n`);
  return error instanceof UsageError ? 2 : 1;
}
