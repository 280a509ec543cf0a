/** The operations that public functions make, by name, type and inputs, as TensorFlow makes them: `name:type(inputs)`. */
import { expect, it } from 'vitest';
import { Graph } from '../graph/graph.js';
import type { Tensor } from '../graph/tensor.js';
import * as tf from './index.js';

const x = (): Tensor<'float32'> => tf.placeholder('float32', [2, 3], { name: 'x' });
const i = (): Tensor<'int32'> => tf.placeholder('int32', [2], { name: 'i' });

const programs: readonly (readonly [program: () => unknown, operations: string])[] = [
  [() => tf.multiply(x(), 2), 'x:Placeholder() Mul/y:Const() Mul:Mul(x:0,Mul/y:0)'],
  [() => tf.matmul(x(), x(), { transposeB: true }), 'x:Placeholder() x_1:Placeholder() MatMul:MatMul(x:0,x_1:0)'],
  [() => tf.reduceSum(x()), 'x:Placeholder() Const:Const() Sum:Sum(x:0,Const:0)'],
  [() => tf.reduceSum(x(), 1), 'x:Placeholder() Sum/reduction_indices:Const() Sum:Sum(x:0,Sum/reduction_indices:0)'],
  [() => tf.reduceMean(x(), { axis: [0], keepdims: true, name: 'm' }), 'x:Placeholder() m/reduction_indices:Const() m:Mean(x:0,m/reduction_indices:0)'],
  [() => tf.concat([x(), x()], 1), 'x:Placeholder() x_1:Placeholder() concat/axis:Const() concat:ConcatV2(x:0,x_1:0,concat/axis:0)'],
  [() => tf.stack([x(), x()]), 'x:Placeholder() x_1:Placeholder() stack:Pack(x:0,x_1:0)'],
  [() => tf.unstack(x()), 'x:Placeholder() unstack:Unpack(x:0)'],
  [() => tf.split(x(), 3, 1), 'x:Placeholder() split/split_dim:Const() split:Split(split/split_dim:0,x:0)'],
  [() => tf.split(x(), [1, 2], 1), 'x:Placeholder() Const:Const() split/split_dim:Const() split:SplitV(x:0,Const:0,split/split_dim:0)'],
  [() => tf.gather(x(), [0, 1]), 'x:Placeholder() GatherV2/indices:Const() GatherV2/axis:Const() GatherV2:GatherV2(x:0,GatherV2/indices:0,GatherV2/axis:0)'],
  [() => tf.where(tf.greater(x(), 0)), 'x:Placeholder() Greater/y:Const() Greater:Greater(x:0,Greater/y:0) Where:Where(Greater:0)'],
  [() => tf.where(tf.greater(x(), 0), x(), x()), 'x:Placeholder() Greater/y:Const() Greater:Greater(x:0,Greater/y:0) x_1:Placeholder() x_2:Placeholder() Select:Select(Greater:0,x_1:0,x_2:0)'],
  [() => tf.oneHot(i(), 3), 'i:Placeholder() one_hot/on_value:Const() one_hot/off_value:Const() one_hot/depth:Const() one_hot:OneHot(i:0,one_hot/depth:0,one_hot/on_value:0,one_hot/off_value:0)'],
  [() => tf.expandDims(x(), 0), 'x:Placeholder() ExpandDims/dim:Const() ExpandDims:ExpandDims(x:0,ExpandDims/dim:0)'],
  [() => tf.squeeze(x()), 'x:Placeholder() Squeeze:Squeeze(x:0)'],
  [() => tf.transpose(x()), 'x:Placeholder() transpose/perm:Const() transpose:Transpose(x:0,transpose/perm:0)'],
  [() => tf.transpose(x(), [1, 0]), 'x:Placeholder() transpose/perm:Const() transpose:Transpose(x:0,transpose/perm:0)'],
  [() => tf.reverse(x(), [0]), 'x:Placeholder() ReverseV2/axis:Const() ReverseV2:ReverseV2(x:0,ReverseV2/axis:0)'],
  [() => tf.pad(x(), [[1, 1], [0, 0]]), 'x:Placeholder() Pad/paddings:Const() Pad:Pad(x:0,Pad/paddings:0)'],
  [() => tf.pad(x(), [[1, 1], [0, 0]], { constantValues: 3 }), 'x:Placeholder() PadV2/paddings:Const() PadV2/constant_values:Const() PadV2:PadV2(x:0,PadV2/paddings:0,PadV2/constant_values:0)'],
  [() => tf.pad(x(), [[1, 1], [0, 0]], { mode: 'REFLECT' }), 'x:Placeholder() MirrorPad/paddings:Const() MirrorPad:MirrorPad(x:0,MirrorPad/paddings:0)'],
  [() => tf.slice(x(), [0, 0], [1, -1]), 'x:Placeholder() Slice/begin:Const() Slice/size:Const() Slice:Slice(x:0,Slice/begin:0,Slice/size:0)'],
  [() => tf.reshape(x(), [3, 2]), 'x:Placeholder() Reshape/shape:Const() Reshape:Reshape(x:0,Reshape/shape:0)'],
  [() => tf.tile(x(), [1, 2]), 'x:Placeholder() Tile/multiples:Const() Tile:Tile(x:0,Tile/multiples:0)'],
  [() => tf.range(5), 'range/start:Const() range/limit:Const() range/delta:Const() range:Range(range/start:0,range/limit:0,range/delta:0)'],
  [() => tf.range(1, 9, 2), 'range/start:Const() range/limit:Const() range/delta:Const() range:Range(range/start:0,range/limit:0,range/delta:0)'],
  [() => tf.zeros([2]), 'zeros:Const()'],
  [() => tf.zeros([100, 100]), 'zeros/shape_as_tensor:Const() zeros/Const:Const() zeros:Fill(zeros/shape_as_tensor:0,zeros/Const:0)'],
  [() => tf.ones([2], { name: 'o' }), 'o:Const()'],
  [() => tf.zerosLike(x()), 'x:Placeholder() zeros_like:Const()'],
  [() => tf.fill([2], 3), 'Fill/dims:Const() Fill/value:Const() Fill:Fill(Fill/dims:0,Fill/value:0)'],
  [() => tf.divide(x(), 2), 'x:Placeholder() truediv/y:Const() truediv:RealDiv(x:0,truediv/y:0)'],
  [() => tf.div(x(), 2), 'x:Placeholder() div/y:Const() div:RealDiv(x:0,div/y:0)'],
  [() => tf.truediv(i(), 2), 'i:Placeholder() truediv/y:Const() truediv/Cast:Cast(i:0) truediv/Cast_1:Cast(truediv/y:0) truediv:RealDiv(truediv/Cast:0,truediv/Cast_1:0)'],
  [() => tf.floordiv(i(), 2), 'i:Placeholder() floordiv/y:Const() floordiv:FloorDiv(i:0,floordiv/y:0)'],
  [() => tf.mod(i(), 2), 'i:Placeholder() FloorMod/y:Const() FloorMod:FloorMod(i:0,FloorMod/y:0)'],
  [() => tf.abs(x()), 'x:Placeholder() Abs:Abs(x:0)'],
  [() => tf.cast(x(), 'int32'), 'x:Placeholder() Cast:Cast(x:0)'],
  [() => tf.toFloat(i()), 'i:Placeholder() ToFloat:Cast(i:0)'],
  [() => tf.argmax(x(), 1), 'x:Placeholder() ArgMax/dimension:Const() ArgMax:ArgMax(x:0,ArgMax/dimension:0)'],
  [() => tf.cumsum(x()), 'x:Placeholder() Cumsum/axis:Const() Cumsum:Cumsum(x:0,Cumsum/axis:0)'],
  [() => tf.nn.softmax(x()), 'x:Placeholder() Softmax:Softmax(x:0)'],
  [() => tf.nn.biasAdd(x(), tf.zeros([3])), 'x:Placeholder() zeros:Const() BiasAdd:BiasAdd(x:0,zeros:0)'],
  [() => tf.group(x(), i()), 'x:Placeholder() i:Placeholder() group_deps:NoOp()'],
  [() => tf.tuple([x(), i()]), 'x:Placeholder() i:Placeholder() tuple/group_deps:NoOp() tuple/control_dependency:Identity(x:0) tuple/control_dependency_1:Identity(i:0)'],
  [() => tf.clipByValue(x(), 0, 1), 'x:Placeholder() clip_by_value/Minimum/y:Const() clip_by_value/Minimum:Minimum(x:0,clip_by_value/Minimum/y:0) clip_by_value/y:Const() clip_by_value:Maximum(clip_by_value/Minimum:0,clip_by_value/y:0)'],
  [() => tf.nn.xwPlusB(x(), tf.zeros([3, 2]), tf.zeros([2])), 'x:Placeholder() zeros:Const() zeros_1:Const() xw_plus_b/MatMul:MatMul(x:0,zeros:0) xw_plus_b:BiasAdd(xw_plus_b/MatMul:0,zeros_1:0)'],
  [() => tf.nn.topK(x(), 2), 'x:Placeholder() TopKV2/k:Const() TopKV2:TopKV2(x:0,TopKV2/k:0)'],
  [() => tf.shape(x()), 'x:Placeholder() Shape:Const()'],
  [() => tf.size(x()), 'x:Placeholder() Size:Const()'],
  [() => tf.rank(x()), 'x:Placeholder() Rank:Const()'],
  [() => tf.identity(x()), 'x:Placeholder() Identity:Identity(x:0)'],
  [() => tf.addN([x(), x()]), 'x:Placeholder() x_1:Placeholder() AddN:AddN(x:0,x_1:0)'],
  [() => tf.logicalXor(tf.constant([true]), tf.constant([false])), 'Const:Const() Const_1:Const() LogicalOr:LogicalOr(Const:0,Const_1:0) LogicalAnd:LogicalAnd(Const:0,Const_1:0) LogicalNot:LogicalNot(LogicalAnd:0) LogicalXor:LogicalAnd(LogicalOr:0,LogicalNot:0)'],
  [() => tf.randomUniform([2], { maxval: 5, dtype: 'int32', seed: 1 }), 'random_uniform/shape:Const() random_uniform/min:Const() random_uniform/max:Const() random_uniform:RandomUniformInt(random_uniform/shape:0,random_uniform/min:0,random_uniform/max:0)'],
  [() => tf.randomShuffle(x(), { seed: 1 }), 'x:Placeholder() RandomShuffle:RandomShuffle(x:0)'],
  [() => tf.nn.crelu(x()), 'x:Placeholder() CRelu/Neg:Neg(x:0) CRelu/axis:Const() CRelu:ConcatV2(x:0,CRelu/Neg:0,CRelu/axis:0) CRelu/Relu:Relu(CRelu:0)'],
  [() => tf.nn.leakyRelu(x()), 'x:Placeholder() LeakyRelu:LeakyRelu(x:0)'],
  [() => tf.strings.join([tf.constant('a'), tf.constant('b')]), 'Const:Const() Const_1:Const() StringJoin:StringJoin(Const:0,Const_1:0)'],
];

it.each(programs.map(([program, operations]) => [String(program), program, operations] as const))('%s', (_, program, operations) => {
  const made = new Graph().asDefault((graph) => {
    program();
    return graph.getOperations().map((op) => `${op.name}:${op.type}(${op.inputs.map((tensor) => tensor.name).join(',')})`);
  });
  expect(made).toEqual(operations.split(' '));
});
