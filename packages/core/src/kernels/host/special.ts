/** Elementwise special functions that no expression primitive gives. Computed in float64, rounded once. */
import type { HostTensor } from '../../hostTensor.js';
import { sizeOf } from '../../shape.js';
import { reader } from './complexOps.js';
import { host, type HostCode } from './define.js';
import * as integrals from './evaluate/integrals.js';
import { ndtri } from './evaluate/specialMath.js';
import { spaceOf } from './mapKernel.js';
import { tensorOfNumbers, tensorOver } from './tensors.js';

function mapped(inputs: readonly HostTensor[], f: (...values: number[]) => number): HostTensor {
  const shape = spaceOf(inputs);
  const readers = inputs.map((input) => reader(input, shape));
  const out = Float64Array.from({ length: sizeOf(shape) }, () => f(...readers.map((read) => read())));
  return tensorOfNumbers(inputs[0]!.dtype, shape, out);
}

const elementwise = (f: (...values: number[]) => number): HostCode => host((inputs) => [mapped(inputs, f)]);

export const BesselI0 = elementwise((x) => integrals.besselI(0, x));
export const BesselI1 = elementwise((x) => integrals.besselI(1, x));
export const BesselI0e = elementwise((x) => integrals.besselIe(0, x));
export const BesselI1e = elementwise((x) => integrals.besselIe(1, x));
export const BesselJ0 = elementwise((x) => integrals.besselJ(0, x));
export const BesselJ1 = elementwise((x) => integrals.besselJ(1, x));
export const BesselK0 = elementwise((x) => integrals.besselK(0, x));
export const BesselK1 = elementwise((x) => integrals.besselK(1, x));
export const BesselK0e = elementwise((x) => integrals.besselKe(0, x));
export const BesselK1e = elementwise((x) => integrals.besselKe(1, x));
export const BesselY0 = elementwise((x) => integrals.besselY(0, x));
export const BesselY1 = elementwise((x) => integrals.besselY(1, x));
export const Dawsn = elementwise(integrals.dawson);
export const Expint = elementwise(integrals.expint);
export const FresnelCos = elementwise((x) => integrals.fresnel(Math.cos, x));
export const FresnelSin = elementwise((x) => integrals.fresnel(Math.sin, x));
export const Spence = elementwise(integrals.spence);
export const Erfinv = elementwise(integrals.erfinv);
export const Ndtri = elementwise(ndtri);
export const Igamma = elementwise((a, x) => integrals.incompleteGamma(a, x, false));
export const Igammac = elementwise((a, x) => integrals.incompleteGamma(a, x, true));
export const Betainc = elementwise(integrals.incompleteBeta);
export const Zeta = elementwise(integrals.zeta);
export const Polygamma = elementwise(integrals.polygamma);

/** The neighbour of a float32 or float64 in the direction of another number. */
function nextAfter(isDouble: boolean, x: number, y: number): number {
  if (Number.isNaN(x) || Number.isNaN(y)) return NaN;
  if (x === y) return y;
  const view = new DataView(new ArrayBuffer(8));
  if (x === 0) {
    const smallest = isDouble ? Number.MIN_VALUE : 1.401298464324817e-45;
    return y > 0 ? smallest : -smallest;
  }
  const up = y > x === x > 0 ? 1 : -1;
  if (isDouble) {
    view.setFloat64(0, x);
    view.setBigInt64(0, view.getBigInt64(0) + BigInt(up));
    return view.getFloat64(0);
  }
  view.setFloat32(0, x);
  view.setInt32(0, view.getInt32(0) + up);
  return view.getFloat32(0);
}

export const NextAfter = host((inputs) => [mapped(inputs, (x, y) => nextAfter(inputs[0]!.dtype === 'float64', x, y))]);

/** Whether a value is true: scalars by not being 0 or empty, others by having elements. */
export const ToBool = host(([input]) => {
  const { data, shape, dtype } = input!;
  let isTrue = input!.size > 0;
  if (shape.length === 0) {
    if (dtype === 'string') isTrue = (data as Uint8Array[])[0]!.length > 0;
    else if (Array.isArray(data)) isTrue = true;
    else isTrue = Array.from(data as Float64Array, Number).some((x) => x !== 0);
  }
  return [tensorOver('bool', [], Uint8Array.of(isTrue ? 1 : 0))];
});
