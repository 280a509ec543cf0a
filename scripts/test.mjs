// `npm test`: installs, builds, lints, checks types, runs every test. `--fast` leaves out the slow ones (*.slow.test.ts);
// other arguments go to vitest, so `npm test -- --project core placer` works.
import { checkNode, install, pnpm, turbo } from './tools.mjs';

const args = process.argv.slice(2);
const fast = args.includes('--fast');
checkNode();
install();
turbo(['build', 'lint', 'typecheck']);
pnpm(['exec', 'vitest', 'run', ...args.filter((arg) => arg !== '--fast')], fast ? { SESSIONFLOW_FAST: '1' } : {});
