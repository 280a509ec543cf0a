// Writes dist/page.js: `placementPage(title, explanation)`, which puts a placement into the page below. All of the page's code stands in it.
import { mkdir, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';

const common = { bundle: true, write: false, minify: true, format: 'esm', target: 'es2022', loader: { '.css': 'text' }, logLevel: 'warning' };

async function textOf(entry, plugins = []) {
  const { outputFiles } = await build({ ...common, entryPoints: [entry], plugins });
  return outputFiles[0].text;
}

const worker = await textOf('src/layout.worker.ts');
const script = await textOf('src/page.ts', [{
  name: 'layout-worker',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^layout-worker$/ }, () => ({ path: 'layout-worker', namespace: 'layout-worker' }));
    onLoad({ filter: /.*/, namespace: 'layout-worker' }, () => ({ contents: worker, loader: 'text' }));
  },
}]);

const before = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Placement</title>
<style>html { color-scheme: light dark; } body { margin: 0; } #view { height: 100vh; height: 100dvh; }</style>
</head>
<body>
<noscript>This page draws a graph, and needs JavaScript for it.</noscript>
<script type="application/json" id="report">`;
const after = `</script>
<script type="module">${script.replaceAll('</script', '<\\/script')}</script>
</body>
</html>
`;

await mkdir('dist', { recursive: true });
await writeFile('dist/page.js', `const before = ${JSON.stringify(before)};
const after = ${JSON.stringify(after)};

export function placementPage(title, explanation) {
  // No tag can begin inside the JSON.
  return before + JSON.stringify({ title, explanation }).replaceAll('<', '\\\\u003c') + after;
}
`);
