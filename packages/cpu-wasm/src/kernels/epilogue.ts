/**
 * The epilogue of a kernel: a scalar expression over its result and extra arguments, applied in registers before a vector is stored.
 * Extra arguments may be one number, one number for each channel (last dimension), or of the output's own shape.
 */
import { exprKey, type Expr } from '@sessionflow/core/codegen';
import { extraKind, type ExtraKind, type OpCall } from '@sessionflow/core/kernels';
import { f32x4, v128, type FunctionBuilder, type Local, type Value } from '../asm/index.js';
import type { WasmFeatures } from '../info.js';
import { mayFault, renderSimd, supportsSimd } from '../map/renderExpr.js';

export interface EpiloguePlan {
  /** Part of a program's key: equal keys are equal code. Empty: nothing to do. */
  readonly key: string;
  readonly extras: readonly ExtraKind[];
  readonly expr: Expr | undefined;
}

export const noEpilogue: EpiloguePlan = { key: '', extras: [], expr: undefined };

/** How the call's epilogue runs, or undefined when these kernels have no form for it. */
export function planEpilogue(call: OpCall): EpiloguePlan | undefined {
  const { epilogue, inputs, outputs } = call;
  if (epilogue === undefined) return noEpilogue;
  const output = outputs[0];
  if (output === undefined || outputs.length !== 1 || output.dtype !== 'float32' || epilogue.expr.dtype !== 'float32') return undefined;
  if (supportsSimd([epilogue.expr]) !== true || mayFault([epilogue.expr])) return undefined;
  const kinds: ExtraKind[] = [];
  for (const extra of inputs.slice(inputs.length - epilogue.extra)) {
    const kind = extra.dtype === 'float32' ? extraKind(extra.shape, output.shape) : undefined;
    if (kind === undefined) return undefined;
    kinds.push(kind);
  }
  if (epilogue.extra === 0) kinds.length = 0;
  return { key: `${kinds.join()}|${exprKey([epilogue.expr])}`, extras: kinds, expr: epilogue.expr };
}

/** Loads `lanes` floats (4 where 0) and reads nothing beyond them. */
export function loadLanes(address: Value<'i32'>, offset: number, lanes: number): Value<'v128'> {
  if (lanes === 0 || lanes === 4) return v128.load(address, offset, 2);
  if (lanes === 1) return v128.load32Zero(address, offset);
  const two = v128.load64Zero(address, offset, 2);
  return lanes === 2 ? two : v128.load32Lane(address, two, 2, offset + 8);
}

/** Stores the first `lanes` floats (4 where 0). */
export function storeLanes(f: FunctionBuilder, address: Value<'i32'>, x: Local<'v128'>, offset: number, lanes: number): void {
  if (lanes === 0 || lanes === 4) {
    f.do(v128.store(address, x, offset, 2));
    return;
  }
  if (lanes >= 2) f.do(v128.store64Lane(address, x, 0, offset));
  if (lanes !== 2) f.do(v128.store32Lane(address, x, lanes - 1, offset + 4 * (lanes - 1)));
}


/** The epilogue's result for one vector. */
export function applyEpilogue(
  f: FunctionBuilder, plan: EpiloguePlan, features: WasmFeatures, x: Local<'v128'>, extra: (i: number) => Value<'v128'>,
): Local<'v128'> {
  if (plan.expr === undefined) return x;
  const inputs = [[x], ...plan.extras.map((kind, i) => [kind === 'full' ? f.let(extra(i)) : extra(i)])];
  const result = renderSimd(f, plan.expr, inputs, { features })[0] as Value<'v128'>;
  return f.let(result);
}

/** x·y + z */
export function multiplyAdd(features: WasmFeatures, x: Value<'v128'>, y: Value<'v128'>, z: Value<'v128'>): Value<'v128'> {
  return features.relaxedSimd ? f32x4.relaxedMadd(x, y, z) : f32x4.add(f32x4.mul(x, y), z);
}
