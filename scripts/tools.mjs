// What start and test share: bring pnpm, install what is needed, build with turbo's cache. Plain Node, nothing installed yet.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const rootPackage = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const pnpmSpec = rootPackage.packageManager;
const windows = process.platform === 'win32';

const environment = {
  ...process.env,
  TURBO_TELEMETRY_DISABLED: '1',
  TURBO_NO_UPDATE_NOTIFIER: '1',
  DO_NOT_TRACK: '1',
};

/** Runs a command in the root; a failure ends this process with the same status. */
export function run(command, args, env = {}) {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    shell: windows,
    env: { ...environment, ...env },
  });
  if (error) {
    console.error(`${command}: ${error.message}`);
    process.exit(1);
  }
  if (status !== 0) process.exit(status ?? 1);
}

/** Runs pnpm in the version that package.json names, brought by npx. */
export function pnpm(args, env = {}) {
  run('npx', ['--yes', pnpmSpec, ...args], env);
}

/** Stops with a plain sentence on a Node that is too old. */
export function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  console.error(`Sessionflow needs Node ${rootPackage.engines.node}; this is ${process.versions.node}.`);
  process.exit(1);
}

// An install is up to date when the lockfile and every manifest are what they were; asking pnpm would cost a second or two each time.
function manifestHash() {
  const hash = createHash('sha256').update(process.version);
  const files = ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml'];
  for (const group of ['packages', 'apps', 'tooling']) {
    if (!existsSync(join(root, group))) continue;
    for (const name of readdirSync(join(root, group)).sort()) files.push(`${group}/${name}/package.json`);
  }
  for (const file of files) {
    if (existsSync(join(root, file))) hash.update(file).update(readFileSync(join(root, file)));
  }
  return hash.digest('hex');
}

/** Installs the workspace, or only what the named packages need (their dependencies included). */
export function install(filters = []) {
  const stamp = join(root, 'node_modules', '.sessionflow-install.json');
  const scope = filters.length === 0 ? 'all' : filters.join(' ');
  let done = {};
  try {
    done = JSON.parse(readFileSync(stamp, 'utf8'));
  } catch {
    // No stamp: nothing was installed by this script yet.
  }
  if (done.hash === manifestHash() && (done.scope === 'all' || done.scope === scope)) return;
  rmSync(stamp, { force: true });
  pnpm(['install', ...filters.flatMap((name) => ['--filter', `${name}...`])]);
  // Hashed afterwards: outside CI an install may have brought the lockfile up to date.
  writeFileSync(stamp, `${JSON.stringify({ scope, hash: manifestHash() })}\n`);
}

/** Runs turbo tasks. */
export function turbo(args) {
  pnpm(['exec', 'turbo', 'run', ...args, '--output-logs=new-only', '--log-order=grouped']);
}
