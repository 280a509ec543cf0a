import { describe, expect, it } from 'vitest';
import { ValueError } from '../errors.js';
import { canonicalName, checkValidDevice, DeviceSpec } from './deviceSpec.js';

describe('DeviceSpec', () => {
  it('prints its parts in order', () => {
    expect(String(new DeviceSpec({ job: 'j', replica: 0, task: 1, deviceType: 'CPU', deviceIndex: 2 }))).toBe('/job:j/replica:0/task:1/device:CPU:2');
    expect(String(new DeviceSpec({ deviceType: 'GPU' }))).toBe('/device:GPU:*');
    expect(String(new DeviceSpec({ deviceType: 'gpu', deviceIndex: 0 }))).toBe('/device:GPU:0');
    expect(String(new DeviceSpec({ deviceType: 'cpu', deviceIndex: 0 }))).toBe('/device:CPU:0');
    expect(String(new DeviceSpec({ deviceType: 'Cpu', deviceIndex: 0 }))).toBe('/device:Cpu:0');
    expect(String(new DeviceSpec({ deviceIndex: 3 }))).toBe('');
    expect(String(new DeviceSpec())).toBe('');
  });

  it.each([
    ['/job:foo/replica:0', '/job:foo/replica:0'],
    ['/replica:1/task:0/cpu:0', '/replica:1/task:0/device:CPU:0'],
    ['/replica:1/task:0/device:CPU:0', '/replica:1/task:0/device:CPU:0'],
    ['/job:muu/device:GPU:2', '/job:muu/device:GPU:2'],
    ['/cpu', '/device:CPU:*'],
    ['/gPu:*', '/device:GPU:*'],
    ['/device:MyFunnyDevice:2', '/device:MyFunnyDevice:2'],
    ['/device:GPU:*', '/device:GPU:*'],
    ['/job:*', '/job:*'],
    ['/device:GPU:0/task:0/replica:0/job:foo', '/job:foo/replica:0/task:0/device:GPU:0'],
    ['', ''],
    ['/', ''],
  ])('reads %s', (text, canonical) => {
    expect(String(DeviceSpec.fromString(text))).toBe(canonical);
    expect(canonicalName(text)).toBe(canonical);
  });

  it.each([
    ['/job:j/replica:foo', "invalid literal for int() with base 10: 'foo'"],
    ['/job:j/task:bar', "invalid literal for int() with base 10: 'bar'"],
    ['/replica:*', "invalid literal for int() with base 10: '*'"],
    ['/gpu:', "invalid literal for int() with base 10: ''"],
    ['/bar:muu/baz:2', "Unknown attribute: 'bar' in '/bar:muu/baz:2'"],
    ['foobar', "Unknown attribute: 'foobar' in 'foobar'"],
    ['/device:GPU', "Unknown attribute: 'device' in '/device:GPU'"],
    ['/cpu:0/device:GPU:2', 'Cannot specify multiple device types: /cpu:0/device:GPU:2'],
    ['/job:muu/device:GPU:2/cpu:0', 'Cannot specify multiple device types: /job:muu/device:GPU:2/cpu:0'],
  ])('refuses %s', (text, message) => {
    expect(() => checkValidDevice(text)).toThrow(ValueError);
    expect(() => DeviceSpec.fromString(text)).toThrow(message);
  });

  it('merges, the other winning', () => {
    const spec = new DeviceSpec();
    const results = ['/task:1/cpu:0', '/job:boo/device:GPU:0', '/job:muu/cpu:2', '/job:muu/device:MyFunnyDevice:2'].map((text) => {
      spec.mergeFrom(DeviceSpec.fromString(text));
      return spec.toString();
    });
    expect(results).toEqual([
      '/task:1/device:CPU:0', '/job:boo/task:1/device:GPU:0', '/job:muu/task:1/device:CPU:2', '/job:muu/task:1/device:MyFunnyDevice:2',
    ]);
  });

  it('parses in place, replacing all five parts', () => {
    const spec = DeviceSpec.fromString('/job:a/replica:1/task:2/gpu:3');
    expect(spec.parseFromString('/task:1')).toBe(spec);
    expect(spec.toString()).toBe('/task:1');
    expect(spec.replace({ job: 'b' }).toString()).toBe('/job:b/task:1');
    expect(spec.toString()).toBe('/task:1');
    expect(canonicalName(null)).toBe('');
    expect(spec.equals(DeviceSpec.fromString('/task:1'))).toBe(true);
  });

  const spec = (fields: unknown): unknown => Reflect.construct(DeviceSpec, [fields]);

  it.each<[string, () => unknown, string]>([
    ['a part that names do not have', () => spec({ jobs: 'a' }), "DeviceSpec has no option 'jobs'; it has job, replica, task, deviceType, deviceIndex. Did you mean 'job'?"],
    ['a name', () => spec('/cpu:0'), 'DeviceSpec: expected an object with some of job, replica, task, deviceType, deviceIndex, but "/cpu:0" is given. A name is read by DeviceSpec.fromString.'],
    ['a job that is no text', () => spec({ job: 3 }), 'DeviceSpec: job is 3. Expected a string.'],
    ['a task that is no number', () => new DeviceSpec().replace(JSON.parse('{"task":"x"}') as object), 'DeviceSpec: task is "x". Expected an integer.'],
    ['an index between two', () => new DeviceSpec({ deviceIndex: 1.5 }), 'DeviceSpec: deviceIndex is 1.5. Expected an integer.'],
    ['no text to read', () => DeviceSpec.fromString(JSON.parse('3') as string), 'DeviceSpec: expected a device name, but 3 is given.'],
    ['no spec to merge', () => { new DeviceSpec().mergeFrom(JSON.parse('"/cpu:0"') as DeviceSpec); }, 'DeviceSpec: expected another DeviceSpec, but "/cpu:0" is given.'],
  ])('refuses %s', (_what, make, message) => {
    expect(make).toThrow(new TypeError(message));
  });
});
