import { describe, expect, it } from 'vitest';
import { InvalidArgumentError } from '../errors.js';
import {
  addressSpace,
  anyDevice,
  areCompatible,
  canonicalizeDeviceName,
  deviceNameText,
  ensureSpecification,
  hasDetails,
  isCompleteSpecification,
  isDifferentAddressSpace,
  isSameAddressSpace,
  isSpecification,
  legacyDeviceName,
  mergeDeviceNames,
  mergeOverrideDeviceNames,
  parseDeviceName,
  parseLocalName,
  sameDeviceName,
  splitDeviceName,
  type DeviceName,
} from './deviceName.js';

function parsed(text: string): DeviceName {
  const name = parseDeviceName(text);
  if (name === undefined) throw new Error(`'${text}' does not parse`);
  return name;
}

const roundTrip = (text: string): string => deviceNameText(parsed(text));

describe('parsing', () => {
  const subsets = Array.from({ length: 16 }, (_, bits) => bits);
  const address = (bits: number): string =>
    `${bits & 1 ? '/job:foo_bar' : ''}${bits & 2 ? '/replica:1' : ''}${bits & 4 ? '/task:2' : ''}`;

  it.each(['CPU:3', 'cpu:3', 'GPU:3', 'gpu:3'])(
    'legacy %s comes back upper-case under /device:, with every subset of the parts',
    (local) => {
      for (const bits of subsets) {
        const text = address(bits) + (bits & 8 ? `/${local}` : '');
        expect(roundTrip(text)).toBe(address(bits) + (bits & 8 ? `/device:${local.toUpperCase()}` : ''));
      }
    },
  );

  it.each(['CPU:3', 'GPU:3', 'cpu:3', 'gpu:3', 'someDevice:3'])(
    '/device:%s comes back unchanged, with every subset of the parts',
    (local) => {
      for (const bits of subsets) {
        const text = address(bits) + (bits & 8 ? `/device:${local}` : '');
        expect(roundTrip(text)).toBe(text);
      }
    },
  );

  it('takes parts in any order; a later one overwrites', () => {
    expect(roundTrip('/cpu:1/task:2/job:foo/replica:1')).toBe('/job:foo/replica:1/task:2/device:CPU:1');
    expect(roundTrip('/job:a/job:b/cpu:1/device:GPU:2')).toBe('/job:b/device:GPU:2');
    expect(roundTrip('/cpu:1/device:GPU')).toBe('/device:GPU:*');
    expect(roundTrip('/job:a/job:*')).toBe('');
  });

  it('knows wildcards', () => {
    expect(parsed('/job:*/device:GPU/replica:4')).toEqual({ ...anyDevice, replica: 4, type: 'GPU' });
    expect(parsed('/gpu:*/job:*/replica:4')).toEqual({ ...anyDevice, replica: 4, type: 'GPU' });
    expect(parsed('/job:*/replica:4/device:myspecialdevice:13')).toEqual({ ...anyDevice, replica: 4, type: 'myspecialdevice', id: 13 });
    expect(parsed('/device:*')).toEqual(anyDevice);
    expect(parsed('/device:*:3')).toEqual({ ...anyDevice, id: 3 });
    expect(parsed('/device:GPU:*')).toEqual({ ...anyDevice, type: 'GPU' });
    expect(parsed('/replica:*/task:*')).toEqual(anyDevice);
  });

  it('reads nothing from the empty string and from a slash', () => {
    expect(parsed('')).toEqual(anyDevice);
    expect(parsed('/')).toEqual(anyDevice);
    expect(hasDetails(parsed('/'))).toBe(false);
    expect(hasDetails(parsed('/task:0'))).toBe(true);
  });

  it.each([
    'foobar',
    '/job:123/replica:1/task:2/device:GPU:',
    '/job:123/replica:1',
    '/job:/replica:1',
    '/replica:-1',
    '/task:x',
    '/job:foo/task:0/gpu:',
    '/job:foo/replica:1/task:2/extra',
    '/bar:3',
    '/device:gpu:',
    '/gpu:',
    '/cpu',
    '/gpu',
    '/device:',
    '/device:3',
    '/device:GPU:1:2',
    '//',
    '/job:a/',
    '/job:*a',
    '/device:GPU:x',
    'gpu:3',
    ' /cpu:0',
    '/Cpu:0',
    '/replica:99999999999999999999999',
  ])('refuses %j', (text) => {
    expect(parseDeviceName(text)).toBeUndefined();
  });

  it('prints an unset id of a type as *, and no id without a type', () => {
    expect(deviceNameText({ ...anyDevice, job: 'j', type: 'GPU' })).toBe('/job:j/device:GPU:*');
    expect(deviceNameText({ ...anyDevice, id: 3 })).toBe('');
    expect(legacyDeviceName(parsed('/job:a/replica:0/task:0/device:GPU:1'))).toBe('/job:a/replica:0/task:0/gpu:1');
  });

  it('splits into task and local name', () => {
    expect(splitDeviceName('/job:foo/cpu:1/task:2/replica:1')).toEqual({ task: '/job:foo/replica:1/task:2', device: 'CPU:1' });
    expect(splitDeviceName('/device:GPU:3')).toEqual({ task: '', device: 'GPU:3' });
    for (const text of ['gpu:3', '/job:foo/task:2', '', '/device:GPU:*', 'nonsense']) expect(splitDeviceName(text)).toBeUndefined();
  });

  it('reads local names', () => {
    expect(parseLocalName('CPU:10')).toEqual({ ...anyDevice, type: 'CPU', id: 10 });
    for (const text of ['/CPU:10', 'CPU', 'CPU:', 'CPU:*', '10:CPU', 'CPU:1 ']) expect(parseLocalName(text)).toBeUndefined();
  });
});

