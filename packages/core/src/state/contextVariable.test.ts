import { describe, expect, it } from 'vitest';
import { ContextVariable, PlainStore } from './contextVariable.js';

interface Value {
  readonly name: string;
}

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));
/** What a platform without AsyncLocalStorage uses. */
const plain = { AsyncLocalStorage: PlainStore };

describe.each([['AsyncLocalStorage', undefined], ['a plain variable', plain]] as const)('ContextVariable over %s', (_, hooks) => {
  const variable = (): ContextVariable<Value> => (hooks === undefined ? new ContextVariable() : new ContextVariable(hooks));

  it('holds for the length of a call, nested', () => {
    const current = variable();
    const seen = current.run({ name: 'a' }, () => [current.get()?.name, current.run({ name: 'b' }, () => current.get()?.name), current.get()?.name]);
    expect(seen).toEqual(['a', 'b', 'a']);
    expect(current.get()).toBeUndefined();
  });

  it('holds across await, and ends when the promise settles', async () => {
    const current = variable();
    const seen = await current.run({ name: 'a' }, async () => {
      await pause();
      return current.get()?.name;
    });
    expect(seen).toBe('a');
    expect(current.get()).toBeUndefined();
    await expect(current.run({ name: 'a' }, async () => { await pause(); throw new Error('no'); })).rejects.toThrow('no');
    expect(current.get()).toBeUndefined();
  });

  it('is restored after a throw', () => {
    const current = variable();
    expect(() => current.run({ name: 'a' }, () => { throw new Error('no'); })).toThrow('no');
    expect(current.get()).toBeUndefined();
  });

  it('can be set for what follows', () => {
    const current = variable();
    current.run({ name: 'a' }, () => {
      current.set({ name: 'b' });
      expect(current.get()?.name).toBe('b');
    });
    expect(current.get()).toBeUndefined();
  });
});

describe('ContextVariable where the platform has AsyncLocalStorage', () => {
  it('keeps concurrent tasks apart', async () => {
    const current = new ContextVariable<Value>();
    const task = (name: string): Promise<string | undefined> => current.run({ name }, async () => {
      await pause();
      await pause();
      return current.get()?.name;
    });
    expect(await Promise.all([task('a'), task('b'), task('c')])).toEqual(['a', 'b', 'c']);
  });
});
