import { expect, test, vi } from 'vitest';
import { UnavailableError } from '../errors.js';
import { LazyModule } from './lazyModule.js';

test('code is brought once, whoever asks', async () => {
  const bring = vi.fn(async () => ({ answer: 42 }));
  const module = new LazyModule('answers', bring);
  expect(module.code).toBeUndefined();
  expect(bring).not.toHaveBeenCalled();
  const [first, second] = await Promise.all([module.load(), module.load()]);
  expect(first).toBe(second);
  expect(module.code).toBe(first);
  await module.load();
  expect(bring).toHaveBeenCalledTimes(1);
});

test('code that did not come is asked for again', async () => {
  const bring = vi.fn<() => Promise<number>>().mockRejectedValueOnce(new Error('offline')).mockResolvedValueOnce(7);
  const module = new LazyModule('answers', bring);
  await expect(module.load()).rejects.toThrow(new UnavailableError('The code of answers could not be loaded: offline'));
  expect(module.code).toBeUndefined();
  expect(await module.load()).toBe(7);
});
