// `npm test`: installs, builds, lints, checks types, runs every test. `--fast` leaves out the slow ones (*.slow.test.ts);
// other arguments go to vitest, so `npm test -- --project core placer` works.
// Where CI=true, NVIDIA's compiler is fetched, too; without it, CUDA sources are not compiled and their test is skipped.
import { fetchNvrtc } from './fetchNvrtc.mjs';
import { checkNode, install, pnpm, turbo } from './tools.mjs';

const args = process.argv.slice(2);
const fast = args.includes('--fast');
checkNode();
install();
turbo(['build', 'lint', 'typecheck']);
const { reason: noNvrtc } = process.env.CI === 'true' && process.env.SESSIONFLOW_NVRTC === undefined ? fetchNvrtc() : {};
if (noNvrtc !== undefined) console.log(noNvrtc);
pnpm(['exec', 'vitest', 'run', ...args.filter((arg) => arg !== '--fast')], {
  ...(fast ? { SESSIONFLOW_FAST: '1' } : {}),
  ...(noNvrtc === undefined ? {} : { SESSIONFLOW_NO_NVRTC: noNvrtc }),
});
