import { describe, expect, it } from 'vitest';
import { ContextStack, PlainStore } from './contextStack.js';

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));
/** What a platform without AsyncLocalStorage uses. */
const plain = { AsyncLocalStorage: PlainStore };

describe.each([['AsyncLocalStorage', undefined], ['a plain variable', plain]] as const)('ContextStack over %s', (_, hooks) => {
  const newStack = (): ContextStack<string> => (hooks === undefined ? new ContextStack() : new ContextStack(hooks));

  it('holds for the length of a call, nested', () => {
    const stack = newStack();
    const seen = stack.run('a', () => [stack.get(), stack.run('b', () => [...stack.values()]), stack.get()]);
    expect(seen).toEqual(['a', ['b', 'a'], 'a']);
    expect(stack.get()).toBeUndefined();
  });

  it('holds across await, and ends when the promise settles', async () => {
    const stack = newStack();
    const seen = await stack.run('a', async () => {
      await pause();
      return stack.get();
    });
    expect(seen).toBe('a');
    expect(stack.get()).toBeUndefined();
    await expect(stack.run('a', async () => { await pause(); throw new Error('no'); })).rejects.toThrow('no');
    expect(stack.get()).toBeUndefined();
  });

  it('is restored after a throw', () => {
    const stack = newStack();
    expect(() => stack.run('a', () => { throw new Error('no'); })).toThrow('no');
    expect(stack.get()).toBeUndefined();
  });

  it('is entered for what follows, in the call around', () => {
    const stack = newStack();
    stack.run('a', () => {
      const leave = stack.enter('b');
      expect([...stack.values()]).toEqual(['b', 'a']);
      leave();
      expect(stack.get()).toBe('a');
      stack.enter('c');
    });
    expect(stack.get()).toBeUndefined();
  });

  it('is left for the caller too, when an async function leaves what it entered before it waited', async () => {
    const stack = newStack();
    const task = async (): Promise<string | undefined> => {
      const leave = stack.enter('a');
      await pause();
      const seen = stack.get();
      leave();
      return seen;
    };
    expect(await task()).toBe('a');
    expect(stack.get()).toBeUndefined();
  });

  it('is left in any order', () => {
    const stack = newStack();
    const leave = ['a', 'b', 'c'].map((value) => stack.enter(value));
    leave[1]!();
    expect([...stack.values()]).toEqual(['c', 'a']);
    leave[2]!();
    leave[2]!();
    leave[0]!();
    expect(stack.get()).toBeUndefined();
  });

  it('has shared values under those of the flow', () => {
    const stack = newStack();
    const leave = stack.run('elsewhere', () => stack.enter('shared', true));
    expect(stack.get()).toBe('shared');
    expect(stack.run('a', () => stack.get())).toBe('a');
    leave();
    leave();
    expect(stack.get()).toBeUndefined();
  });
});

describe('ContextStack where the platform has AsyncLocalStorage', () => {
  it('keeps concurrent tasks apart', async () => {
    const stack = new ContextStack<string>();
    const task = (name: string): Promise<string | undefined> => stack.run(name, async () => {
      await pause();
      await pause();
      return stack.get();
    });
    expect(await Promise.all([task('a'), task('b'), task('c')])).toEqual(['a', 'b', 'c']);
  });
});
