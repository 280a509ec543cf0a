/** One minified module for a browser, as an application would ship it. Workspace packages are taken as published: from dist. */
import { build } from 'esbuild';

export type BundleInput = { readonly entryPoints: [string] } | { readonly stdin: { readonly contents: string; readonly resolveDir: string; readonly loader: 'ts' } };

export async function bundle(input: BundleInput): Promise<string> {
  const { outputFiles } = await build({ ...input, bundle: true, write: false, minify: true, keepNames: true, platform: 'browser', format: 'esm', target: 'es2022', logLevel: 'silent' });
  return outputFiles[0]!.text;
}
