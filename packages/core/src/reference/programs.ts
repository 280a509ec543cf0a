/** Host kernels, fused code and reductions as programs of the reference device. */
import { exprKey, type Expr, operands } from '../codegen/expr.js';
import { type DType, hasBytes } from '../dtypes.js';
import { InternalError } from '../errors.js';
import type { AttrValue, Attrs } from '../graph/attrs.js';
import type { HostTensor } from '../hostTensor.js';
import type { HostKernel } from '../kernels/host/define.js';
import { evaluate } from '../kernels/host/evaluate/evaluate.js';
import { flopsOf, hostMap, hostReduce, runReduce } from '../kernels/host/mapKernel.js';
import type { HostContext, ResourceManager } from '../kernels/hostContext.js';
import type { Arg, Kernel, MapKernel, OpCall, ReduceKernel } from '../kernels/kernel.js';
import type { DeviceProgram } from '../kernels/program.js';
import { shapeText, sizeOf } from '../shape.js';
import { type ReferenceCode, type ReferenceSource, store, tensorOf } from './code.js';

const isKnown = (args: readonly Arg[]): boolean => args.every((arg) => arg.shape.every((dim) => dim >= 0));

/** Shapes are in the code, so they are in the key. */
function argsKey(args: readonly Arg[]): string {
  return args.map((arg) => `${arg.dtype}${shapeText(arg.shape)}`).join(',');
}

/** A small tensor's elements. */
function valuesText(tensor: HostTensor): string {
  return Array.from(tensor.data as Int32Array, String).join();
}

function attrKey(attr: AttrValue): string {
  const one = (value: unknown): string => {
    if (value instanceof Uint8Array) return `'${value.join(' ')}'`;
    if (Array.isArray(value)) return `[${value.map(one).join()}]`;
    if (typeof value === 'object' && value !== null && 'data' in value) {
      const tensor = value as HostTensor;
      return `${tensor.dtype}${shapeText(tensor.shape)}${valuesText(tensor)}`;
    }
    return typeof value === 'object' && value !== null && 'name' in value ? String(value.name) : Object.is(value, -0) ? '-0' : String(value);
  };
  return `${attr.kind}:${one(attr.value)}`;
}

function attrsKey(attrs: Attrs): string {
  return Object.keys(attrs).filter((name) => !name.startsWith('_')).sort().map((name) => `${name}=${attrKey(attrs[name]!)}`).join(';');
}

function program(key: string, inputs: readonly Arg[], outputs: readonly Arg[], flops: number, code: ReferenceCode): DeviceProgram<ReferenceSource> {
  return {
    kind: 'device',
    key,
    source: () => ({ inputs: inputs.length, outputs: outputs.length, code }),
    inputs: inputs.map((_, i) => i),
    launch: { words: new Int32Array(0), grid: [1] },
    scratch: 0,
    packs: [],
    inPlace: [],
    flops,
  };
}

/** Code that turns bytes into host tensors, calls `run` and stores the results. */
function overTensors(
  inputs: readonly Arg[], outputs: readonly Arg[], run: (tensors: readonly HostTensor[], words: Int32Array) => readonly HostTensor[] | Promise<readonly HostTensor[]>,
): ReferenceCode {
  const finish = (results: readonly HostTensor[], slots: readonly Uint8Array[]): void => {
    outputs.forEach((arg, i) => {
      const result = results[i];
      if (result?.dtype !== arg.dtype || sizeOf(result.shape) !== sizeOf(arg.shape)) {
        const given = result === undefined ? 'nothing' : `${result.dtype}${shapeText(result.shape)}`;
        throw new InternalError(`internal: output ${i} was planned as ${arg.dtype}${shapeText(arg.shape)}, the kernel made ${given}.`);
      }
      store(result, slots[i]!);
    });
  };
  return (from, to, { words }) => {
    const results = run(inputs.map((arg, i) => tensorOf(from[i]!, arg.dtype, arg.shape)), words);
    if ('then' in results) return results.then((values) => { finish(values, to); });
    finish(results, to);
    return undefined;
  };
}

/** A pure kernel reaches no objects. */
const noObjects: ResourceManager = {
  get: () => undefined,
  getOrCreate: (_container, _name, create) => create(),
  delete: () => false,
};

function contextOf(call: OpCall, outputDtypes: readonly DType[]): HostContext {
  return {
    node: call.node, op: call.op, attrs: call.attrs, outputDtypes, session: noObjects, step: noObjects, signal: new AbortController().signal,
  };
}

