/** Fused cells of recurrent networks. */
import type { DType } from '../dtypes.js';
import type { Tensor } from '../graph/tensor.js';
import type { Outputs } from './callTypes.js';
import { defineOp, type OpOptions, type TensorLike } from './defineOp.js';
import type { ShapeContext, ShapeFunction } from './opDef.js';
import { gruCellBody, lstmCellBody } from './recurrentBodies.js';
import { addDims, mergeDim, mulDims, rankIs, type Dim } from './shapes/common.js';

/** Weights [inputs + cells, gates · cells] in input `i`. */
function weightsAre(c: ShapeContext, i: number, inputs: Dim, cells: Dim, gates: number, what: string): void {
  const w = rankIs(c, i, 2, what);
  mergeDim(c, w[0] ?? null, addDims(inputs, cells), `${what}.dim_size(0) != input_size + cell_size`);
  mergeDim(c, w[1] ?? null, mulDims(cells, gates), `${what}.dim_size(1) != cell_size * ${gates}`);
}

/** A vector of a number for each of `gates` gates of each cell in input `i`. */
function vectorIs(c: ShapeContext, i: number, cells: Dim, gates: number, what: string): void {
  mergeDim(c, rankIs(c, i, 1, what)[0] ?? null, mulDims(cells, gates), `${what}.dim_size(0) != cell_size * ${gates}`);
}

/** h_prev like cs_prev, weights, three peepholes and biases in the inputs from `first` on. */
const lstmArguments = (first: number) => (c: ShapeContext, inputs: Dim, cells: Dim): void => {
  mergeDim(c, rankIs(c, first, 2, 'h_prev')[1] ?? null, cells, 'h_prev.dims(1) != cell_size');
  weightsAre(c, first + 1, inputs, cells, 4, 'w');
  // Without peepholes nobody looks at their weights.
  ['wci', 'wcf', 'wco'].forEach((what, i) => vectorIs(c, first + 2 + i, c.attrs.bool('use_peephole') ? cells : null, 1, what));
  vectorIs(c, first + 5, cells, 4, 'b');
};

const gruArguments = (c: ShapeContext, inputs: Dim, cells: Dim): void => {
  weightsAre(c, 2, inputs, cells, 2, 'w_ru');
  weightsAre(c, 3, inputs, cells, 1, 'w_c');
  vectorIs(c, 4, cells, 2, 'b_ru');
  vectorIs(c, 5, cells, 1, 'b_c');
};

/** All outputs are [batch, cells]: the state before is in input `state`. */
const cellShape = (state: number, check: (c: ShapeContext, inputs: Dim, cells: Dim) => void): ShapeFunction => (c) => {
  const x = rankIs(c, 0, 2, 'x');
  const previous = rankIs(c, state, 2, 'the state before');
  const batch = mergeDim(c, x[0] ?? null, previous[0] ?? null, 'batch of x and of the state before');
  check(c, x[1] ?? null, previous[1] ?? null);
  return c.outputDtypes.map((): Dim[] => [batch, previous[1] ?? null]);
};

/** All outputs are [time, batch, cells]. */
const blockShape: ShapeFunction = (c) => {
  const x = rankIs(c, 1, 3, 'x');
  const previous = rankIs(c, 2, 2, 'cs_prev');
  const batch = mergeDim(c, x[1] ?? null, previous[0] ?? null, 'batch of x and cs_prev');
  rankIs(c, 0, 0, 'seq_len_max');
  lstmArguments(3)(c, x[2] ?? null, previous[1] ?? null);
  return c.outputDtypes.map((): Dim[] => [x[0] ?? null, batch, previous[1] ?? null]);
};

