/** The epilogue of a grid kernel: a scalar expression over its result and extra arguments, applied before the store. */
import { exprKey, type Expr } from '../../codegen/expr.js';
import { supportsExpr } from '../../codegen/grid/applyExpr.js';
import type { Buffer, PassBuilder, ProgramBuilder } from '../../codegen/grid/builder.js';
import { refuseDtype, type GridTarget, type Lanes } from '../../codegen/grid/types.js';
import { int, type Value } from '../../codegen/grid/value.js';
import type { DType } from '../../dtypes.js';
import { extraInputs, extraKind, type ExtraKind } from '../geometry/epilogue.js';
import type { OpCall } from '../kernel.js';

export interface GridEpilogue {
  /** Part of a program's key. Empty: there is none. */
  readonly key: string;
  readonly expr: Expr | undefined;
  /** Signature inputs that it reads, and how. */
  readonly inputs: readonly number[];
  readonly kinds: readonly ExtraKind[];
  readonly dtypes: readonly DType[];
}

/** The call's epilogue; undefined when grid kernels have no form for it, or it would bind more than `room` buffers. */
export function gridEpilogue(call: OpCall, target: GridTarget, room: number): GridEpilogue | undefined {
  const { epilogue, outputs } = call;
  if (epilogue === undefined) return { key: '', expr: undefined, inputs: [], kinds: [], dtypes: [] };
  const inputs = extraInputs(call);
  const args = inputs.map((i) => call.inputs[i]!);
  const kinds = args.map(({ shape }) => extraKind(shape, outputs[0]!.shape));
  const dtypes = args.map(({ dtype }) => dtype);
  if (outputs.length !== 1 || inputs.length > room || kinds.includes(undefined) || [...dtypes, outputs[0]!.dtype].some((dtype) => refuseDtype(dtype, target) !== undefined)) return undefined;
  if (supportsExpr([epilogue.expr], dtypes, target) !== true) return undefined;
  return { key: `${kinds.join()}:${dtypes.join()}:${exprKey([epilogue.expr])}`, expr: epilogue.expr, inputs, kinds: kinds as readonly ExtraKind[], dtypes };
}

/** Declares the extra arguments; after the kernel's own inputs. Scalars are read one by one, others in groups of `lanes`. */
export const extraBuffers = (program: ProgramBuilder, { kinds, dtypes }: GridEpilogue, lanes: Lanes): Buffer[] =>
  kinds.map((kind, i) => program.input('extra', dtypes[i]!, { lanes: kind === 'scalar' ? 1 : lanes }));

/** The results of one group: `channel` and `place` count groups, in the last dimension and in the whole output. */
export function applyEpilogue(
  pass: PassBuilder, { expr, kinds }: GridEpilogue, extras: readonly Buffer[], results: readonly Value[], place: Value, channel: Value,
): Value[] {
  if (expr === undefined) return [...results];
  const loaded = extras.map((extra, i) => pass.loadGroup(extra, kinds[i] === 'scalar' ? int(0) : kinds[i] === 'channel' ? channel : place));
  return results.map((result, lane) => pass.apply(expr, [result, ...loaded.map((group) => group[lane] ?? group[0])]));
}
