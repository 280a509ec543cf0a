// Lines per folder of the tracked tree (source, tests, generated apart), and its weight. `--max-mb N` fails above N megabytes.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './tools.mjs';

const files = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28 })
  .split('\0')
  .filter((file) => file !== '' && existsSync(join(root, file)));

const isCode = (file) => /\.(ts|mts|js|mjs|py|proto|sh)$/.test(file);
const isTest = (file) => /\.test(-d)?\.ts$/.test(file);
const isGenerated = (file) => file.includes('/generated/');

function folderOf(file) {
  const parts = file.split('/').slice(0, -1);
  return parts.slice(0, parts[2] === 'src' ? 4 : 2).join('/') || '.';
}

const folders = new Map();
const heaviest = [];
let bytes = 0;
for (const file of files) {
  const size = statSync(join(root, file)).size;
  bytes += size;
  heaviest.push([size, file]);
  if (!isCode(file)) continue;
  const row = folders.get(folderOf(file)) ?? { source: 0, tests: 0, generated: 0 };
  folders.set(folderOf(file), row);
  const lines = readFileSync(join(root, file), 'utf8').split('\n').length - 1;
  row[isGenerated(file) ? 'generated' : isTest(file) ? 'tests' : 'source'] += lines;
}

const total = { source: 0, tests: 0, generated: 0 };
const print = (name, row) =>
  console.log(`${name.padEnd(40)} ${String(row.source).padStart(8)} ${String(row.tests).padStart(8)} ${String(row.generated).padStart(9)}`);
console.log(`${'lines in'.padEnd(40)} ${'source'.padStart(8)} ${'tests'.padStart(8)} ${'generated'.padStart(9)}`);
for (const [name, row] of [...folders].sort(([a], [b]) => (a < b ? -1 : 1))) {
  print(name, row);
  for (const kind of Object.keys(total)) total[kind] += row[kind];
}
print('total', total);

const megabytes = bytes / 1e6;
const limit = process.argv.indexOf('--max-mb');
const allowed = limit < 0 ? Infinity : Number(process.argv[limit + 1]);
console.log(`tracked: ${files.length} files, ${megabytes.toFixed(1)} MB${limit < 0 ? '' : ` of ${allowed}`}`);
if (megabytes >= allowed) {
  console.error('The tracked tree is too heavy. Heaviest files:');
  for (const [size, file] of heaviest.sort(([a], [b]) => b - a).slice(0, 10)) console.error(`  ${(size / 1e6).toFixed(2)} MB  ${file}`);
  process.exit(1);
}
