/**
 * Non-maximum suppression by one workgroup: turn by turn its threads look for the best box that is left, and drop (or, softly, devalue) what overlaps
 * it too much when they look for the next. Scores that are left lie in scratch memory, each read and written by one thread alone.
 */
import { float, type Buffer, type PassBuilder } from '../../codegen/grid/builder.js';
import { refuseDtype, type GridTarget } from '../../codegen/grid/types.js';
import { int, literal, type Value } from '../../codegen/grid/value.js';
import { limitsOf } from '../../dtypes.js';
import { InvalidArgumentError } from '../../errors.js';
import { toNumbers, type HostTensor } from '../../hostTensor.js';
import { sizeOf } from '../../shape.js';
import type { OpCall, Support, SupportQuery } from '../kernel.js';
import type { GridLaunch } from './launch.js';
import { shareValues, type RowCut } from './shareRow.js';
import type { GridKernel } from './table.js';

const lowest = limitsOf('float32').lowest as number;

interface Box {
  readonly top: Value;
  readonly left: Value;
  readonly bottom: Value;
  readonly right: Value;
  readonly area: Value;
}

/** A box from any two opposite corners. */
function boxAt(pass: PassBuilder, boxes: Buffer, place: Value): Box {
  const [a, b, c, d] = [0, 1, 2, 3].map((corner) => pass.let('corner', pass.load(boxes, place.mul(4).add(corner)).cast('float32'))) as [Value, Value, Value, Value];
  const [top, left, bottom, right] = [a.min(c), b.min(d), a.max(c), b.max(d)].map((side) => pass.let('side', side)) as [Value, Value, Value, Value];
  return { top, left, bottom, right, area: pass.let('area', bottom.sub(top).mul(right.sub(left))) };
}

/** Intersection over union: 0 for a box without an area. */
function overlapOf(pass: PassBuilder, a: Box, b: Box): Value {
  const height = a.bottom.min(b.bottom).sub(a.top.max(b.top)).max(literal(0, 'float32'));
  const width = a.right.min(b.right).sub(a.left.max(b.left)).max(literal(0, 'float32'));
  const shared = pass.let('intersection', height.mul(width));
  const isFlat = a.area.le(0).or(b.area.le(0));
  return pass.let('overlap', isFlat.select(literal(0, 'float32'), shared.div(a.area.add(b.area).sub(shared))));
}

/** Threads for so many boxes: about four for each, in one workgroup. */
function cutFor(boxes: number, { workgroupThreads, sharing = true }: GridTarget): RowCut {
  const wanted = 2 ** Math.max(0, Math.ceil(Math.log2(Math.max(1, boxes / 4))));
  return { threads: sharing ? Math.min(wanted, 2 ** Math.floor(Math.log2(workgroupThreads)), 1024) : 1, rows: 1 };
}

/** The turns and limits of a run. */
function limits(call: OpCall, values: readonly (HostTensor | undefined)[]): Pick<GridLaunch, 'params'> {
  const boxes = sizeOf(call.inputs[1]!.shape);
  const places = sizeOf(call.outputs[0]!.shape);
  const told = (i: number): number => {
    const value = values[i] ?? call.inputs[i]!.constant;
    return value === undefined ? 0 : toNumbers(value)[0]!;
  };
  const [limit, overlap, score, sigma] = [told(2), told(3), told(4), told(5)];
  if (limit < 0) throw new InvalidArgumentError('output size must be non-negative', { node: call.node, op: call.op });
  if (!(overlap >= 0 && overlap <= 1)) throw new InvalidArgumentError('iou_threshold must be in [0, 1]', { node: call.node, op: call.op });
  return {
    params: { boxes, places, turns: Math.min(limit, boxes, places), isSoft: Number(sigma > 0), overlap: float(overlap), least: float(score), scale: float(sigma > 0 ? -0.5 / sigma : 0) },
  };
}

