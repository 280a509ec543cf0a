/** What older producers (and tfjs's converter) wrote in another form than TensorFlow 2.21's op registry has. */
import type { DType } from '../dtypes.js';
import type { Attrs } from './attrs.js';

/** A fused convolution has at most five extra arguments (batch normalisation and an activation's); more is a broken file. */
const mostArgs = 16;

/** The attributes as today's registry spells them. */
export function upgradeAttrs(op: string, attrs: Attrs): Attrs {
  // Until 2.9 the extra arguments were `num_args*T`; since then each has its own type in TArgs.
  if (op === '_FusedConv2D' && attrs['TArgs'] === undefined) {
    const { T: type, num_args: count } = attrs;
    if (type?.kind === 'type' && count?.kind === 'int' && count.value >= 0 && count.value <= mostArgs) {
      return { ...attrs, TArgs: { kind: 'list', of: 'type', value: new Array<DType>(Number(count.value)).fill(type.value) } };
    }
  }
  return attrs;
}