describe('relations', () => {
  it.each([
    ['', '/job:a/device:GPU:0', true],
    ['/job:a', '/job:a/replica:0/task:0/device:GPU:0', true],
    ['/device:GPU:*', '/device:GPU:1', true],
    ['/device:GPU:1', '/device:GPU:*', false],
    ['/job:b', '/job:a/device:GPU:0', false],
    ['/job:a', '/device:GPU:0', false],
    ['/device:CPU:0', '/device:GPU:0', false],
  ])('%j specifies %j: %s', (less, more, expected) => {
    expect(isSpecification(parsed(less), parsed(more))).toBe(expected);
  });

  it('asks for a complete name where a device is meant', () => {
    const device = parsed('/job:a/replica:0/task:0/device:GPU:1');
    expect(isCompleteSpecification(parsed('/gpu:*'), device)).toBe(true);
    expect(isCompleteSpecification(anyDevice, device)).toBe(true);
    expect(isCompleteSpecification(parsed('/gpu:0'), device)).toBe(false);
    expect(isCompleteSpecification(parsed('/gpu:1'), parsed('/job:a/device:GPU:1'))).toBe(false);
  });

  it('is compatible where one specifies the other, not where they could be merged', () => {
    expect(areCompatible(parsed('/job:a'), parsed('/job:a/device:GPU:0'))).toBe(true);
    expect(areCompatible(parsed('/job:a/device:GPU:0'), parsed('/job:a'))).toBe(true);
    expect(areCompatible(anyDevice, parsed('/gpu:0'))).toBe(true);
    expect(areCompatible(parsed('/job:a'), parsed('/device:GPU:0'))).toBe(false);
  });

  it('compares address spaces', () => {
    const full = parsed('/job:a/replica:0/task:1/device:GPU:1');
    expect(deviceNameText(addressSpace(full))).toBe('/job:a/replica:0/task:1');
    expect(isSameAddressSpace(full, parsed('/job:a/replica:0/task:1/cpu:0'))).toBe(true);
    expect(isSameAddressSpace(full, parsed('/job:a/replica:0'))).toBe(false);
    expect(isDifferentAddressSpace(full, parsed('/job:a/replica:0'))).toBe(false);
    expect(isDifferentAddressSpace(full, parsed('/task:2'))).toBe(true);
    expect(isDifferentAddressSpace(full, parsed('/gpu:0'))).toBe(false);
    expect(sameDeviceName(full, parsed(deviceNameText(full)))).toBe(true);
    expect(sameDeviceName(full, addressSpace(full))).toBe(false);
  });

  it('copies what the less specific name says', () => {
    expect(deviceNameText(ensureSpecification(parsed('/job:a/gpu:1'), parsed('/job:b/cpu:*')))).toBe('/job:b/device:CPU:1');
    expect(deviceNameText(ensureSpecification(parsed('/job:a/gpu:1'), anyDevice))).toBe('/job:a/device:GPU:1');
  });
});