function suppression(call: OpCall, target: GridTarget): GridLaunch {
  const [boxType, scoreType] = [call.inputs[0]!.dtype, call.inputs[1]!.dtype];
  const boxes = sizeOf(call.inputs[1]!.shape);
  const cut = cutFor(boxes, target);
  const { params } = limits(call, []);
  return {
    name: 'suppression', key: `${boxType}:${scoreType}:${cut.threads}`, inputs: [0, 1], params, workgroups: [1], scratch: Math.max(1, boxes) * 4, flops: 16 * boxes,
    launchFor: (values) => ({ ...limits(call, values), workgroups: [1] }),
    build(program) {
      const [corners, scores] = [program.input('boxes', boxType), program.input('scores', scoreType)];
      const [indices, kept, count] = [program.output('indices', 'int32'), program.output('kept', scoreType), program.output('count', 'int32')];
      const left = program.scratch('left', 'float32');
      program.pass('main', [cut.threads, 1, 1], (pass) => {
        const thread = pass.let('thread', pass.threadIndex());
        const stand = { thread, row: int(0), first: thread };
        const shared = cut.threads > 1 ? [pass.shared('values', 'float32', cut.threads), pass.shared('places', 'int32', cut.threads)] : [];
        // A score below all finite ones is that of a box that is out.
        const out = literal(-Infinity, 'float32');
        const isIn = (score: Value): Value => score.ge(literal(lowest, 'float32'));
        const isSoft = pass.let('isSoft', pass.param('isSoft').ne(0));
        pass.for('at', thread, pass.param('boxes'), (at) => {
          const score = pass.let('score', pass.load(scores, at).cast('float32'));
          pass.store(left, at, score.gt(pass.param('least')).select(score, out));
        }, cut.threads);
        const [best, place] = [pass.var('best', literal(0, 'float32')), pass.var('place', int(-1))];
        const [found, last] = [pass.var('found', int(0)), pass.var('last', int(-1))];
        pass.for('turn', 0, pass.param('turns'), (turn) => {
          pass.assign(place, -1);
          pass.if(turn.eq(0).or(last.ge(0)), () => {
            const chosen = boxAt(pass, corners, pass.let('chosen', last.max(0)));
            pass.for('at', thread, pass.param('boxes'), (at) => {
              const score = pass.var('score', pass.load(left, at));
              pass.if(isIn(score).and(turn.gt(0)), () => {
                const overlap = overlapOf(pass, boxAt(pass, corners, at), chosen);
                const less = pass.let('less', score.mul(overlap.mul(overlap).mul(pass.param('scale')).unary('exp')));
                const isOut = isSoft.select(less.le(pass.param('least')), overlap.gt(pass.param('overlap'))).or(at.eq(last));
                pass.assign(score, isOut.select(out, isSoft.select(less, score)));
                pass.store(left, at, score);
              });
              pass.if(isIn(score).and(place.lt(0).or(score.gt(best))), () => {
                pass.assign(best, score);
                pass.assign(place, at);
              });
            }, cut.threads);
          });
          shareValues(pass, cut, stand, shared, [best, place], ([a, i], [b, j]) => {
            const isBetter = pass.let('isBetter', j!.ge(0).and(i!.lt(0).or(b!.gt(a!)).or(b!.eq(a!).and(j!.lt(i!)))));
            return [isBetter.select(b!, a!), isBetter.select(j!, i!)];
          });
          pass.assign(last, place);
          pass.if(place.ge(0), () => {
            pass.if(thread.eq(0), () => {
              pass.store(indices, turn, place);
              pass.store(kept, turn, pass.wrap(scoreType, best));
            });
            pass.increase(found, 1);
          });
        });
        pass.if(thread.eq(0), () => pass.store(count, 0, found));
        pass.for('rest', found.add(thread), pass.param('places'), (rest) => {
          pass.store(indices, rest, 0);
          pass.store(kept, rest, literal(0, kept.type));
        }, cut.threads);
      });
    },
  };
}

/** Two inputs, three outputs, and scratch. */
const bound = 6;

function supports({ inputDtypes: [boxes, scores] }: SupportQuery, target: GridTarget): Support {
  if (boxes === undefined || scores === undefined) return 'nothing to choose from';
  if (target.bindings < bound) return `a launch binds ${target.bindings} buffers at most, and ${bound} are needed`;
  return refuseDtype(boxes, target) ?? refuseDtype(scores, target) ?? true;
}

/** The limits are the launch's: they are read on the host. */
export const suppressionKernels: readonly GridKernel[] = [
  { op: '_Suppression', supports, hostArgs: () => [undefined, undefined, 'value', 'value', 'value', 'value'], launch: suppression },
];
