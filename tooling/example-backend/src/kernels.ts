/** Neg, Square and MatMul of float32. A kernel says which nodes it takes (the placer believes it) and makes programs for their shapes. */
import { sizeOf, type DType } from '@sessionflow/core/device';
import type { Kernel, OpCall, Program, Support } from '@sessionflow/core/kernels';
import type { AbacusCode } from './device.js';

/** The placer's question: asked without shapes, so that a yes holds for every shape. */
function onlyFloats(inputs: readonly DType[]): Support {
  const other = inputs.find((dtype) => dtype !== 'float32');
  return other === undefined || `beads are float32, not ${other}`;
}

/** A program that binds all inputs of the call. Sizes are part of this code, so they are part of its key. */
function program(call: OpCall, key: string, flops: number, code: AbacusCode): Program<AbacusCode> {
  return {
    kind: 'device', key: `${call.op} ${key}`, source: () => code, inputs: call.inputs.map((_, i) => i), launch: { words: new Int32Array(0), grid: [1] },
    scratch: 0, packs: [], inPlace: [], flops,
  };
}

/** One number at a time. */
function eachNumber(op: string, compute: (x: number) => number): Kernel<AbacusCode> {
  return {
    op,
    supports: ({ inputDtypes }) => onlyFloats(inputDtypes),
    program: (call) => {
      const size = sizeOf(call.outputs[0]?.shape ?? []);
      return program(call, `${size}`, size, ([x], [y]) => { for (let i = 0; i < size; i++) y![i] = compute(x![i]!); });
    },
  };
}

const matMul: Kernel<AbacusCode> = {
  op: 'MatMul',
  supports: ({ inputDtypes }) => onlyFloats(inputDtypes),
  program: (call) => {
    const [rows = 0, columns = 0] = call.outputs[0]?.shape ?? [];
    const [isTransposedA, isTransposedB] = [call.attrs.bool('transpose_a'), call.attrs.bool('transpose_b')];
    const inner = call.inputs[0]?.shape[isTransposedA ? 0 : 1] ?? 0;
    const [rowA, innerA] = isTransposedA ? [1, rows] : [inner, 1];
    const [innerB, columnB] = isTransposedB ? [1, inner] : [columns, 1];
    return program(call, `${rows}x${inner}x${columns} ${isTransposedA} ${isTransposedB}`, 2 * rows * inner * columns, ([a, b], [y]) => {
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < columns; j++) {
          let sum = 0;
          for (let k = 0; k < inner; k++) sum += a![i * rowA + k * innerA]! * b![k * innerB + j * columnB]!;
          y![i * columns + j] = sum;
        }
      }
    });
  },
};

/** By op; an op may have several kernels, of which the first that takes a call runs it. */
export const abacusKernels = { Neg: [eachNumber('Neg', (x) => -x)], Square: [eachNumber('Square', (x) => x * x)], MatMul: [matMul] } as const;
