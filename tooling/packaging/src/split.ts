// A program as a page has it: bundled in parts for a browser, minified; and what of it is loaded when.
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build as esbuild } from 'esbuild';
import { command } from './installed.js';

export interface Split {
  /** The user's folder; parts are paths in it. */
  readonly home: string;
  /** The part that starts the program. */
  readonly entry: string;
  readonly parts: readonly string[];
  /** What a page loads before anything runs: the entry, and what it imports statically. */
  readonly first: ReadonlySet<string>;
}

/** Bundles a program of the user's folder, into a folder of its own there. */
export async function split(home: string, program: string): Promise<Split> {
  const { metafile: { outputs } } = await esbuild({
    entryPoints: [join(home, program)], absWorkingDir: home, outdir: `split-${basename(program, '.mts')}`, outExtension: { '.js': '.mjs' }, bundle: true,
    splitting: true, minify: true, metafile: true, platform: 'browser', format: 'esm', target: 'es2022', logLevel: 'silent',
  });
  const entry = Object.keys(outputs).find((path) => outputs[path]!.entryPoint === program)!;
  const first = new Set([entry]);
  for (const part of first) for (const { kind, path } of outputs[part]!.imports) if (kind === 'import-statement') first.add(path);
  return { home, entry, parts: Object.keys(outputs), first };
}

/** Bytes of these parts as a server sends them. */
export function gzipped({ home }: Split, parts: Iterable<string>): number {
  return Array.from(parts, (part) => gzipSync(readFileSync(join(home, part)), { level: 9 }).length).reduce((sum, bytes) => sum + bytes, 0);
}

/** Runs the program in Node: what it printed, and the parts that it loaded, as the engine's coverage tells them. */
export async function runSplit({ home, entry, parts }: Split): Promise<{ printed: string; loaded: readonly string[] }> {
  const told = `${entry}.coverage`;
  const printed = await command(process.execPath, [entry], home, { NODE_V8_COVERAGE: join(home, told) });
  const scripts = readdirSync(join(home, told)).flatMap((file) => (JSON.parse(readFileSync(join(home, told, file), 'utf8')) as { result: { url: string }[] }).result);
  return { printed, loaded: parts.filter((part) => scripts.some(({ url }) => url.startsWith('file:') && url.endsWith(`/${part}`))) };
}
