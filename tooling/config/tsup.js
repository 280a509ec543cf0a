// The two shapes of a build: a library (several entries, shared chunks, types by types.js afterwards) and a program (one entry for Node).
const common = {
  format: 'esm',
  target: 'es2023',
  sourcemap: true,
  clean: true,
  dts: false,
  treeshake: false,
  silent: true,
};

/** Build settings of a package: runs in Node and in a browser alike. */
export function library(options) {
  return { ...common, platform: 'neutral', splitting: true, external: [/^node:/], ...options };
}

/** Build settings of a command: runs in Node. */
export function program(options) {
  return { ...common, platform: 'node', splitting: false, ...options };
}
