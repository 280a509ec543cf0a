/**
 * TensorLists: immutable lists of tensors inside a scalar variant. Setting an element makes a new list that shares the others, so a list may
 * be used by several branches at once.
 */
import { dtypeInfo, type DType } from '../../dtypes.js';
import { InternalError, InvalidArgumentError } from '../../errors.js';
import type { HostTensor } from '../../hostTensor.js';
import { compatible, isFullyKnown, mergeShapes, type PartialShape, sameShape, shapeText } from '../../shape.js';
import { zeros } from './copy.js';
import { host, type HostCode } from './define.js';
import { concatenated, packed, pieces } from './movement.js';
import { evaluate } from './evaluate/evaluate.js';
import { binary, input } from '../../codegen/expr.js';
import { TensorList } from './tensorList.js';
import { intsOf, intTensor, invalid, reshaped, scalarOf, tensorOver } from './tensors.js';

function variant(list: TensorList): HostTensor {
  return tensorOver('variant', [], [list]);
}

/** The list inside a variant. */
export function listOf(tensor: HostTensor | undefined): TensorList {
  const value: unknown = (tensor?.data as unknown[] | undefined)?.[0];
  if (!(value instanceof TensorList)) throw new InvalidArgumentError('Input handle is not a list. Saw: \'<unknown type>\'');
  return value;
}

/** An element shape argument: −1 alone is an unknown rank, −1 inside an unknown size. */
function elementShapeOf(tensor: HostTensor): PartialShape {
  const dims = intsOf(tensor);
  if (tensor.shape.length === 0) {
    if (dims[0] !== -1) invalid('The only valid scalar shape tensor is the fully unknown shape specified as -1.');
    return null;
  }
  return dims.map((dim) => (dim < 0 ? null : dim));
}

function checkElement(list: TensorList, element: HostTensor): void {
  if (element.dtype !== list.dtype) {
    invalid(`Invalid data types; list elements ${dtypeInfo[list.dtype].tfName} but tried to append ${dtypeInfo[element.dtype].tfName}`);
  }
  if (!compatible(list.elementShape, element.shape)) {
    invalid(`Tried to append a tensor with incompatible shape to a list. Op element shape: ${shapeText(element.shape)} list shape: ${shapeText(list.elementShape)}`);
  }
}

function checkDtype(list: TensorList, dtype: DType): void {
  if (list.dtype !== dtype) invalid(`Invalid data types; op elements ${dtypeInfo[dtype].tfName} but list elements ${dtypeInfo[list.dtype].tfName}`);
}

/** The shape of elements that were never set: from the list, the op and the elements that are there. It must be whole. */
function zeroShape(list: TensorList, given: PartialShape, what: string): readonly number[] {
  let shape: PartialShape | undefined = mergeShapes(list.elementShape, given);
  if (shape === undefined) invalid(`Tried to ${what} with incompatible shapes: ${shapeText(list.elementShape)} and ${shapeText(given)}`);
  for (const item of list.items) if (item !== undefined && !isFullyKnown(shape)) shape = mergeShapes(shape, item.shape) ?? shape;
  if (!isFullyKnown(shape)) {
    invalid(`Tried to ${what} a list with uninitialized tensors and non-fully-defined element_shape: ${shapeText(shape)}`);
  }
  return shape;
}

/** All elements, zeros for those never set. */
function elementsOf(list: TensorList, given: PartialShape, what: string): HostTensor[] {
  let fill: HostTensor | undefined;
  return list.items.map((item) => item ?? (fill ??= zeros(list.dtype, zeroShape(list, given, what))));
}

const reserve = (list: (inputs: readonly HostTensor[], dtype: DType) => TensorList): HostCode =>
  host((inputs, { attrs }) => [variant(list(inputs, attrs.type('element_dtype')))]);

export const EmptyTensorList = reserve(([shape, limit], dtype) => new TensorList(dtype, elementShapeOf(shape!), [], scalarOf(limit!)));

export const TensorListReserve = reserve(([shape, count], dtype) => {
  const n = scalarOf(count!);
  if (n < 0) invalid(`The num_elements to reserve must be a non negative number, but got ${n}`);
  return new TensorList(dtype, elementShapeOf(shape!), new Array<HostTensor | undefined>(n).fill(undefined));
});

export const TensorListLength = host(([handle]) => [intTensor('int32', [listOf(handle).items.length], [])]);

export const TensorListElementShape = host(([handle], { outputDtypes }) => {
  const { elementShape } = listOf(handle);
  const dtype = outputDtypes[0] ?? 'int32';
  return [elementShape === null ? intTensor(dtype, [-1], []) : intTensor(dtype, elementShape.map((dim) => dim ?? -1))];
});

