/**
 * Convolutions by cuDNN, where the padding is the same on both sides, which is all that it has. It wants the filter with output channels first, so
 * each call is led by a kernel that lays the filter out in scratch memory. Other convolutions, and shapes that cuDNN has no algorithm for, are the grid
 * kernel's.
 */
import { buildProgram, packParams } from '@sessionflow/core/codegen';
import { sizeOf, type DType } from '@sessionflow/core/device';
import { isPlainNhwc, spread, windowGeometry, type Kernel, type KernelTable, type LaunchParams, type OpCall, type WindowAxis } from '@sessionflow/core/kernels';
import type { ConvolutionRequest } from '../addon/driver.js';
import type { CudaInfo, Float32Math } from '../info.js';
import { printProgram } from '../print/printProgram.js';
import type { CudaKernels, CudaSource } from '../source.js';
import { libraryEpilogue } from './epilogues.js';
import { libraryProgram } from './libraryProgram.js';
import { cudaTarget } from './target.js';

/** cuDNN's numbers (native/abi/cudnn.h). */
const elementTypes: Readonly<Partial<Record<DType, number>>> = { float32: 0, float64: 1, float16: 2, bfloat16: 9 };
/** FMA only, tensor cores on the numbers as they are (TF32 for float32), tensor cores on what is rounded to float16. cuDNN has no bfloat16 for float32. */
const mathTypes: Readonly<Record<Float32Math, number>> = { exact: 3, tf32: 1, bfloat16: 1, float16: 2 };
const [float, double, tensorCores, alignment] = [0, 1, 1, 256];
const threads = 256;

/** Whether padding by `before` on both sides gives the output that the op has. */
const isEven = ({ input, output, window, stride, dilation, before }: WindowAxis): boolean =>
  Math.floor((input + 2 * before - (window - 1) * dilation - 1) / stride) + 1 === output;

/** What cuDNN is asked for, or undefined where it has no form for the call. */
export function convolutionRequest(call: OpCall, info: CudaInfo): ConvolutionRequest | undefined {
  const [image, filter] = [call.inputs[0]!, call.inputs[1]!];
  const output = call.outputs[0]!;
  const type = elementTypes[output.dtype];
  const epilogue = libraryEpilogue(call);
  if (type === undefined || image.dtype !== output.dtype || filter.dtype !== output.dtype || !isPlainNhwc(call.attrs)) return undefined;
  if (epilogue === undefined || epilogue.activation === 'gelu' || (epilogue.activation === 'relu' && !epilogue.bias) || (type === double && epilogue.bias)) return undefined;
  const [r = 0, s = 0, perGroup = 0, k = 0] = filter.shape;
  const { images, channels, y, x } = windowGeometry(call.attrs, image.shape, [r, s], output.shape);
  if (sizeOf(output.shape) * sizeOf(filter.shape) * sizeOf(image.shape) === 0 || !isEven(y) || !isEven(x)) return undefined;
  return {
    type, computeType: type === double ? double : float, mathType: type === float ? mathTypes[info.float32Math] : type === double ? mathTypes.exact : tensorCores,
    n: images, h: y.input, w: x.input, c: channels, k, r, s, oh: y.output, ow: x.output, padH: y.before, padW: x.before, strideH: y.stride, strideW: x.stride,
    dilationH: y.dilation, dilationW: x.dilation, groups: channels / perGroup, bias: Number(epilogue.bias), relu: Number(epilogue.activation === 'relu'),
    workspaceCap: Math.floor(info.workspaceLimit / alignment) * alignment,
  };
}

/** [rows, columns] → [columns, rows]: the filter with output channels last → first. */
export function layFilter(dtype: DType, rows: number, columns: number): { kernels: CudaKernels; launch: LaunchParams } {
  const params = { rows, size: rows * columns, columns };
  const program = buildProgram('layFilter', params, cudaTarget, (built) => {
    const [from, to] = [built.input('filter', dtype), built.output('laid', dtype)];
    built.pass('main', [threads, 1, 1], (pass) => {
      const place = pass.let('place', pass.globalIndex());
      pass.if(place.lt(pass.param('size')), () => {
        const column = pass.let('column', place.div(pass.param('rows')));
        const row = place.sub(column.mul(pass.param('rows')));
        pass.store(to, place, pass.load(from, row.mul(pass.param('columns')).add(column)));
      });
    });
  });
  return { kernels: printProgram(program), launch: { words: packParams(params), grid: spread(Math.ceil((rows * columns) / threads), cudaTarget) } };
}

/** The library's kernel over the grid kernel of Conv2D. */
export function convolutionCalls(grid: KernelTable<CudaSource, CudaInfo>): Readonly<Record<string, readonly Kernel<CudaSource, CudaInfo>[]>> {
  const plain = grid.ops['Conv2D']?.at(-1);
  if (plain === undefined) return {};
  const kernel: Kernel<CudaSource, CudaInfo> = {
    op: 'Conv2D',
    supports: (query) => (elementTypes[query.outputDtypes[0] ?? 'string'] === undefined ? `cuDNN convolves no ${query.outputDtypes[0]}` : plain.supports?.(query) ?? true),
    accepts: (call, info) => info.cudnn && convolutionRequest(call, info) !== undefined && plain.accepts?.(call, info) !== false,
    program: (call, info) => {
      const request = convolutionRequest(call, info)!;
      const filter = call.inputs[1]!;
      const [columns, bytes] = [filter.shape[3]!, sizeOf(filter.shape) * 8];
      const filterOffset = request.workspaceCap;
      return libraryProgram(plain.program(call, info), `cudnn:${JSON.stringify(request)}`, filterOffset + bytes, (fallback) => ({
        kind: 'convolution', request, hasBias: request.bias === 1, fallback, filterOffset, layFilter: layFilter(filter.dtype, sizeOf(filter.shape) / columns, columns),
      }));
    },
  };
  return { Conv2D: [kernel] };
}