/** One step of an LSTM: gates i, f, o, the cell state cs, its input ci, its output co, and h. */
export const lstmBlockCell = defineOp<
  <D extends DType>(
    x: TensorLike<D>, csPrev: TensorLike<D>, hPrev: TensorLike<D>, w: TensorLike<D>, wci: TensorLike<D>, wcf: TensorLike<D>,
    wco: TensorLike<D>, b: TensorLike<D>,
    options?: OpOptions & { forgetBias?: number; cellClip?: number; usePeephole?: boolean },
  ) => Outputs<{ i: Tensor<D>; cs: Tensor<D>; f: Tensor<D>; o: Tensor<D>; ci: Tensor<D>; co: Tensor<D>; h: Tensor<D> }>
>({
  signature: 'LSTMBlockCell(x: T, cs_prev: T, h_prev: T, w: T, wci: T, wcf: T, wco: T, b: T) -> (i: T, cs: T, f: T, o: T, ci: ' +
    'T, co: T, h: T) | forget_bias: float = 1; cell_clip: float = 3; use_peephole: bool = false; T: type in [half, ' +
    'float]',
  shape: cellShape(1, lstmArguments(2)),
  body: lstmCellBody,
});

/** One step of a GRU: gates r and u, the candidate c, and h. */
export const gruBlockCell = defineOp<
  <D extends DType>(
    x: TensorLike<D>, hPrev: TensorLike<D>, wRu: TensorLike<D>, wC: TensorLike<D>, bRu: TensorLike<D>, bC: TensorLike<D>,
    options?: OpOptions,
  ) => Outputs<{ r: Tensor<D>; u: Tensor<D>; c: Tensor<D>; h: Tensor<D> }>
>({
  signature: 'GRUBlockCell(x: T, h_prev: T, w_ru: T, w_c: T, b_ru: T, b_c: T) -> (r: T, u: T, c: T, h: T) | T: type in [float]',
  shape: cellShape(1, gruArguments),
  body: gruCellBody,
});

/** An LSTM over a sequence [time, batch, inputs]. */
export const blockLSTM = defineOp<
  <D extends DType>(
    seqLenMax: TensorLike<'int64'>, x: TensorLike<D>, csPrev: TensorLike<D>, hPrev: TensorLike<D>, w: TensorLike<D>,
    wci: TensorLike<D>, wcf: TensorLike<D>, wco: TensorLike<D>, b: TensorLike<D>,
    options?: OpOptions & { forgetBias?: number; cellClip?: number; usePeephole?: boolean },
  ) => Outputs<{ i: Tensor<D>; cs: Tensor<D>; f: Tensor<D>; o: Tensor<D>; ci: Tensor<D>; co: Tensor<D>; h: Tensor<D> }>
>({
  signature: 'BlockLSTM(seq_len_max: int64, x: T, cs_prev: T, h_prev: T, w: T, wci: T, wcf: T, wco: T, b: T) -> (i: T, cs: T, ' +
    'f: T, o: T, ci: T, co: T, h: T) | forget_bias: float = 1; cell_clip: float = 3; use_peephole: bool = false; T: ' +
    'type in [half, float]',
  shape: blockShape,
});

/** BlockLSTM with the gates in the order input, forget, cell, output, and without forget_bias. */
export const blockLSTMV2 = defineOp<
  <D extends DType>(
    seqLenMax: TensorLike<'int64'>, x: TensorLike<D>, csPrev: TensorLike<D>, hPrev: TensorLike<D>, w: TensorLike<D>,
    wci: TensorLike<D>, wcf: TensorLike<D>, wco: TensorLike<D>, b: TensorLike<D>,
    options?: OpOptions & { cellClip?: number; usePeephole?: boolean },
  ) => Outputs<{ i: Tensor<D>; cs: Tensor<D>; f: Tensor<D>; o: Tensor<D>; ci: Tensor<D>; co: Tensor<D>; h: Tensor<D> }>
>({
  signature: 'BlockLSTMV2(seq_len_max: int64, x: T, cs_prev: T, h_prev: T, w: T, wci: T, wcf: T, wco: T, b: T) -> (i: T, cs: ' +
    'T, f: T, o: T, ci: T, co: T, h: T) | cell_clip: float = 0; use_peephole: bool = false; T: type in [half, float]',
  shape: blockShape,
});