export const TensorListPushBack = host(([handle, element]) => {
  const list = listOf(handle);
  checkElement(list, element!);
  if (list.limit !== -1 && list.items.length >= list.limit) {
    invalid(`Tried to push item into a full list list size: ${list.items.length} max_num_elements: ${list.limit}`);
  }
  return [variant(list.with([...list.items, element]))];
});

export const TensorListPopBack = host(([handle, shape], { attrs }) => {
  const list = listOf(handle);
  checkDtype(list, attrs.type('element_dtype'));
  if (list.items.length === 0) invalid('Trying to pop from an empty list.');
  const last = list.items[list.items.length - 1] ?? zeros(list.dtype, zeroShape(list, elementShapeOf(shape!), 'pop from'));
  return [variant(list.with(list.items.slice(0, -1))), last];
});

export const TensorListGetItem = host(([handle, indexArg, shape], { attrs }) => {
  const list = listOf(handle);
  checkDtype(list, attrs.type('element_dtype'));
  const index = scalarOf(indexArg!);
  if (index < 0 || index >= list.items.length) invalid(`Trying to access element ${index} in a list with ${list.items.length} elements.`);
  return [list.items[index] ?? zeros(list.dtype, zeroShape(list, elementShapeOf(shape!), 'read an uninitialized element of'))];
});

export const TensorListSetItem = host(([handle, indexArg, element], { attrs }) => {
  const list = listOf(handle);
  const index = scalarOf(indexArg!);
  const grows = attrs.has('resize_if_index_out_of_bounds') && attrs.bool('resize_if_index_out_of_bounds');
  if (index < 0 || (!grows && index >= list.items.length)) {
    invalid(`Trying to modify element ${index} in a list with ${list.items.length} elements.`);
  }
  checkElement(list, element!);
  const items = [...list.items];
  while (items.length <= index) items.push(undefined);
  items[index] = element;
  return [variant(list.with(items))];
});

export const TensorListResize = host(([handle, sizeArg]) => {
  const list = listOf(handle);
  const size = scalarOf(sizeArg!);
  if (size < 0) invalid(`TensorListSlice expects size to be non-negative. Got: ${size}`);
  return [variant(list.with(Array.from({ length: size }, (_, i) => list.items[i])))];
});

export const TensorListStack = host(([handle, shapeArg], { attrs }) => {
  const list = listOf(handle);
  const count = attrs.int('num_elements');
  if (count !== -1 && list.items.length !== count) invalid(`Operation expected a list with ${count} elements but got a list with ${list.items.length} elements.`);
  const given = elementShapeOf(shapeArg!);
  if (list.items.length === 0) return [zeros(list.dtype, [0, ...zeroShape(list, given, 'stack elements of an empty list or')])];
  const items = elementsOf(list, given, 'stack');
  for (const item of items) {
    if (!sameShape(item.shape, items[0]!.shape)) {
      invalid(`Tried to stack list which only contains elements of different shapes: ${shapeText(items[0]!.shape)} and ${shapeText(item.shape)}`);
    }
  }
  return [packed(items, 0)];
});

/** The rows of a tensor. */
function rowsOf(tensor: HostTensor): HostTensor[] {
  const [count = 0, ...rest] = tensor.shape;
  return pieces(tensor, 0, new Array<number>(count).fill(1)).map((row) => reshaped(row, rest));
}

export const TensorListFromTensor = host(([tensor, shape]) => {
  if (tensor!.shape.length < 1) invalid(`Tensor must be at least a vector, but saw shape: ${shapeText(tensor!.shape)}`);
  const elementShape = elementShapeOf(shape!);
  if (!compatible(elementShape, tensor!.shape.slice(1))) {
    invalid(`Specified a list with shape ${shapeText(elementShape)} from a tensor with shape ${shapeText(tensor!.shape.slice(1))}`);
  }
  return [variant(new TensorList(tensor!.dtype, elementShape, rowsOf(tensor!)))];
});

export const TensorListGather = host(([handle, indices, shape]) => {
  const list = listOf(handle);
  const given = elementShapeOf(shape!);
  const places = intsOf(indices!);
  for (const place of places) {
    if (place < 0 || place >= list.items.length) invalid(`Trying to gather element ${place} in a list with ${list.items.length} elements.`);
  }
  const picked = list.with(places.map((place) => list.items[place]));
  if (places.length === 0) return [zeros(list.dtype, [0, ...zeroShape(list, given, 'gather zero elements from')])];
  return [packed(elementsOf(picked, given, 'gather from'), 0)];
});

