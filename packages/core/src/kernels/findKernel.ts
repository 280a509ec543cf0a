/**
 * The one function that says what a device can do. The placer asks `supportOf` (no shapes; binding for every shape), lower asks
 * `chooseProgram` for a call with everything known. Preference: the device's own kernel, fused code from the op's expression, the op's
 * body in smaller ops, a host kernel (before the body where data tell how many results there are).
 */
import { input, type Expr, type MapFunction } from '../codegen/expr.js';
import type { DeviceInfo } from '../device/info.js';
import type { OpDefinition } from '../ops/opDef.js';
import { bodySupport } from './bodySupport.js';
import type { Call, HostArgs, Kernel, KernelTable, MapKernel, OpCall, ReduceKernel, Support, SupportQuery } from './kernel.js';
import type { Program } from './program.js';

/** The op's scalar expression over its inputs; undefined when it has none. */
export function scalarOf(definition: OpDefinition, query: Pick<SupportQuery, 'attrs' | 'inputDtypes' | 'outputDtypes'>): MapFunction | undefined {
  const dtype = query.outputDtypes[0];
  if (definition.scalar === undefined || dtype === undefined) return undefined;
  const inputs = query.inputDtypes;
  return { inputs, outputs: [definition.scalar(inputs.map((d, i) => input(i, d)), query.attrs, dtype)] };
}

/** A reduction's code around its reducer. `count` is the number of elements per result (any number when only support is asked). */
export function reductionOf(definition: OpDefinition, query: Pick<SupportQuery, 'inputDtypes' | 'outputDtypes'>, count = 1): { before: MapFunction; after: Expr | undefined } | undefined {
  const dtype = query.inputDtypes[0];
  if (definition.reduction === undefined || dtype === undefined) return undefined;
  const element = input(0, dtype);
  const before = definition.reduction.before?.(element) ?? element;
  return { before: { inputs: [dtype], outputs: [before] }, after: definition.reduction.after?.(input(0, before.dtype), count, query.outputDtypes[0] ?? before.dtype) };
}

/** Whether a device with this table runs the op, or why not. */
export function supportOf(table: KernelTable, definition: OpDefinition, query: SupportQuery): Support {
  const reasons: string[] = [];
  const ask = (answer: Support): boolean => {
    if (answer !== true) reasons.push(answer);
    return answer === true;
  };
  for (const kernel of table.ops[query.op] ?? []) {
    if (ask(kernel.supports?.(query) ?? true)) return true;
  }
  const fn = scalarOf(definition, query);
  if (fn !== undefined && table.map.some((kernel) => ask(kernel.supports(fn)))) return true;
  const reduction = reductionOf(definition, query);
  if (reduction !== undefined && definition.reduction !== undefined) {
    const { reducer } = definition.reduction;
    if (table.reduce.some((kernel) => ask(kernel.supports(reducer, reduction.before, reduction.after)))) return true;
  }
  // What changes a variable starts from its value, which has the dtype of what it is changed by.
  const [, by = 'float32', ...others] = query.inputDtypes;
  const changed: SupportQuery = { ...query, inputDtypes: [by, by, ...others] };
  for (const [body, asked] of [[definition.body, query], [definition.update, changed]] as const) {
    const inside = bodySupport(body, asked, (inner, innerQuery) => supportOf(table, inner, innerQuery), definition.bodyShapes?.(query.attrs));
    if (inside !== undefined && ask(inside)) return true;
  }
  return reasons.length > 0 ? [...new Set(reasons)].join('; ') : `no kernel for ${query.op}`;
}

/** Which arguments of the op must be host values on this device, over all kernels that would take it. */
export function hostArgsOf(kernel: Kernel, query: SupportQuery): HostArgs {
  return kernel.hostArgs?.(query) ?? [];
}

/** The kernels of `table` that take an op call, own ones before host ones. */
export function kernelsFor(table: KernelTable, query: SupportQuery): { own: Kernel[]; host: Kernel[] } {
  const all = (table.ops[query.op] ?? []).filter((kernel) => (kernel.supports?.(query) ?? true) === true);
  return { own: all.filter((kernel) => kernel.isHost !== true), host: all.filter((kernel) => kernel.isHost === true) };
}

/** The first map kernel that renders `fn`; host ones only if `host`. */
export function mapKernelFor(table: KernelTable, fn: MapFunction, host: boolean): MapKernel | undefined {
  return table.map.find((kernel) => (kernel.isHost === true) === host && kernel.supports(fn) === true);
}

export function reduceKernelFor(
  table: KernelTable, reducer: NonNullable<OpDefinition['reduction']>['reducer'], before: MapFunction, after: Expr | undefined, host: boolean,
): ReduceKernel | undefined {
  return table.reduce.find((kernel) => (kernel.isHost === true) === host && kernel.supports(reducer, before, after) === true);
}

/** The program of a call that is known to be taken by some kernel of the table; undefined when none does. `host` picks among host kernels. */
export function chooseProgram(table: KernelTable, call: Call, info: DeviceInfo, host: boolean): Program | undefined {
  switch (call.kind) {
    case 'map':
      return mapKernelFor(table, call.fn, host)?.program(call, info);
    case 'reduce':
      return reduceKernelFor(table, call.reducer, call.before, call.after, host)?.program(call, info);
    case 'op': {
      const query = queryOf(call);
      const kernels = kernelsFor(table, query)[host ? 'host' : 'own'];
      const kernel = kernels.find((candidate) => takes(candidate, call, query, info));
      return kernel?.program(call, info);
    }
    default:
      return call satisfies never;
  }
}

/** What a call asks of a kernel table: the op as it is without its epilogue, which `accepts` alone judges. */
export function queryOf({ op, attrs, inputs, outputs, epilogue }: OpCall): SupportQuery {
  const own = epilogue === undefined ? inputs : inputs.slice(0, inputs.length - epilogue.extra);
  return {
    op, attrs,
    inputDtypes: own.map((arg) => arg.dtype),
    outputDtypes: epilogue === undefined ? outputs.map((arg) => arg.dtype) : [epilogue.dtype],
    constants: own.map((arg) => arg.constant),
  };
}

/** Whether a kernel takes a call: its compile-time arguments are known and it accepts the shapes and the epilogue. */
export function takes(kernel: Kernel, call: OpCall, query: SupportQuery, info: DeviceInfo): boolean {
  const hostArgs = hostArgsOf(kernel, query);
  if (hostArgs.some((need, i) => need === 'compile' && call.inputs[i]?.constant === undefined)) return false;
  return kernel.accepts?.(call, info) ?? call.epilogue === undefined;
}

