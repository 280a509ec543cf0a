/** The attributes that a fused convolution hands on to the plain one in its body. */
import type { Attrs, AttrValue } from '../graph/attrs.js';

const shared = ['strides', 'padding', 'explicit_paddings', 'data_format', 'dilations'] as const;

export function convAttrs(attrs: Attrs): Attrs {
  const picked: Record<string, AttrValue> = {};
  for (const name of shared) {
    const value = attrs[name];
    if (value !== undefined) picked[name] = value;
  }
  return picked;
}