/** The dtype of the kernel's own result inside an epilogue; undefined when the expression does not use it. */
function ownDtype(expr: Expr, seen = new Set<Expr>()): DType | undefined {
  if (seen.has(expr)) return undefined;
  seen.add(expr);
  if (expr.kind === 'input') return expr.index === 0 ? expr.dtype : undefined;
  for (const operand of operands(expr)) {
    const found = ownDtype(operand, seen);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A pure host kernel over device memory, with any epilogue. */
export function deviceKernel(host: HostKernel): Kernel<ReferenceSource> {
  return {
    op: host.op,
    supports: (query) => {
      const objects = [...query.inputDtypes, ...query.outputDtypes].find((dtype) => !hasBytes(dtype));
      if (objects !== undefined) return `${objects} elements are no bytes: they stay on the host`;
      return host.supports?.(query) ?? true;
    },
    accepts: (call) => call.outputs.length > 0 && isKnown([...call.inputs, ...call.outputs]),
    program: (call) => {
      const { inputs, outputs, epilogue } = call;
      const own = inputs.length - (epilogue?.extra ?? 0);
      const key = `${call.op}(${argsKey(inputs)})->${argsKey(outputs)}|${attrsKey(call.attrs.attrs)}|${epilogue === undefined ? '' : exprKey([epilogue.expr])}`;
      const dtypes = outputs.map((arg, i) => (i === 0 && epilogue !== undefined ? ownDtype(epilogue.expr) : undefined) ?? arg.dtype);
      const context = contextOf(call, dtypes);
      const withEpilogue = (results: readonly HostTensor[], tensors: readonly HostTensor[]): readonly HostTensor[] => {
        if (epilogue === undefined) return results;
        const args = [results[0]!, ...tensors.slice(own)];
        const fn = { inputs: args.map((arg) => arg.dtype), outputs: [epilogue.expr] };
        return [evaluate(fn, args, results[0]!.shape)[0]!, ...results.slice(1)];
      };
      return program(key, inputs, outputs, 0, overTensors(inputs, outputs, (tensors) => {
        const results = host.run(tensors.slice(0, own), context);
        return 'then' in results ? results.then((values) => withEpilogue(values, tensors)) : withEpilogue(results, tensors);
      }));
    },
  };
}

/** Slice whose begin may be known only at run time: it is a launch param, not a buffer. */
export function sliceKernel(host: HostKernel): Kernel<ReferenceSource> {
  const whole = deviceKernel(host);
  return {
    ...whole,
    hostArgs: () => [undefined, 'value', 'compile'],
    accepts: (call) => call.epilogue === undefined && isKnown([...call.inputs, ...call.outputs]),
    program: (call) => {
      const [data, begin, size] = call.inputs;
      if (data === undefined || begin === undefined || size?.constant === undefined) throw new InternalError('internal: Slice was lowered without its size.');
      const sizes = size.constant;
      const wordsOf = (value: HostTensor): Int32Array => Int32Array.from(value.data as Int32Array, Number);
      const known = begin.constant === undefined ? new Int32Array(begin.shape[0] ?? 0) : wordsOf(begin.constant);
      const context = contextOf(call, call.outputs.map((arg) => arg.dtype));
      const rank = begin.shape[0] ?? 0;
      const code = overTensors([data], call.outputs, ([tensor], words) =>
        host.run([tensor!, tensorOf(new Uint8Array(words.buffer, words.byteOffset, words.byteLength), 'int32', [rank]), sizes], context));
      return {
        ...program(`Slice(${argsKey([data])})[${valuesText(sizes)}]->${argsKey(call.outputs)}`, [data], call.outputs, 0, code),
        launch: { words: known, grid: [1] },
        launchFor: (values) => ({ words: values[1] === undefined ? known : wordsOf(values[1]), grid: [1] }),
      };
    },
  };
}

/** Fused code over device memory. The first output may take the place of an input of the same shape and dtype. */
export const deviceMap: MapKernel<ReferenceSource> = {
  supports: (fn) => {
    const objects = [...fn.inputs, ...fn.outputs.map((output) => output.dtype)].find((dtype) => !hasBytes(dtype));
    return objects === undefined ? hostMap.supports(fn) : `${objects} elements are no bytes: they stay on the host`;
  },
  program: ({ inputs, outputs, fn }) => {
    const shape = outputs[0]?.shape ?? [];
    return {
      ...program(`map(${argsKey(inputs)})->${argsKey(outputs)}|${exprKey(fn.outputs)}`, inputs, outputs, flopsOf(fn.outputs, shape),
        overTensors(inputs, outputs, (tensors) => evaluate(fn, tensors, shape))),
      inPlace: outputs.flatMap((output, o) => inputs.flatMap((arg, i) =>
        (arg.dtype === output.dtype && shapeText(arg.shape) === shapeText(output.shape) ? [{ output: o, input: i }] : []))),
    };
  },
};

export const deviceReduce: ReduceKernel<ReferenceSource> = {
  supports: (reducer, before, after) => {
    const objects = before.inputs.find((dtype) => !hasBytes(dtype));
    return objects === undefined ? hostReduce.supports(reducer, before, after) : `${objects} elements are no bytes: they stay on the host`;
  },
  program: (call) => {
    const { inputs, outputs, before, after, axes, space, reducer } = call;
    const key = `${reducer}(${argsKey(inputs)})->${argsKey(outputs)}|${shapeText(space)}/${axes.join()}|${exprKey(before.outputs)}|` +
      (after === undefined ? '' : exprKey([after]));
    return program(key, inputs, outputs, flopsOf(before.outputs, space) + sizeOf(space), overTensors(inputs, outputs, (tensors) => [runReduce(call, tensors)]));
  },
};
