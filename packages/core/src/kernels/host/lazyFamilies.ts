/**
 * The families of host kernels whose code is loaded when a plan or a constant needs it, each a module of its own, and what is known of their
 * kernels before: that they are there, what they support, and their nature. A kernel that is missing here does not compile.
 */
import { hasBytes, lanes } from '../../dtypes.js';
import type { SupportQuery } from '../kernel.js';
import { LazyModule } from '../../state/lazyModule.js';
import { type HostKernel, type HostOptions, lazyKernels } from './define.js';

const pure: HostOptions = { nature: 'pure' };
const data: HostOptions = { nature: 'data' };
const state: HostOptions = { nature: 'state' };
const comparesStrings: HostOptions = {
  supports: ({ inputDtypes }: SupportQuery) => inputDtypes[0] === 'string' || 'this kernel compares strings',
};
const simulates: HostOptions = {
  supports: ({ inputDtypes }: SupportQuery) => ['float32', 'float64'].includes(inputDtypes[0]!) || 'ranges are computed in float32 and float64',
};
const requantizes = (to?: readonly string[]): HostOptions => ({
  supports: ({ inputDtypes, outputDtypes }: SupportQuery) => inputDtypes[0] !== 'qint32' ? 'only qint32 is requantized'
    : to === undefined || to.includes(outputDtypes[0]!) || `qint32 is requantized to ${to.join(' or ')}`,
});
/** Ops that add what they are given, as numbers of 53 bits. */
const addsNumbers: HostOptions = {
  supports: ({ inputDtypes }: SupportQuery) => inputDtypes.every((dtype) => hasBytes(dtype) && lanes(dtype) === 1) || 'only real numbers are added here',
};

