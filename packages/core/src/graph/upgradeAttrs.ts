/** What older producers (and tfjs's converter) wrote in another form than TensorFlow 2.21's op registry has. */
import type { Attrs } from './attrs.js';

/** The attributes as today's registry spells them. */
export function upgradeAttrs(op: string, attrs: Attrs): Attrs {
  // Until 2.9 the extra arguments were `num_args*T`; since then each has its own type in TArgs.
  if (op === '_FusedConv2D' && attrs['TArgs'] === undefined) {
    const { T: type, num_args: count } = attrs;
    if (type?.kind === 'type' && count?.kind === 'int') {
      return { ...attrs, TArgs: { kind: 'list', of: 'type', value: new Array(Number(count.value)).fill(type.value) } };
    }
  }
  return attrs;
}
