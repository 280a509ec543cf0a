/** An image's lines, widened by what windows need beyond its sides. */
import type { WindowGeometry } from '@sessionflow/core/kernels';

/** The image's lines with the columns that windows need, in bytes: zeros, a copy of what there is, zeros. */
export function padLines({
  x, channels,
}: WindowGeometry): { readonly needed: boolean; readonly bytes: number; readonly left: number; readonly copy: number; readonly right: number } {
  const width = (x.output - 1) * x.stride + (x.window - 1) * x.dilation + 1;
  const copied = Math.max(0, Math.min(x.input, width - x.before));
  const pixel = 4 * channels;
  return {
    needed: x.before > 0 || width > x.input, bytes: width * pixel, left: Math.min(x.before, width) * pixel, copy: copied * pixel,
    right: Math.max(0, width - x.before - copied) * pixel,
  };
}
