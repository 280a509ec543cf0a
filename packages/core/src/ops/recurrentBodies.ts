/** One step of the fused recurrent cells, in matrix products and elementwise ops. */
import { inputOf, int32, number, one } from './bodies.js';
import type { BodyBuilder, BodyValue, OpBody } from './opDef.js';

const times = (b: BodyBuilder, x: BodyValue, y: BodyValue): BodyValue => one(b, 'Mul', [x, y]);
const plus = (b: BodyBuilder, x: BodyValue, y: BodyValue): BodyValue => one(b, 'AddV2', [x, y]);

/** [x, h] · w + bias. */
function gatesOf(b: BodyBuilder, x: BodyValue, h: BodyValue, w: BodyValue, bias: BodyValue): BodyValue {
  return one(b, 'BiasAdd', [one(b, 'MatMul', [one(b, 'ConcatV2', [x, h, int32(b, 1)]), w]), bias]);
}

/** Equal parts along the last axis. */
const partsOf = (b: BodyBuilder, value: BodyValue, count: number): readonly BodyValue[] =>
  b.op('Split', [int32(b, 1), value], { num_split: { kind: 'int', value: count } });

/** LSTMBlockCell: gates in the order input, cell, forget, output; peepholes look at the cell state. */
export const lstmCellBody: OpBody = (b, inputs) => {
  const at = (i: number): BodyValue => inputOf(inputs, i);
  const [x, csPrev, hPrev, w, wci, wcf, wco, bias] = [at(0), at(1), at(2), at(3), at(4), at(5), at(6), at(7)];
  const parts = partsOf(b, gatesOf(b, x, hPrev, w, bias), 4);
  const peephole = (gate: BodyValue, weights: BodyValue, state: BodyValue): BodyValue =>
    b.attrs.bool('use_peephole') ? plus(b, gate, times(b, state, weights)) : gate;
  const i = one(b, 'Sigmoid', [peephole(inputOf(parts, 0), wci, csPrev)]);
  const ci = one(b, 'Tanh', [inputOf(parts, 1)]);
  const forget = plus(b, inputOf(parts, 2), number(b, b.attrs.float('forget_bias'), x.dtype));
  const f = one(b, 'Sigmoid', [peephole(forget, wcf, csPrev)]);
  const sum = plus(b, times(b, i, ci), times(b, f, csPrev));
  const clip = b.attrs.float('cell_clip');
  const cs = clip > 0 ? one(b, 'ClipByValue', [sum, number(b, -clip, x.dtype), number(b, clip, x.dtype)]) : sum;
  const o = one(b, 'Sigmoid', [peephole(inputOf(parts, 3), wco, cs)]);
  const co = one(b, 'Tanh', [cs]);
  return [i, cs, f, o, ci, co, times(b, co, o)];
};

/** GRUBlockCell: reset and update gates from one product, the candidate from another. */
export const gruCellBody: OpBody = (b, inputs) => {
  const at = (i: number): BodyValue => inputOf(inputs, i);
  const [x, hPrev, wRu, wC, bRu, bC] = [at(0), at(1), at(2), at(3), at(4), at(5)];
  const gates = partsOf(b, one(b, 'Sigmoid', [gatesOf(b, x, hPrev, wRu, bRu)]), 2);
  const [r, u] = [inputOf(gates, 0), inputOf(gates, 1)];
  const c = one(b, 'Tanh', [gatesOf(b, x, times(b, hPrev, r), wC, bC)]);
  const h = plus(b, times(b, one(b, 'Sub', [number(b, 1, x.dtype), u]), c), times(b, u, hPrev));
  return [r, u, c, h];
};
