/** Regions of the photograph as the models want them: square, the region in the middle, black around it. */
import * as tf from '@sessionflow/core';
import type { Region } from '@sessionflow/vision';
import sharp from 'sharp';
import { photograph } from './files.js';

/** RGB bytes of the region, scaled into a square of `side` pixels. */
export async function regionPixels({ left, top, width, height }: Region, side: number): Promise<Uint8Array> {
  const pixels = await sharp(photograph).extract({ left, top, width, height })
    .resize(side, side, { fit: 'contain', background: { r: 0, g: 0, b: 0 } }).removeAlpha().raw().toBuffer();
  return new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength);
}

/** int32 values 0 to 255, [1, side, side, 3]. */
export function bytesTensor(pixels: Uint8Array, side: number): tf.HostTensor<'int32'> {
  return new tf.HostTensor('int32', [1, side, side, 3], Int32Array.from(pixels));
}

/** float32 values -1 to 1, [1, side, side, 3]. */
export function signedTensor(pixels: Uint8Array, side: number): tf.HostTensor<'float32'> {
  return new tf.HostTensor('float32', [1, side, side, 3], Float32Array.from(pixels, (pixel) => pixel / 127.5 - 1));
}
