#!/usr/bin/env node
// Tracked, so that package managers can link the command before the first build.
import { existsSync } from 'node:fs';

const built = new URL('../dist/main.js', import.meta.url);
if (existsSync(built)) {
  // A reader that stops early (`| head`) is no failure.
  process.stdout.on('error', (error) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(0);
  });
  const { main, processStreams } = await import(built.href);
  process.exitCode = await main(process.argv.slice(2), processStreams);
} else {
  process.stderr.write('sessionflow: not built yet: `npm start` or `pnpm build` does it\n');
  process.exitCode = 1;
}
