// The shapes of a build. A library is made twice: bundled for Node, which loads a few large files faster than hundreds of small ones, and module by
// module for bundlers, which leave out and put apart whole modules. Types come by types.js afterwards.
const common = {
  format: 'esm',
  target: 'es2023',
  sourcemap: true,
  clean: true,
  dts: false,
  treeshake: false,
  silent: true,
};

/** Several entries with shared chunks, for Node and browsers alike. */
export function chunks(options) {
  return { ...common, platform: 'neutral', splitting: true, external: [/^node:/], ...options };
}

const modules = {
  ...common,
  platform: 'neutral',
  bundle: false,
  splitting: false,
  sourcemap: false,
  clean: ['!bundled/**'],
  entry: ['src/**/*.ts', '!src/**/*.test.ts', '!src/**/*.test-d.ts', '!src/**/*.fixture.ts', '!src/**/*.d.ts', '!src/**/testing/**'],
};

/** A package that pages load too: its entries and chunks in dist/bundled (the condition `node`), and each module in dist (everyone else). */
export function library(options) {
  return [chunks({ outDir: 'dist/bundled', ...options }), modules];
}

/** Build settings of a command: runs in Node. */
export function program(options) {
  return { ...common, platform: 'node', splitting: false, ...options };
}
