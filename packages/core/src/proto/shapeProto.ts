/** TensorShapeProto and DataType ⇄ shapes and dtypes. */
import { type DType, allDTypes, dtypeInfo } from '../dtypes.js';
import { InvalidArgumentError } from '../errors.js';
import type { PartialShape } from '../shape.js';
import type { TensorShapeProto } from './generated/types.js';
import { DataType } from './generated/types.js';

/** TensorFlow's largest rank. */
export const maxRank = 254;

/** The shape that a proto means; InvalidArgumentError for sizes below -1 (-1 is unknown) or beyond 2^53. */
export function shapeFromProto(proto: TensorShapeProto, what: string): PartialShape {
  if (proto.unknownRank === true) return null;
  const dims = proto.dim ?? [];
  if (dims.length > maxRank) throw new InvalidArgumentError(`${what}: a shape of ${dims.length} dimensions; at most ${maxRank} are allowed.`);
  return dims.map(({ size = 0 }, axis) => {
    if (typeof size === 'bigint' || size < -1) {
      throw new InvalidArgumentError(`${what}: size ${size} of dimension ${axis} is not a size; expected a number from 0 to 2^53 - 1, or -1 for unknown.`);
    }
    return size === -1 ? null : size;
  });
}

export function shapeToProto(shape: PartialShape): TensorShapeProto {
  return shape === null ? { unknownRank: true } : { dim: shape.map((dim) => ({ size: dim ?? -1 })) };
}

const byEnum: ReadonlyMap<number, DType> = new Map(allDTypes.map((dtype) => [dtypeInfo[dtype].enum, dtype]));

/** The dtype of a DataType; reference types give their base. InvalidArgumentError for one that no tensor here can have. */
export function dtypeFromProto(type: DataType, what: string): DType {
  const number = typeof type === 'number' ? type : DataType.numbers[type];
  const dtype = byEnum.get(number > 100 ? number - 100 : number);
  if (dtype === undefined) {
    const given = number === 0 ? 'no dtype (DT_INVALID)' : `dtype ${type}`;
    throw new InvalidArgumentError(`${what}: ${given} is given; expected one of ${allDTypes.join(', ')}.`);
  }
  return dtype;
}

export function dtypeToProto(dtype: DType): DataType {
  return DataType.nameOf(dtypeInfo[dtype].enum);
}