describe('merging', () => {
  it.each([
    ['', '', ''],
    ['/job:foo/replica:0', '/replica:0/task:1', '/job:foo/replica:0/task:1'],
    ['/device:GPU:1', '/gpu:*', '/device:GPU:1'],
    ['/gpu:*', '/gpu:1', '/device:GPU:1'],
    ['/job:foo', '/gpu:1', '/job:foo/device:GPU:1'],
  ])('%j + %j = %j, softly or not', (a, b, expected) => {
    expect(deviceNameText(mergeDeviceNames(parsed(a), parsed(b)))).toBe(expected);
    expect(deviceNameText(mergeDeviceNames(parsed(b), parsed(a)))).toBe(expected);
    expect(deviceNameText(mergeDeviceNames(parsed(a), parsed(b), { soft: true }))).toBe(expected);
  });

  it.each([
    ['/job:foo', '/job:bar', "Cannot merge devices with incompatible jobs: '/job:foo' and '/job:bar'"],
    [
      '/job:foo/replica:0',
      '/job:foo/replica:1',
      "Cannot merge devices with incompatible replicas: '/job:foo/replica:0' and '/job:foo/replica:1'",
    ],
    ['/task:0', '/job:foo/task:1', "Cannot merge devices with incompatible tasks: '/job:foo/task:0' and '/job:foo/task:1'"],
    ['/gpu:*', '/task:1/cpu:*', "Cannot merge devices with incompatible types: '/task:1/device:GPU:*' and '/task:1/device:CPU:*'"],
    ['/device:GPU:0', '/device:GPU:1', "Cannot merge devices with incompatible ids: '/device:GPU:0' and '/device:GPU:1'"],
  ])('%j + %j fails, showing what was merged so far', (a, b, message) => {
    expect(() => mergeDeviceNames(parsed(a), parsed(b))).toThrow(new InvalidArgumentError(message));
  });

  it('lets no job, replica or task give way, softly or by override', () => {
    for (const [a, b] of [
      ['/job:foo', '/job:bar'],
      ['/replica:0', '/replica:1'],
      ['/task:0', '/task:1'],
    ] as const) {
      expect(() => mergeDeviceNames(parsed(a), parsed(b), { soft: true })).toThrow(InvalidArgumentError);
      expect(() => mergeOverrideDeviceNames(parsed(a), parsed(b))).toThrow(InvalidArgumentError);
    }
  });

  it.each([
    ['/gpu:*', '/cpu:1', ''],
    ['/cpu:*', '/device:GPU:1', ''],
    ['/device:GPU:1', '/device:GPU:2', '/device:GPU:*'],
    ['/job:a/gpu:1', '/task:0/cpu:1', '/job:a/task:0'],
  ])('soft: %j + %j = %j', (a, b, expected) => {
    expect(deviceNameText(mergeDeviceNames(parsed(a), parsed(b), { soft: true }))).toBe(expected);
  });

  it('soft: a conflict of types leaves no id behind', () => {
    expect(mergeDeviceNames(parsed('/gpu:1'), parsed('/cpu:*'), { soft: true })).toEqual(anyDevice);
  });

  it.each([
    ['/gpu:0', '/cpu:1', '/device:CPU:1'],
    ['/cpu:*', '/device:GPU:1', '/device:GPU:1'],
    ['/device:GPU:1', '/device:GPU:2', '/device:GPU:2'],
    ['/job:foo/CPU:*', '/device:GPU:1', '/job:foo/device:GPU:1'],
    ['/cpu:*', '/job:foo/device:GPU:1', '/job:foo/device:GPU:1'],
    ['/task:0/cpu:*', '/device:GPU:1', '/task:0/device:GPU:1'],
  ])('override: %j by %j = %j', (a, b, expected) => {
    expect(deviceNameText(mergeOverrideDeviceNames(parsed(a), parsed(b)))).toBe(expected);
  });
});

describe('canonicalize', () => {
  const base = '/job:foo/replica:10/task:0/device:CPU:0';

  it.each([
    ['CPU:0', base],
    ['GPU:3', '/job:foo/replica:10/task:0/device:GPU:3'],
    ['/cpu:0', base],
    ['/task:3', '/job:foo/replica:10/task:3/device:CPU:0'],
    ['/job:foo/task:0/replica:10/device:GPU', '/job:foo/replica:10/task:0/device:GPU:0'],
    ['', base],
  ])('completes %j to %j', (name, expected) => {
    expect(canonicalizeDeviceName(name, base)).toBe(expected);
  });

  it.each([
    ['CPU:0', '/job:foo/task:0/cpu:0', 'Basename: /job:foo/task:0/cpu:0 should be fully specified.'],
    ['CPU:0', 'foo', 'Could not parse basename: foo into a device specification.'],
    ['/device:CPU:0:0', base, 'Could not parse /device:CPU:0:0 into a device specification.'],
    ['CPU', base, 'Could not parse CPU into a device specification.'],
  ])('refuses %j on %j', (name, on, message) => {
    expect(() => canonicalizeDeviceName(name, on)).toThrow(new InvalidArgumentError(message));
  });
});