/** Puts rows at indices of a list that has at least `count` elements. */
function scattered(tensor: HostTensor, indices: HostTensor, start: TensorList, count: number): TensorList {
  const rows = rowsOf(tensor);
  const places = intsOf(indices);
  if (places.length !== rows.length) invalid(`Invalid number of rows in input tensor. Expected: ${places.length} Actual: ${rows.length}`);
  const items = [...start.items];
  while (items.length < count) items.push(undefined);
  places.forEach((place, i) => {
    if (place < 0) invalid(`Indices in TensorListScatter must all be non-negative.`);
    if (count >= 0 && place >= Math.max(count, start.items.length)) {
      invalid(`TensorListScatter: Trying to scatter at index ${place} in list with size ${count}`);
    }
    while (items.length <= place) items.push(undefined);
    items[place] = rows[i];
  });
  return start.with(items);
}

export const TensorListScatter = host(([tensor, indices, shape]) => [
  variant(scattered(tensor!, indices!, new TensorList(tensor!.dtype, elementShapeOf(shape!), []), -1)),
]);
export const TensorListScatterV2 = host(([tensor, indices, shape, count]) => [
  variant(scattered(tensor!, indices!, new TensorList(tensor!.dtype, elementShapeOf(shape!), []), scalarOf(count!))),
]);
export const TensorListScatterIntoExistingList = host(([handle, tensor, indices]) => [variant(scattered(tensor!, indices!, listOf(handle), -1))]);

export const TensorListSplit = host(([tensor, shape, lengthsArg]) => {
  const lengths = intsOf(lengthsArg!);
  if (tensor!.shape.length < 1) invalid(`Tensor must be at least a vector, but saw shape: ${shapeText(tensor!.shape)}`);
  const total = lengths.reduce((sum, length) => sum + length, 0);
  if (total !== tensor!.shape[0]) invalid(`Attempt to set value at offset ${total} outside of the range of the tensor: lengths sum to ${total}, but dimension 0 is ${tensor!.shape[0]}`);
  return [variant(new TensorList(tensor!.dtype, elementShapeOf(shape!), pieces(tensor!, 0, lengths)))];
});

const concat: HostCode = host(([handle, shapeArg], { attrs }) => {
  const list = listOf(handle);
  checkDtype(list, attrs.type('element_dtype'));
  const given: PartialShape = shapeArg === undefined ? attrs.shape('element_shape') : elementShapeOf(shapeArg);
  if (list.items.length === 0) {
    const rest = zeroShape(list, given, 'concat an empty list or');
    return [zeros(list.dtype, [0, ...rest.slice(1)]), intTensor('int64', [])];
  }
  const items = elementsOf(list, given, 'concat');
  for (const item of items) if (item.shape.length === 0) invalid('Concat saw a scalar shape at index 0. Concat expects at least a vector.');
  return [concatenated(items, 0), intTensor('int64', items.map((item) => item.shape[0]!))];
});

export const TensorListConcat = concat;
export const TensorListConcatV2 = concat;

export const TensorListConcatLists = host(([a, b]) => {
  const [left, right] = [listOf(a), listOf(b)];
  if (left.dtype !== right.dtype) invalid(`input_b[0].dtype != element_dtype.  Saw: ${right.dtype} vs. ${left.dtype}`);
  return [variant(left.with([...left.items, ...right.items]))];
});

export const TensorListPushBackBatch = host(([handles, tensor]) => {
  const lists = (handles!.data as unknown[]).map((value) => {
    if (!(value instanceof TensorList)) throw new InvalidArgumentError('Input handle is not a list.');
    return value;
  });
  const rows = rowsOf(tensor!);
  if (rows.length !== lists.length) invalid(`Invalid batch: ${lists.length} lists, ${rows.length} rows`);
  return [tensorOver('variant', handles!.shape, lists.map((list, i) => list.with([...list.items, rows[i]])))];
});

/** The sum of lists, element by element: how gradients of lists are added. */
export function addLists(lists: readonly TensorList[]): TensorList {
  const [first] = lists;
  if (first === undefined) throw new InternalError('internal: no lists are added.');
  const items = first.items.map((_, i) => lists.map((list) => list.items[i]).reduce((sum, item) => {
    if (sum === undefined || item === undefined) return sum ?? item;
    const add = { inputs: [sum.dtype, item.dtype], outputs: [binary('add', input(0, sum.dtype), input(1, item.dtype))] };
    return evaluate(add, [sum, item], sum.shape)[0];
  }));
  return first.with(items);
}
