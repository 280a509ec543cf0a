/** The page: built from the workspace's sources, with relative URLs, so that its files work from any path of any server. */
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { defaultClientConditions, defineConfig, type Plugin } from 'vite';

const require = createRequire(import.meta.url);
const human = join(dirname(require.resolve('@vladmandic/human')), '..');
const tasks = JSON.parse(readFileSync(require.resolve('@sessionflow/vision/taskList.json'), 'utf8')) as readonly { readonly files: readonly string[] }[];

/** What the page fetches: the tasks' models, and the photograph. By its URL under the page. */
const assets: ReadonlyMap<string, string> = new Map([
  ...tasks.flatMap(({ files }) => files).flatMap((name) => ['json', 'bin'].map((ending) => [`models/${name}.${ending}`, join(human, 'models', `${name}.${ending}`)] as const)),
  ['samples.jpg', join(human, 'assets/samples.jpg')],
]);

/** Serves the assets in development, copies them into a build. */
function copied(): Plugin {
  return {
    name: 'assets',
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        const file = assets.get(decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname.slice(1)));
        if (file === undefined || !existsSync(file)) next();
        else createReadStream(file).pipe(response);
      });
    },
    generateBundle() {
      for (const [fileName, file] of assets) this.emitFile({ type: 'asset', fileName, source: readFileSync(file) });
    },
  };
}

/** Shared memory, and so threads, are only given to pages that are served with these. */
const headers = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

export default defineConfig({
  base: './',
  resolve: { conditions: ['@sessionflow/source', ...defaultClientConditions] },
  server: { headers },
  preview: { headers },
  worker: { format: 'es' },
  build: { target: 'es2022', chunkSizeWarningLimit: 1500 },
  plugins: [copied()],
});
