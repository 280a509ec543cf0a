/** Tensors as the bytes of a TensorProto, and back. */
import { dtypeInfo } from '../../dtypes.js';
import { decode } from '../../proto/decode.js';
import { encode } from '../../proto/encode.js';
import { TensorProto } from '../../proto/generated/tensor.js';
import { tensorFromProto, tensorToProto } from '../../proto/tensorProto.js';
import type { HostTensor } from '../../hostTensor.js';
import { shapeText } from '../../shape.js';
import { host } from './define.js';
import { invalid, tensorOver } from './tensors.js';

/** Numbers always as `tensor_content`, also one alone. */
export const SerializeTensor = host(([tensor]) => {
  const { dtype, size } = tensor!;
  const proto = tensorToProto(tensor!);
  const { tensorShape } = proto;
  const written: TensorProto = dtype === 'string' || size === 0 ? proto
    : { dtype: proto.dtype, tensorContent: tensor!.bytes(), ...(tensorShape === undefined ? {} : { tensorShape }) };
  return [tensorOver('string', [], [encode(TensorProto, written)])];
});

function tensorIn(bytes: Uint8Array, node: string): HostTensor {
  try {
    return tensorFromProto(decode(TensorProto, bytes, node), node);
  } catch (error) {
    return invalid(`Could not parse \`serialized\` as TensorProto: ${error instanceof Error ? error.message : String(error)}`);
  }
}

export const ParseTensor = host(([serialized], { attrs, node }) => {
  if (serialized!.shape.length !== 0) invalid(`Expected \`serialized\` to be a scalar, got shape: ${shapeText(serialized!.shape)}`);
  const tensor = tensorIn((serialized!.data as Uint8Array[])[0]!, node);
  const wanted = attrs.type('out_type');
  if (tensor.dtype !== wanted) invalid(`Type mismatch between parsed tensor (${dtypeInfo[tensor.dtype].tfName}) and dtype (${dtypeInfo[wanted].tfName})`);
  return [tensor];
});
