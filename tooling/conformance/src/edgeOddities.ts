/** Edge cases that answer otherwise than TensorFlow's CPU kernels, by rules: which ops, dtypes and rows, and why. A rule that no case needs fails the test. */
import type { OpCase } from './caseFile.js';

export interface EdgeRule {
  readonly ops: string;
  /** Part of a dtype's name; any where missing. */
  readonly dtype?: string;
  /** How the row's label starts; any where missing. */
  readonly row?: string;
  readonly why: string;
}

export const edgeRules: readonly EdgeRule[] = [
  {
    ops: 'Acos Acosh Asin Asinh Atan Atanh Cos Cosh Expm1 Log1p Pow Sign Sin Sinh SigmoidGrad SqrtGrad Tan Tanh Xdivy Xlog1py', dtype: 'complex', row: 'edges',
    why: 'C++ has rules of its own for complex functions of infinite and NaN parts; ours follow from the formulas',
  },
  {
    ops: 'Div DivNoNan Inv MatMul Prod RealDiv Reciprocal SegmentMean SegmentProd Sum UnsortedSegmentProd', dtype: 'complex', row: 'edges',
    why: 'compilers multiply and divide complex infinities in their own way: NaN here is an infinity there',
  },
  { ops: 'EditDistance', dtype: 'complex', row: 'edges', why: 'complex tokens are compared by their bits' },
  { ops: 'FFT FFT2D FFT3D IFFT IFFT2D IFFT3D IRFFT RFFT RFFT2D RFFT3D', row: 'edges', why: 'which outputs a NaN or an infinity reaches depends on how a transform is factored' },
  {
    ops: 'BatchMatrixInverse BatchMatrixSolve BatchMatrixTriangularSolve BatchSvd Cholesky CholeskyGrad Lu MatrixInverse MatrixSolve MatrixSolveLs MatrixTriangularSolve Qr Svd TridiagonalSolve', row: 'edges',
    why: 'a matrix with NaN or infinities has no factors: where they show depends on the order of the elimination, and so does whether it is refused',
  },
  {
    ops: 'Conv2D Conv3D Conv2DBackpropFilter Conv3DBackpropFilterV2 DepthwiseConv2dNative DepthwiseConv2dNativeBackpropFilter DepthwiseConv2dNativeBackpropInput LRN ScaleAndTranslate ScaleAndTranslateGrad', row: 'edges',
    why: 'taps that fall on padding are left out here; TensorFlow multiplies some of them by zero, which makes NaN of NaN and of infinities',
  },
  {
    ops: 'BesselI0 BesselI1 BesselJ0 BesselJ1 BesselK0 BesselK0e BesselK1 BesselK1e BesselY0 BesselY1 Digamma Expint Igamma Igammac Polygamma Spence Zeta', row: 'edges',
    why: "TensorFlow's series answer infinite and NaN arguments by where they stop; ours by the function's limit, and NaN for NaN",
  },
  { ops: 'Erf', dtype: 'float64', row: 'edges', why: "TensorFlow's float64 erf gives NaN for infinities; it is ±1 there" },
  {
    ops: 'SegmentMax SegmentMin UnsortedSegmentMax UnsortedSegmentMin TensorScatterMax TensorScatterMin', row: 'edges',
    why: 'NaN wins here, whichever side it stands on; in TensorFlow that depends on the order of the rows',
  },
  { ops: 'Bucketize NthElement UpperBound', row: 'edges', why: 'NaN has no place in an order; where a binary search or a selection leaves it is the algorithm\'s' },
  { ops: 'AdjustHue AdjustSaturation RGBToHSV', row: 'edges', why: 'a pixel with a NaN or an infinite channel has no hue' },
  { ops: 'CumulativeLogsumexp', row: 'edges', why: 'a NaN reaches the whole line here, and what comes after it in TensorFlow' },
  { ops: 'NonMaxSuppressionV3', row: 'edges', why: 'a box with NaN corners overlaps nothing here' },
  { ops: 'CTCLoss', dtype: 'float64', row: 'edges', why: 'TensorFlow computes it in float32' },
  { ops: 'FusedResizeAndPadConv2D ResizeBilinearGrad', dtype: 'float64', why: 'TensorFlow computes weights in float32' },
  {
    ops: 'Bincount Dilation2D Dilation2DBackpropFilter Dilation2DBackpropInput FractionalAvgPool FractionalMaxPool SparseFillEmptyRowsGrad', dtype: 'int', row: 'edges',
    why: 'sums of these rare ops are numbers of 53 bits: integers beyond are not exact',
  },
  { ops: 'SparseAdd SparseAddGrad SparseSparseMaximum SparseSparseMinimum', row: 'odd', why: 'indices out of order are no sparse tensor; what becomes of them is each kernel\'s' },
  { ops: 'CTCGreedyDecoder', row: 'size 1', why: "TensorFlow's shape function and its kernel refuse a wrong number of lengths with different classes" },
  { ops: 'MaxPool3DGrad', why: "a window's gradient goes to its maximum; TensorFlow looks for the given output in it" },
  { ops: 'DrawBoundingBoxesV2', row: 'size 1', why: 'an image of one pixel is its own frame here' },
  { ops: 'Round', dtype: 'int', why: "TensorFlow's Round of integers writes zeros; an integer is its own rounding" },
  { ops: 'ToBool Where', why: 'TensorFlow has no kernel for these dtypes and says so late; ours has' },
  { ops: 'TruncateDiv', row: 'edges', why: 'TensorFlow answers INTERNAL where its other integer divisions answer INVALID_ARGUMENT' },
  { ops: 'StringFormat', why: 'TensorFlow prints complex tensors of rank two without brackets, and nothing for an empty one' },
  {
    ops: 'AvgPoolGrad AvgPool3DGrad FractionalAvgPoolGrad FractionalMaxPoolGrad TensorStridedSliceUpdate SoftmaxCrossEntropyWithLogits ReverseV2',
    why: 'shapes that do not belong together are refused here; TensorFlow reads beside them, or does not look',
  },
  { ops: 'FusedBatchNorm FusedBatchNormV2 FusedBatchNormV3', row: 'empty', why: 'moments that are given are passed on also beside an empty batch; TensorFlow gives NaN' },
  { ops: 'SparseAdd', dtype: 'int', row: 'edges', why: 'the least integer has no magnitude in TensorFlow, and falls under every threshold' },
  {
    ops: 'DenseToSparseSetOperation SparseToSparseSetOperation StringNGrams RaggedTensorToTensor RandomGamma RandomPoisson RandomPoissonV2 ' +
      'MaxPoolGradWithArgmax ParallelConcat',
    why: 'shapes that contradict each other are taken as far as they make sense; TensorFlow refuses them, or pads',
  },
  {
    ops: 'RandomUniform RandomUniformInt SparseToDense StatelessRandomGammaV3 StatelessRandomNormalV2 StatelessRandomUniformFullInt StatelessRandomUniformIntV2 ' +
      'StatelessRandomUniformV2 StatelessTruncatedNormalV2 RandomPoissonV2', dtype: 'int', row: 'edges',
    why: 'a size beyond 2^53 is no size here; TensorFlow tries to allocate it',
  },
];

/** The rule that a case falls under. */
export function edgeRuleOf({ op, name }: OpCase): EdgeRule | undefined {
  const [, dtype = '', ...label] = name.split(' ');
  return edgeRules.find((rule) => rule.ops.split(' ').includes(op) && dtype.includes(rule.dtype ?? '') && label.join(' ').startsWith(rule.row ?? ''));
}