/** Their kernels, by op. */
export const lazyFamilies: Readonly<Record<string, readonly HostKernel[]>> = {
  ...lazyKernels(new LazyModule('non-maximum suppression', () => import('./boxes.js')), {
    CombinedNonMaxSuppression: pure,
    NonMaxSuppression: data, NonMaxSuppressionV2: data, NonMaxSuppressionV3: data, NonMaxSuppressionV4: data, NonMaxSuppressionV5: data,
    NonMaxSuppressionWithOverlaps: data,
  }),
  ...lazyKernels(new LazyModule('spectrograms', () => import('./audio.js')), {
    AudioSpectrogram: pure, Mfcc: pure,
  }),
  ...lazyKernels(new LazyModule('assertions and prints', () => import('./checks.js')), {
    AccumulateNV2: pure, AddN: pure, CheckNumerics: pure, CheckNumericsV2: pure,
    Assert: state, Print: state, PrintV2: state,
  }),
  ...lazyKernels(new LazyModule('complex numbers', () => import('./complexOps.js')), {
    Angle: pure, Complex: pure, ComplexAbs: pure, Conj: pure, Imag: pure, Real: pure,
  }),
  ...lazyKernels(new LazyModule('convolutions', () => import('./conv.js')), {
    Conv2D: pure, Conv2DBackpropFilter: pure, Conv2DBackpropInput: pure, Conv3D: pure, Conv3DBackpropFilterV2: pure, Conv3DBackpropInputV2: pure,
    DepthwiseConv2dNative: pure, DepthwiseConv2dNativeBackpropFilter: pure, DepthwiseConv2dNativeBackpropInput: pure, Dilation2D: pure,
  }),
  ...lazyKernels(new LazyModule('beam search', () => import('./ctcBeamSearch.js')), {
    CTCBeamSearchDecoder: data,
  }),
  ...lazyKernels(new LazyModule('connectionist temporal classification', () => import('./ctcLoss.js')), {
    CTCLoss: pure,
  }),
  ...lazyKernels(new LazyModule('matrix decompositions', () => import('./decompositions.js')), {
    Lu: pure, Qr: pure, SelfAdjointEigV2: pure, Svd: pure,
  }),
  ...lazyKernels(new LazyModule('Einsum', () => import('./einsum.js')), {
    Einsum: pure,
  }),
  ...lazyKernels(new LazyModule('Fourier transforms', () => import('./fourier.js')), {
    FFT: pure, FFT2D: pure, FFT3D: pure, IFFT: pure, IFFT2D: pure, IFFT3D: pure, IRFFT: pure, IRFFT2D: pure, IRFFT3D: pure, RFFT: pure, RFFT2D: pure,
    RFFT3D: pure,
  }),
  ...lazyKernels(new LazyModule('fractional pools', () => import('./fractionalPool.js')), {
    FractionalAvgPool: state, FractionalAvgPoolGrad: pure, FractionalMaxPool: state, FractionalMaxPoolGrad: pure,
  }),
  ...lazyKernels(new LazyModule('gradients', () => import('./gradients.js')), {
    CropAndResizeGradImage: pure, FusedBatchNormGrad: pure, FusedBatchNormGradV2: pure, FusedBatchNormGradV3: pure, InplaceAdd: pure,
    InplaceSub: pure, InplaceUpdate: pure, LRNGrad: pure, MirrorPadGrad: pure,
  }),
  ...lazyKernels(new LazyModule('string hashes', () => import('./hashes.js')), {
    Fingerprint: pure, StringToHashBucket: pure, StringToHashBucketFast: pure, StringToHashBucketStrong: pure,
  }),
  ...lazyKernels(new LazyModule('images', () => import('./image.js')), {
    AdjustContrastv2: pure, AdjustHue: pure, AdjustSaturation: pure, DrawBoundingBoxes: pure, DrawBoundingBoxesV2: pure, ExtractImagePatches: pure,
    HSVToRGB: pure, RGBToHSV: pure,
  }),
  ...lazyKernels(new LazyModule('parts of images', () => import('./imageParts.js')), {
    CropAndResizeGradBoxes: pure, Dilation2DBackpropFilter: pure, Dilation2DBackpropInput: pure, ExtractGlimpse: state, ExtractGlimpseV2: state,
    ExtractVolumePatches: pure,
  }),
  ...lazyKernels(new LazyModule('linear algebra', () => import('./linalg.js')), {
    Cholesky: pure, LogMatrixDeterminant: pure, MatrixDeterminant: pure, MatrixInverse: pure, MatrixSolve: pure, MatrixTriangularSolve: pure,
    TridiagonalSolve: pure,
  }),
  ...lazyKernels(new LazyModule('tensor lists', () => import('./lists.js')), {
    EmptyTensorList: pure, TensorListConcat: pure, TensorListConcatLists: pure, TensorListConcatV2: pure, TensorListElementShape: pure,
    TensorListFromTensor: pure, TensorListGather: pure, TensorListGetItem: pure, TensorListLength: pure, TensorListPopBack: pure,
    TensorListPushBack: pure, TensorListPushBackBatch: pure, TensorListReserve: pure, TensorListResize: pure, TensorListScatter: pure,
    TensorListScatterIntoExistingList: pure, TensorListScatterV2: pure, TensorListSetItem: pure, TensorListSplit: pure, TensorListStack: pure,
  }),
  ...lazyKernels(new LazyModule('matrix functions', () => import('./matrixFunctions.js')), {
    CholeskyGrad: pure, Eig: pure, MatrixExponential: pure, MatrixLogarithm: pure, MatrixSolveLs: pure, MatrixSquareRoot: pure,
  }),
  ...lazyKernels(new LazyModule('matrix products', () => import('./matmul.js')), {
    BatchMatMul: pure, BatchMatMulV2: pure, BatchMatMulV3: pure, MatMul: pure, SparseMatMul: pure,
  }),
  ...lazyKernels(new LazyModule('matrix diagonals', () => import('./matrix.js')), {
    BatchMatrixBandPart: pure, BatchMatrixDiag: pure, BatchMatrixDiagPart: pure, BatchMatrixSetDiag: pure, Diag: pure, DiagPart: pure,
    MatrixBandPart: pure, MatrixDiag: pure, MatrixDiagPart: pure, MatrixDiagPartV2: pure, MatrixDiagPartV3: pure, MatrixDiagV2: pure,
    MatrixDiagV3: pure, MatrixSetDiag: pure, MatrixSetDiagV2: pure, MatrixSetDiagV3: pure,
  }),
  ...lazyKernels(new LazyModule('normalisations and losses', () => import('./nn.js')), {
    BatchNormWithGlobalNormalization: pure, BiasAdd: pure, BiasAddGrad: pure, BiasAddV1: pure, Cross: pure, FusedBatchNorm: pure,
    FusedBatchNormV2: pure, FusedBatchNormV3: pure, InTopK: pure, InTopKV2: pure, L2Loss: pure, LRN: pure, LogSoftmax: pure, Softmax: pure,
    SoftmaxCrossEntropyWithLogits: pure, SparseSoftmaxCrossEntropyWithLogits: pure,
  }),
  ...lazyKernels(new LazyModule('sorting and searching', () => import('./order.js')), {
    ArgMax: pure, ArgMin: pure, Bincount: pure, Bucketize: pure, DenseBincount: pure, HistogramFixedWidth: pure, LowerBound: pure, NthElement: pure,
    PopulationCount: pure, TopK: pure, TopKV2: pure, UpperBound: pure,
    DynamicPartition: data, DynamicStitch: data, ListDiff: data, ParallelDynamicStitch: data, Unique: data, UniqueV2: data, UniqueWithCounts: data,
    UniqueWithCountsV2: data, Where: data,
  }),
  ...lazyKernels(new LazyModule('optional values', () => import('./optionals.js')), {
    OptionalFromValue: state, OptionalGetValue: data, OptionalHasValue: state, OptionalNone: state,
  }),
  ...lazyKernels(new LazyModule('gradients of picking', () => import('./pickingGradients.js')), {
    SparseAddGrad: pure, SparseFillEmptyRowsGrad: addsNumbers, SparseSegmentMeanGrad: pure, SparseSegmentSqrtNGrad: pure, SparseSegmentSumGrad: pure,
    SparseSliceGrad: pure,
  }),
  ...lazyKernels(new LazyModule('pools', () => import('./pool.js')), {
    AvgPool: pure, AvgPool3D: pure, AvgPool3DGrad: pure, AvgPoolGrad: pure, MaxPool: pure, MaxPool3D: pure, MaxPool3DGrad: pure, MaxPool3DGradGrad: pure, MaxPoolGrad: pure, MaxPoolGradGrad: pure, MaxPoolGradGradV2: pure,
    MaxPoolGradV2: pure, MaxPoolGradWithArgmax: pure, MaxPoolV2: pure, MaxPoolWithArgmax: pure,
  }),
  ...lazyKernels(new LazyModule('projective transforms', () => import('./projective.js')), {
    ImageProjectiveTransformV2: pure, ImageProjectiveTransformV3: pure,
  }),
  ...lazyKernels(new LazyModule('quantized numbers', () => import('./quantization.js')), {
    Dequantize: pure, QuantizeV2: pure,
    QuantizeAndDequantizeV2: simulates, QuantizeAndDequantizeV3: simulates, QuantizeAndDequantizeV4: simulates, QuantizeAndDequantizeV4Grad: simulates,
    QuantizeDownAndShrinkRange: requantizes(['quint8']), RequantizationRange: requantizes(), Requantize: requantizes(['quint8', 'qint8']),
  }),
  ...lazyKernels(new LazyModule('queues', () => import('./queues.js')), {
    FIFOQueueV2: state, PaddingFIFOQueueV2: state, QueueCloseV2: state, QueueDequeueManyV2: state, QueueDequeueUpToV2: state, QueueDequeueV2: state,
    QueueEnqueueManyV2: state, QueueEnqueueV2: state, QueueIsClosedV2: state, QueueSizeV2: state,
  }),
  ...lazyKernels(new LazyModule('ragged tensors', () => import('./ragged.js')), {
    RaggedGather: data, RaggedRange: data, RaggedTensorToTensor: data,
  }),
  ...lazyKernels(new LazyModule('random numbers', () => import('./random.js')), {
    Multinomial: state, RandomShuffle: state, RandomStandardNormal: state, RandomUniform: state, RandomUniformInt: state, TruncatedNormal: state,
    StatelessMultinomial: pure, StatelessRandomGetAlg: pure, StatelessRandomGetKeyCounter: pure, StatelessRandomGetKeyCounterAlg: pure,
    StatelessRandomNormal: pure, StatelessRandomNormalV2: pure, StatelessRandomUniform: pure, StatelessRandomUniformFullInt: pure,
    StatelessRandomUniformFullIntV2: pure, StatelessRandomUniformInt: pure, StatelessRandomUniformIntV2: pure, StatelessRandomUniformV2: pure,
    StatelessShuffle: pure, StatelessTruncatedNormal: pure, StatelessTruncatedNormalV2: pure,
  }),
  ...lazyKernels(new LazyModule('random generators', () => import('./statefulRandom.js')), {
    RngReadAndSkip: state, RngSkip: state, StatefulStandardNormalV2: state, StatefulTruncatedNormal: state, StatefulUniform: state,
    StatefulUniformFullInt: state, StatefulUniformInt: state,
  }),
  ...lazyKernels(new LazyModule('random rates', () => import('./randomRates.js')), {
    RandomGamma: state, RandomPoisson: state, RandomPoissonV2: state,
    StatelessRandomGammaV2: pure, StatelessRandomGammaV3: pure, StatelessRandomPoisson: pure,
  }),
  ...lazyKernels(new LazyModule('recurrent layers', () => import('./recurrent.js')), {
    BlockLSTM: pure, BlockLSTMV2: pure,
  }),
  ...lazyKernels(new LazyModule('reductions', () => import('./reductions.js')), {
    All: pure, Any: pure, EuclideanNorm: pure, Max: pure, Mean: pure, Min: pure, Prod: pure, Sum: pure,
  }),
  ...lazyKernels(new LazyModule('image resizing', () => import('./resize.js')), {
    CropAndResize: pure, ResizeArea: pure, ResizeBicubic: pure, ResizeBicubicGrad: pure, ResizeBilinear: pure, ResizeBilinearGrad: pure,
    ResizeNearestNeighbor: pure, ResizeNearestNeighborGrad: pure,
  }),
  ...lazyKernels(new LazyModule('runtime ops', () => import('./runtimeOps.js')), {
    DeviceIndex: state, StackCloseV2: state, StackPopV2: state, StackPushV2: state, StackV2: state, Timestamp: state,
    FakeParam: pure, HostConst: pure, ShardedFilename: pure, ShardedFilespec: pure, _ArrayToList: pure, _ListToArray: pure,
    TridiagonalMatMul: { supports: ({ inputDtypes }) => !inputDtypes[0]!.startsWith('complex') || 'complex matrices are not implemented' },
  }),
  ...lazyKernels(new LazyModule('ScaleAndTranslate', () => import('./scaleAndTranslate.js')), {
    ScaleAndTranslate: pure, ScaleAndTranslateGrad: pure,
  }),
  ...lazyKernels(new LazyModule('scans and segments', () => import('./scan.js')), {
    Cumprod: pure, Cumsum: pure, CumulativeLogsumexp: pure, SegmentMaxV2: pure, SegmentMinV2: pure, SegmentProdV2: pure, SegmentSumV2: pure,
    SparseSegmentMeanWithNumSegments: pure, SparseSegmentSqrtNWithNumSegments: pure, SparseSegmentSumWithNumSegments: pure, SparseToDense: pure,
    UnsortedSegmentMax: pure, UnsortedSegmentMin: pure, UnsortedSegmentProd: pure, UnsortedSegmentSum: pure,
    SegmentMax: data, SegmentMean: data, SegmentMin: data, SegmentProd: data, SegmentSum: data, SparseSegmentMean: data, SparseSegmentSqrtN: data,
    SparseSegmentSum: data,
  }),
  ...lazyKernels(new LazyModule('serialized tensors', () => import('./serialized.js')), {
    ParseTensor: data,
    SerializeTensor: { supports: ({ inputDtypes }) => inputDtypes[0] !== 'variant' && inputDtypes[0] !== 'resource' || 'resources and variants are not serialized' },
  }),
  ...lazyKernels(new LazyModule('sequences', () => import('./sequences.js')), {
    CTCGreedyDecoder: data, EditDistance: pure, SetSize: pure,
  }),
  ...lazyKernels(new LazyModule('sets', () => import('./sets.js')), {
    DenseToDenseSetOperation: data, DenseToSparseSetOperation: data, SparseToSparseSetOperation: data,
  }),
  ...lazyKernels(new LazyModule('sparse tensors', () => import('./sparse.js')), {
    SparseAdd: data, SparseFillEmptyRows: data, SparseSlice: data, SparseSparseMaximum: data,
    SparseSparseMinimum: data, SparseSplit: data,
    SparseConcat: pure, SparseDenseCwiseAdd: pure, SparseDenseCwiseDiv: pure, SparseDenseCwiseMul: pure, SparseReduceMax: pure, SparseReduceSum: pure,
    SparseReorder: pure, SparseReshape: pure, SparseSoftmax: pure, SparseTensorDenseAdd: pure,
    SparseTensorDenseMatMul: { supports: ({ inputDtypes }) => !inputDtypes[1]!.startsWith('complex') || 'complex sparse products are not implemented' },
  }),
  ...lazyKernels(new LazyModule('special functions', () => import('./special.js')), {
    BesselI0: pure, BesselI0e: pure, BesselI1: pure, BesselI1e: pure, BesselJ0: pure, BesselJ1: pure, BesselK0: pure, BesselK0e: pure, BesselK1: pure,
    BesselK1e: pure, BesselY0: pure, BesselY1: pure, Betainc: pure, Dawsn: pure, Erfinv: pure, Expint: pure, FresnelCos: pure, FresnelSin: pure,
    Igamma: pure, Igammac: pure, Ndtri: pure, NextAfter: pure, Polygamma: pure, Spence: pure, ToBool: pure, Zeta: pure,
  }),
  ...lazyKernels(new LazyModule('string conversions', () => import('./stringForms.js')), {
    AsString: { supports: ({ inputDtypes }) => inputDtypes[0] !== 'variant' || 'variants have no text' },
    DecodeBase64: pure, EncodeBase64: pure, RegexFullMatch: pure, RegexReplace: pure, StaticRegexFullMatch: pure, StaticRegexReplace: pure,
    StringFormat: pure, StringToNumber: pure,
    DecodeRaw: data,
  }),
  ...lazyKernels(new LazyModule('strings', () => import('./strings.js')), {
    Add: { supports: ({ inputDtypes }) => inputDtypes[0] === 'string' || 'this kernel joins strings' },
    Equal: comparesStrings,
    NotEqual: comparesStrings,
    ReduceJoin: pure, StringJoin: pure, StringLength: pure, StringLower: pure, StringStrip: pure, StringUpper: pure, Substr: pure,
    UnsortedSegmentJoin: pure,
    StringNGrams: data, StringSplit: data, StringSplitV2: data,
  }),
  ...lazyKernels(new LazyModule('lookup tables', () => import('./tables.js')), {
    AnonymousHashTable: state, HashTableV2: state, InitializeTableV2: state, LookupTableExportV2: state, LookupTableFindV2: state,
    LookupTableImportV2: state, LookupTableInsertV2: state, LookupTableRemoveV2: state, LookupTableSizeV2: state, MutableHashTableOfTensorsV2: state,
    MutableHashTableV2: state,
  }),
  ...lazyKernels(new LazyModule('tensor arrays', () => import('./tensorArrays.js')), {
    TensorArrayCloseV3: state, TensorArrayConcatV3: state, TensorArrayGatherV3: state, TensorArrayGradV3: state, TensorArrayGradWithShape: state,
    TensorArrayReadV3: state, TensorArrayScatterV3: state, TensorArraySizeV3: state, TensorArraySplitV3: state, TensorArrayV3: state,
    TensorArrayWriteV3: state,
  }),
  ...lazyKernels(new LazyModule('Unicode', () => import('./unicode.js')), {
    UnicodeDecode: data, UnicodeDecodeWithOffsets: data, UnicodeEncode: pure, UnicodeScript: pure, UnicodeTranscode: pure,
  }),
  ...lazyKernels(new LazyModule('WAV files', () => import('./wav.js')), {
    DecodeWav: data, EncodeWav: pure,
  }),
};
