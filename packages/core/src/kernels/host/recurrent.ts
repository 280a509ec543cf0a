/** LSTM layers that run all steps in one op. */
import { host, type HostCode } from './define.js';
import { sigmoid } from './evaluate/specialMath.js';
import { invalid, numbersOf, scalarOf, tensorOfNumbers } from './tensors.js';

/** The gates' order in the weights: V1 has i, ci, f, o and adds its forget bias; V2 has i, f, ci, o. */
const blockLstm = (version: 1 | 2): HostCode => host((inputs, { attrs }) => {
  const [lengthArg, xArg, csArg, hArg, wArg, wciArg, wcfArg, wcoArg, bArg] = inputs;
  const { dtype, shape } = xArg!;
  if (shape.length !== 3) invalid(`input must be 3-dimensional, got ${shape.length}`);
  const [steps, batch, size] = shape as [number, number, number];
  const cells = csArg!.shape[1]!;
  if (wArg!.shape[0] !== size + cells || wArg!.shape[1] !== 4 * cells) {
    invalid(`w must have shape [${size + cells},${4 * cells}], got [${wArg!.shape.join(',')}]`);
  }
  const length = Math.min(scalarOf(lengthArg!), steps);
  const clip = attrs.float('cell_clip');
  const forgetBias = version === 1 ? attrs.float('forget_bias') : 0;
  const [x, w, b] = [numbersOf(xArg!), numbersOf(wArg!), numbersOf(bArg!)];
  const peepholes = attrs.bool('use_peephole') ? [wciArg, wcfArg, wcoArg].map((arg) => numbersOf(arg!)) : undefined;
  const peep = (gate: number, cell: number, state: number): number => (peepholes === undefined ? 0 : peepholes[gate]![cell]! * state);
  const [ciGate, fGate] = version === 1 ? [1, 2] : [2, 1];
  const out = Array.from({ length: 7 }, () => new Float64Array(steps * batch * cells));
  const [iOut, csOut, fOut, oOut, ciOut, coOut, hOut] = out as [Float64Array, Float64Array, Float64Array, Float64Array, Float64Array, Float64Array, Float64Array];
  let [state, hidden] = [Float64Array.from(numbersOf(csArg!)), Float64Array.from(numbersOf(hArg!))];
  const gates = new Float64Array(4 * cells);
  for (let step = 0; step < length; step++) {
    const [nextState, nextHidden] = [new Float64Array(batch * cells), new Float64Array(batch * cells)];
    for (let row = 0; row < batch; row++) {
      gates.set(b);
      for (let k = 0; k < size + cells; k++) {
        const value = k < size ? x[(step * batch + row) * size + k]! : hidden[row * cells + k - size]!;
        for (let g = 0; g < 4 * cells; g++) gates[g]! += value * w[k * 4 * cells + g]!;
      }
      for (let cell = 0; cell < cells; cell++) {
        const before = state[row * cells + cell]!;
        const i = sigmoid(gates[cell]! + peep(0, cell, before));
        const f = sigmoid(gates[fGate * cells + cell]! + forgetBias + peep(1, cell, before));
        const ci = Math.tanh(gates[ciGate * cells + cell]!);
        let cs = ci * i + before * f;
        if (clip > 0) cs = Math.min(Math.max(cs, -clip), clip);
        const o = sigmoid(gates[3 * cells + cell]! + peep(2, cell, cs));
        const co = Math.tanh(cs);
        const at = (step * batch + row) * cells + cell;
        [iOut[at], csOut[at], fOut[at], oOut[at], ciOut[at], coOut[at], hOut[at]] = [i, cs, f, o, ci, co, o * co];
        nextState[row * cells + cell] = cs;
        nextHidden[row * cells + cell] = o * co;
      }
    }
    [state, hidden] = [nextState, nextHidden];
  }
  return out.map((values) => tensorOfNumbers(dtype, [steps, batch, cells], values));
});

export const BlockLSTM = blockLstm(1);
export const BlockLSTMV2 = blockLstm(2);
