import { describe, expect, it } from 'vitest';
import { binary, input } from '../../codegen/expr.js';
import { buildProgram } from '../../codegen/grid/builder.js';
import { printJavaScript } from '../../codegen/grid/javascript/printJavaScript.js';
import type { GridTarget } from '../../codegen/grid/types.js';
import type { Shape } from '../../shape.js';
import { mapLaunch } from './map.js';

const form = { as: 'float32', grade: 'arithmetic' } as const;
const target: GridTarget = {
  storage: { float32: form }, values: new Set(['bool', 'int32', 'uint32', 'float32']), workgroupThreads: 256, workgroupBytes: 16384, workgroups: 65535, bindings: 8,
  vectors: true, inPlace: false, floatAtomics: false, faults: true,
};

/** Key and code of x·y over `space`. */
function product(space: Shape, x: Shape, y: Shape): { readonly key: string; readonly code: string } {
  const arg = (shape: Shape) => ({ dtype: 'float32' as const, shape });
  const fn = { inputs: ['float32', 'float32'] as const, outputs: [binary('mul', input(0, 'float32'), input(1, 'float32'))] };
  const launch = mapLaunch({ kind: 'map', node: 'y', inputs: [arg(x), arg(y)], outputs: [arg(space)], fn }, target);
  return { key: launch.key, code: printJavaScript(buildProgram(launch.name, launch.params, target, launch.build).passes[0]!) };
}

describe('elementwise programs', () => {
  it('have one key where they have one code: whichever operand is broadcast, along whichever axis', () => {
    const shapes: readonly (readonly [Shape, Shape, Shape])[] = [
      [[6, 8], [6, 8], [8]], [[6, 8], [8], [6, 8]], [[9, 4], [9, 4], [1, 4]], [[6, 8], [6, 1], [6, 8]], [[6, 8], [6, 1], [1, 8]], [[3, 5, 8], [3, 1, 8], [5, 8]],
      [[3, 5, 8], [3, 5, 1], [5, 8]], [[6, 8], [6, 8], [6, 8]], [[7], [7], [7]], [[6, 7], [6, 7], [7]],
    ];
    const codes = new Map<string, string>();
    for (const [space, x, y] of shapes) {
      const { key, code } = product(space, x, y);
      expect(codes.get(key) ?? code, key).toBe(code);
      codes.set(key, code);
    }
    expect(codes.size).toBeLessThan(shapes.length);
  });
});
