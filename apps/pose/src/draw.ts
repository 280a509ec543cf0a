/** Keypoints and boxes over the photograph, as a PNG. */
import sharp from 'sharp';
import { photograph } from './regions.js';

export interface Point {
  readonly x: number;
  readonly y: number;
  readonly score: number;
}

/** What was found in one region, in pixels of the photograph. */
export interface Found {
  readonly name: string;
  /** Side of the square that the models saw. */
  readonly side: number;
  readonly keypoints: readonly Point[];
  readonly faces: readonly { readonly left: number; readonly top: number; readonly right: number; readonly bottom: number; readonly score: number }[];
}

/** Keypoints below this are guesses and stay out of the picture. */
export const visible = 0.3;

/** MoveNet's keypoints: 0 nose, 1–4 eyes and ears, 5/6 shoulders, 7/8 elbows, 9/10 wrists, 11/12 hips, 13/14 knees, 15/16 ankles. */
const bones: readonly (readonly [number, number])[] = [
  [0, 1], [0, 2], [1, 3], [2, 4], [5, 6], [5, 7], [7, 9], [6, 8], [8, 10], [5, 11], [6, 12], [11, 12], [11, 13], [13, 15], [12, 14], [14, 16],
];

export async function draw(found: readonly Found[], file: string): Promise<void> {
  const { width, height } = await sharp(photograph).metadata();
  const shapes = found.flatMap(({ side, keypoints, faces }) => {
    // Small people get thin lines, so that something of them is left to see.
    const weight = Math.min(1, Math.max(0.5, side / 400));
    return [...faces.map(faceBox), ...bones.map((bone) => boneLine(keypoints, bone, weight)), ...keypoints.map((point) => dot(point, weight))];
  });
  const overlay = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${shapes.join('')}</svg>`;
  await sharp(photograph).composite([{ input: Buffer.from(overlay), left: 0, top: 0 }]).png().toFile(file);
}

function faceBox({ left, top, right, bottom, score }: Found['faces'][number]): string {
  const box = `<rect x="${left}" y="${top}" width="${right - left}" height="${bottom - top}" fill="none" stroke="#ffd400" stroke-width="2"/>`;
  return `${box}<text x="${left}" y="${top - 3}" font-family="sans-serif" font-size="11" fill="#ffd400">${score.toFixed(2)}</text>`;
}

function boneLine(keypoints: readonly Point[], [from, to]: readonly [number, number], weight: number): string {
  const a = keypoints[from];
  const b = keypoints[to];
  if (a === undefined || b === undefined || Math.min(a.score, b.score) < visible) return '';
  return `<line x1="${a.x}" y1="${a.y}" x2="${b.x}" y2="${b.y}" stroke="#00e5ff" stroke-width="${2.5 * weight}" stroke-linecap="round"/>`;
}

function dot({ x, y, score }: Point, weight: number): string {
  return score < visible ? '' : `<circle cx="${x}" cy="${y}" r="${3 * weight}" fill="#ff2d95"/>`;
}
