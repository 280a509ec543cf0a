import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { InvalidArgumentError } from '../errors.js';
import { type ConfigInput, parseConfig, parseRunOptions } from './configProto.js';
import { encode } from './encode.js';
import { ConfigProto } from './generated/config.js';
import { toJson } from './json.js';
import { printText } from './text/print.js';

const read = (name: string): Buffer => readFileSync(fileURLToPath(new URL(`../../proto/testdata/${name}`, import.meta.url)));

describe('parseConfig', () => {
  const input: ConfigInput = {
    deviceCount: { CPU: 2, GPU: 0 },
    allowSoftPlacement: true,
    operationTimeoutInMs: 2n ** 40n,
    deviceFilters: ['/job:ps'],
    graphOptions: { optimizerOptions: { globalJitLevel: 'ON_1', optLevel: -1 }, rewriteOptions: { constantFolding: 'OFF' } },
    gpuOptions: { experimental: { virtualDevices: [{ memoryLimitMb: [100, 200] }] } },
    clusterDef: { job: [{ name: 'worker', tasks: { 0: 'a:1' } }] },
    isolateSessionState: undefined,
  };
  const config = parseConfig(input);

  it('reads options as a program writes them', () => {
    expect(config).toEqual({
      deviceCount: new Map([['CPU', 2], ['GPU', 0]]),
      allowSoftPlacement: true,
      operationTimeoutInMs: 2 ** 40,
      deviceFilters: ['/job:ps'],
      graphOptions: { optimizerOptions: { globalJitLevel: 'ON_1', optLevel: 'L0' }, rewriteOptions: { constantFolding: 'OFF' } },
      gpuOptions: { experimental: { virtualDevices: [{ memoryLimitMb: [100, 200] }] } },
      clusterDef: { job: [{ name: 'worker', tasks: new Map([[0, 'a:1']]) }] },
    });
  });

  it('is the same from bytes, text, JSON and a message', () => {
    for (const form of [encode(ConfigProto, config), printText(ConfigProto, config), JSON.stringify(toJson(ConfigProto, config)), config]) {
      expect(encode(ConfigProto, parseConfig(form))).toEqual(encode(ConfigProto, config));
    }
    const fromTensorFlow = parseConfig(read('config.pb'));
    expect(fromTensorFlow).toEqual(parseConfig(encode(ConfigProto, parseConfig(read('config.pbtxt').toString()))));
    expect(fromTensorFlow).toEqual(parseConfig(encode(ConfigProto, parseConfig(read('config.json').toString()))));
  });

  it('refuses what is not there, in words', () => {
    const refused: [unknown, string][] = [
      [{ allowSoftPlacment: true }, "config: unknown field 'allowSoftPlacment' of ConfigProto. Did you mean 'allowSoftPlacement' or 'allow_soft_placement'?"],
      [{ allowSoftPlacement: 'yes' }, 'config: allowSoftPlacement: expected bool, but "yes" is given.'],
      [{ intraOpParallelismThreads: 1.5 }, 'config: intraOpParallelismThreads: expected an integer from -2147483648 to 2147483647 (int32), but 1.5 is given.'],
      [{ gpuOptions: { allowGrowht: true } }, "config: gpuOptions: unknown field 'allowGrowht' of GPUOptions."],
      [{ deviceCount: ['CPU'] }, 'config: deviceCount: expected an object, but an array is given.'],
      [{ graphOptions: { optimizerOptions: { globalJitLevel: 'ON' } } }, 'expected a OptimizerOptions.GlobalJitLevel (DEFAULT, OFF, ON_1, ON_2), but "ON" is given.'],
      ['allow_soft_placment: true', "config:1:1: ConfigProto has no field 'allow_soft_placment'."],
      ['{"a":', 'config: not JSON'],
      [{ allowSoftPlacement: true, allow_soft_placement: true }, "'allowSoftPlacement' is given twice"],
    ];
    for (const [value, message] of refused) {
      expect(() => parseConfig(value as ConfigInput)).toThrow(InvalidArgumentError);
      expect(() => parseConfig(value as ConfigInput)).toThrow(message);
    }
    expect(() => parseConfig(5 as never)).toThrow(new TypeError('config must be a tf.ConfigProto, but got number'));
    expect(() => parseConfig(null as never)).toThrow(TypeError);
  });

  it('reads run options', () => {
    expect(parseRunOptions({ traceLevel: 'FULL_TRACE', timeoutInMs: 1000 })).toEqual({ traceLevel: 'FULL_TRACE', timeoutInMs: 1000 });
    expect(parseRunOptions({ traceLevel: 3 })).toEqual({ traceLevel: 'FULL_TRACE' });
    // @ts-expect-error: no such level
    expect(() => parseRunOptions({ traceLevel: 'ALL' })).toThrow(InvalidArgumentError);
  });
});
