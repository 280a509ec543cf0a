/** What was found, over the photograph, as a PNG. */
import { overlayShapes, overlaySvg, type Finding } from '@sessionflow/vision';
import sharp from 'sharp';
import { photograph } from './files.js';

/** What was found in one region, in pixels of the photograph. */
export interface Found extends Finding {
  readonly name: string;
  /** Side of the square that the models saw. */
  readonly side: number;
}

export async function draw(found: readonly Found[], file: string): Promise<void> {
  const { width, height } = await sharp(photograph).metadata();
  // Small people get thin lines, so that something of them is left to see.
  const shapes = found.map((one) => overlayShapes(one, Math.min(1, Math.max(0.5, one.side / 400))));
  await sharp(photograph).composite([{ input: Buffer.from(overlaySvg(width, height, shapes.join(''))), left: 0, top: 0 }]).png().toFile(file);
}
