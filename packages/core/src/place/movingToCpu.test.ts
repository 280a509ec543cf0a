/**
 * The three rules by which an op that asks for a GPU stands on the CPU: the first two only with soft placement, the third always. Each with
 * soft placement on and off.
 */
import { describe, expect, it } from 'vitest';
import { devices, error, full, node, placed, thrown, where } from './testing/fakes.js';

const hard = { allowSoftPlacement: false };
const soft = { allowSoftPlacement: true };
const onlyCpus = devices.filter(({ type }) => type === 'FakeCPU');

describe('an op that asks for a GPU goes to the CPU', () => {
  describe('rule 1: it cannot run on the GPU', () => {
    const nodes = [node('in', 'Input'), node('relu', 'ReluOnCpu', ['in'], { device: '/device:FakeGPU:0' })];

    it('with soft placement', () => {
      expect(where(nodes, soft)).toEqual({ in: 'CPU:0', relu: 'CPU:0' });
      expect(placed(nodes, soft).reasons['relu']).toMatchObject({ rule: 'soft', cause: 'no kernel', requested: '/device:FakeGPU:0' });
    });

    it('not without: the error says that there is no kernel', () => {
      expect(thrown(() => where(nodes, hard))?.message).toMatch(
        /^Cannot assign a device for operation relu: Could not satisfy explicit device specification '\/device:FakeGPU:0' because no supported kernel for FakeGPU devices is available\./,
      );
    });
  });

  describe('rule 2: there is no such device', () => {
    const nodes = [node('in', 'Input'), node('relu', 'Relu', ['in'], { device: '/device:FakeGPU:0' })];

    it('with soft placement', () => {
      expect(where(nodes, { ...soft, devices: onlyCpus })).toEqual({ in: 'CPU:0', relu: 'CPU:0' });
      expect(placed(nodes, { ...soft, devices: onlyCpus }).reasons['relu']).toMatchObject({ rule: 'soft', cause: 'no such device' });
    });

    it('not without: the error lists the devices that there are', () => {
      expect(thrown(() => where(nodes, { ...hard, devices: onlyCpus }))).toEqual(error('InvalidArgumentError',
        `Cannot assign a device for operation relu: {{node relu}} was explicitly assigned to /device:FakeGPU:0 but available devices are [ ${full('CPU:0')}, ${full('CPU:1')} ]. ` +
          'Make sure the device specification refers to a valid device.\n\t [[relu]]'));
    });
  });

  describe('rule 3: an input is a reference to what stands on the CPU', () => {
    const nodes = [
      node('in', 'Input'), node('variable', 'Variable', [], { device: '/device:FakeCPU:1' }), node('assign', 'Assign', ['variable', 'in'], { device: '/device:FakeGPU:0' }),
    ];

    it.each([soft, hard])('with soft placement and without (%j)', (options) => {
      expect(where(nodes, options)).toEqual({ in: 'CPU:0', variable: 'CPU:1', assign: 'CPU:1' });
      expect(placed(nodes, options).reasons['assign']).toMatchObject({ rule: 'reference', from: 'variable', requested: '/device:FakeGPU:0' });
    });

    it('not where it takes the value: then it stays on the GPU', () => {
      const reads = [node('variable', 'Variable', [], { device: '/device:FakeCPU:1' }), node('relu', 'Relu', ['variable'], { device: '/device:FakeGPU:0' })];
      for (const options of [soft, hard]) expect(where(reads, options)).toEqual({ variable: 'CPU:1', relu: 'GPU:0' });
    });
  });
});
