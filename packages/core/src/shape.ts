/** Shapes: fully known ones are arrays of sizes; symbolic ones may lack sizes (`null` dims) or the rank (`null`). */

/** A known shape. */
export type Shape = readonly number[];

/** A static shape: `null` is an unknown rank, a `null` dimension an unknown size. */
export type PartialShape = readonly (number | null)[] | null;

/** Number of elements of a known shape. */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (const dim of shape) size *= dim;
  return size;
}

/** Whether rank and every size are known. */
export function isFullyKnown(shape: PartialShape): shape is Shape {
  return shape !== null && shape.every((dim) => dim !== null);
}

/** TensorFlow's text of a shape: `[2,?]`; an unknown rank is `<unknown>`. */
export function shapeText(shape: PartialShape): string {
  return shape === null ? '<unknown>' : `[${shape.map((dim) => dim ?? '?').join(',')}]`;
}

/** Row-major strides, in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis] ?? 1;
  }
  return strides;
}

export function sameShape(a: PartialShape, b: PartialShape): boolean {
  if (a === null || b === null) return a === b;
  return a.length === b.length && a.every((dim, axis) => dim === b[axis]);
}

/** Whether some known shape fits both. */
export function compatible(a: PartialShape, b: PartialShape): boolean {
  if (a === null || b === null) return true;
  return a.length === b.length && a.every((dim, axis) => dim === null || b[axis] === null || dim === b[axis]);
}

/** The shape that knows what either knows; `undefined` when they contradict each other. */
export function mergeShapes(a: PartialShape, b: PartialShape): PartialShape | undefined {
  if (!compatible(a, b)) return undefined;
  if (a === null) return b;
  if (b === null) return a;
  return a.map((dim, axis) => dim ?? b[axis] ?? null);
}

/** NumPy broadcasting of two static shapes; `undefined` when they do not broadcast. */
export function broadcastShapes(a: PartialShape, b: PartialShape): PartialShape | undefined {
  if (a === null || b === null) return null;
  const rank = Math.max(a.length, b.length);
  const out = new Array<number | null>(rank);
  for (let axis = 0; axis < rank; axis++) {
    const x = axis < rank - a.length ? 1 : (a[axis - (rank - a.length)] ?? null);
    const y = axis < rank - b.length ? 1 : (b[axis - (rank - b.length)] ?? null);
    if (x === y) out[axis] = x;
    else if (x === 1) out[axis] = y;
    else if (y === 1) out[axis] = x;
    else if (x === null) out[axis] = y;
    else if (y === null) out[axis] = x;
    else return undefined;
  }
  return out;
}
