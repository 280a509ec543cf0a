import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import nodeModule from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { FailedPreconditionError, NotFoundError } from '../errors.js';
import { discoverBackends } from './discoverBackends.js';

const root = mkdtempSync(join(tmpdir(), 'sessionflow-discover-'));
afterAll(() => { rmSync(root, { recursive: true, force: true }); });

const backendText = (name: string): string =>
  `{ name: '${name}', deviceType: 'ODD', priority: 0, kernels: {}, discover: async () => ({ devices: [] }), open: async () => { throw new Error('none'); } }`;

/** An application with these packages installed, each with a package.json and files. */
function application(name: string, manifest: object, packages: Readonly<Record<string, { readonly manifest: object; readonly files?: Readonly<Record<string, string>> }>> = {}): string {
  const folder = join(root, name);
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  };
  write(join(folder, 'package.json'), JSON.stringify(manifest));
  for (const [id, { manifest: own, files = {} }] of Object.entries(packages)) {
    write(join(folder, 'node_modules', id, 'package.json'), JSON.stringify({ name: id, type: 'module', ...own }));
    for (const [file, text] of Object.entries(files)) write(join(folder, 'node_modules', id, file), text);
  }
  return folder;
}

describe('discoverBackends', () => {
  it('finds the backends among the dependencies, however their entry is spelled', async () => {
    const folder = application('good', { dependencies: { '@odd/first': '1', plain: '1', 'not-installed': '1' }, devDependencies: { second: '1' }, optionalDependencies: { third: '1' } }, {
      '@odd/first': { manifest: { sessionflow: { backend: 'first' }, exports: { '.': { types: './x.d.ts', import: './lib/a.js' } } }, files: { 'lib/a.js': `export const first = () => (${backendText('first')});` } },
      plain: { manifest: { exports: './index.js' }, files: { 'index.js': 'throw new Error("nobody imports this")' } },
      second: { manifest: { sessionflow: { backend: 'default' }, main: 'main.js' }, files: { 'main.js': `export default ${backendText('second')};` } },
      third: { manifest: { sessionflow: { backend: 'third' }, exports: ['./index.js'] }, files: { 'index.js': `export function third() { return ${backendText('third')}; }` } },
    });
    mkdirSync(join(folder, 'src', 'deep'), { recursive: true });
    for (const from of [folder, join(folder, 'src', 'deep')]) expect((await discoverBackends({ from })).map(({ name }) => name)).toEqual(['first', 'third', 'second']);
  });

  it.each<[string, object, Record<string, string>, RegExp]>([
    ['no-build', { exports: './dist/index.js' }, {}, /^The backend odd cannot be loaded: its main entry .*dist.index\.js is not there\. Has the package been built\?$/],
    ['no-export', {}, { 'index.js': 'export const other = 1;' }, /: its main entry has no export 'odd', which "sessionflow\.backend" in its package\.json names\.$/],
    ['no-backend', {}, { 'index.js': 'export const odd = { name: "odd" };' }, /: its export 'odd' gives no Backend\. Expected an object with name, deviceType, priority, kernels, discover and open\.$/],
    ['throws', {}, { 'index.js': 'throw new Error("no licence");' }, /: no licence$/],
  ])('says what is wrong: %s', async (name, manifest, files, text) => {
    const folder = application(name, { dependencies: { odd: '1' } }, { odd: { manifest: { sessionflow: { backend: 'odd' }, ...manifest }, files } });
    await expect(discoverBackends({ from: folder })).rejects.toThrow(FailedPreconditionError);
    await expect(discoverBackends({ from: folder })).rejects.toThrow(text);
    const failures: string[] = [];
    expect(await discoverBackends({ from: folder, onFailure: (id) => failures.push(id) })).toEqual([]);
    expect(failures).toEqual(['odd']);
  });

  it('asks Plug’n’Play where that rules, and leaves out what it does not have', async () => {
    const manifest = { sessionflow: { backend: 'first' }, exports: './a.js' };
    const elsewhere = application('cache', {}, { '@odd/first': { manifest, files: { 'a.js': `export const first = ${backendText('first')};` } } });
    const folder = application('plugged', { dependencies: { '@odd/first': '1' }, optionalDependencies: { 'other-platform': '1' } });
    const asked: string[] = [];
    const api = {
      resolveToUnqualified: (request: string, issuer: string): string => {
        asked.push(`${request} from ${issuer.slice(root.length + 1)}`);
        if (request !== '@odd/first') throw new Error('Required package missing from disk.');
        return join(elsewhere, 'node_modules', request);
      },
    };
    Reflect.set(nodeModule, 'findPnpApi', (path: string) => (path.startsWith(folder) ? api : null));
    try {
      expect((await discoverBackends({ from: folder })).map(({ name }) => name)).toEqual(['first']);
      expect(asked).toEqual([`@odd/first from ${join('plugged', 'package.json')}`, `other-platform from ${join('plugged', 'package.json')}`]);
      expect((await discoverBackends({ from: elsewhere }))).toEqual([]);
    } finally {
      Reflect.deleteProperty(nodeModule, 'findPnpApi');
    }
  });

  it('finds what a workspace has hoisted, and what is linked', async () => {
    const manifest = { sessionflow: { backend: 'first' }, exports: './a.js' };
    const store = application('store', {}, { first: { manifest, files: { 'a.js': `export const first = ${backendText('first')};` } } });
    const workspace = application('workspace', {}, { hoisted: { manifest, files: { 'a.js': `export const first = ${backendText('hoisted')};` } } });
    const member = application(join('workspace', 'packages', 'member'), { dependencies: { hoisted: '*', linked: '*' } });
    mkdirSync(join(member, 'node_modules'));
    symlinkSync(join(store, 'node_modules', 'first'), join(member, 'node_modules', 'linked'), 'junction');
    expect((await discoverBackends({ from: member })).map(({ name }) => name)).toEqual(['hoisted', 'first']);
    expect(await discoverBackends({ from: workspace })).toEqual([]);
  });

  it('wants a name, and a package.json', async () => {
    const folder = application('number', { dependencies: { odd: '1' } }, { odd: { manifest: { sessionflow: { backend: 3 } } } });
    await expect(discoverBackends({ from: folder })).rejects.toThrow('"sessionflow.backend" in its package.json is 3. Expected the name of an export.');
    await expect(discoverBackends({ from: root })).rejects.toThrow(NotFoundError);
    writeFileSync(join(folder, 'package.json'), '{');
    await expect(discoverBackends({ from: folder })).rejects.toThrow(/package\.json is not JSON/);
  });
});
