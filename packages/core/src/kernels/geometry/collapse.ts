/** Broadcasting, boiled down: axes that every input treats alike become one, and axes of size 1 vanish. */
import { sizeOf, type Shape } from '../../shape.js';

export interface CollapsedAxis {
  readonly size: number;
  /** For each input: whether it moves along this axis (else it is broadcast). */
  readonly moves: readonly boolean[];
}

/** The iteration space as few axes as possible, outermost first; at least one. Inputs' shapes broadcast to `space`. */
export function collapse(space: Shape, inputs: readonly Shape[]): CollapsedAxis[] {
  const axes: CollapsedAxis[] = [];
  for (const [axis, size] of space.entries()) {
    if (size === 1) continue;
    const moves = inputs.map((shape) => (shape[axis - space.length + shape.length] ?? 1) !== 1);
    const last = axes.at(-1);
    if (last !== undefined && last.moves.every((moved, i) => moved === moves[i])) axes[axes.length - 1] = { size: last.size * size, moves };
    else axes.push({ size, moves });
  }
  return axes.length > 0 ? axes : [{ size: 1, moves: inputs.map(() => true) }];
}

/** Elements that each input moves by along each axis: `strides[input][axis]`, 0 where it is broadcast. */
export function stridesAlong(axes: readonly CollapsedAxis[], inputs: number): number[][] {
  return Array.from({ length: inputs }, (_, input) => {
    const strides = new Array<number>(axes.length).fill(0);
    let stride = 1;
    for (let axis = axes.length - 1; axis >= 0; axis--) {
      const { size, moves } = axes[axis]!;
      if (!moves[input]) continue;
      strides[axis] = stride;
      stride *= size;
    }
    return strides;
  });
}

/** Whether an input has as many elements as the space, so that an output may take its place. */
export const isWhole = (space: Shape, input: Shape): boolean => sizeOf(space) === sizeOf(input);
