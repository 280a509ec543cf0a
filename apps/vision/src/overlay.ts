/** A finding as SVG, to lie over the picture that it was found in. */
import { visible, type Box, type Finding, type Point } from './finding.js';

const colors = { bone: '#00e5ff', point: '#ff2d95', box: '#ffd400', mesh: '#00e5ff' } as const;

/** Shapes for a finding whose coordinates are pixels. `weight` scales lines and dots: 1 suits a person of 400 pixels and more. */
export function overlayShapes({ keypoints, bones, boxes, mesh }: Finding, weight = 1): string {
  return [
    ...boxes.map((box) => frame(box, weight)), ...mesh.map(({ x, y }) => `<circle cx="${x}" cy="${y}" r="${weight}" fill="${colors.mesh}"/>`),
    ...bones.map(([from, to]) => line(keypoints[from], keypoints[to], weight)), ...keypoints.map((point) => dot(point, weight)),
  ].join('');
}

/** A whole SVG document of this size, in pixels. */
export function overlaySvg(width: number, height: number, shapes: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">${shapes}</svg>`;
}

function frame({ left, top, right, bottom, score, label }: Box, weight: number): string {
  const size = 11 * weight;
  const text = `${label}${label === '' ? '' : ' '}${score.toFixed(2)}`;
  // Above the frame, or in it where the picture ends.
  const y = top < size + 4 ? top + size : top - 3 * weight;
  return `<rect x="${left}" y="${top}" width="${right - left}" height="${bottom - top}" fill="none" stroke="${colors.box}" stroke-width="${2 * weight}"/>`
    + `<text x="${left + weight}" y="${y}" font-family="sans-serif" font-size="${size}" fill="${colors.box}" stroke="#000" stroke-width="${weight / 1.5}" paint-order="stroke">${escaped(text)}</text>`;
}

function line(a: Point | undefined, b: Point | undefined, weight: number): string {
  if (a === undefined || b === undefined || Math.min(a.score, b.score) < visible) return '';
  return `<line x1="${a.x}" y1="${a.y}" x2="${b.x}" y2="${b.y}" stroke="${colors.bone}" stroke-width="${2.5 * weight}" stroke-linecap="round"/>`;
}

function dot({ x, y, score }: Point, weight: number): string {
  return score < visible ? '' : `<circle cx="${x}" cy="${y}" r="${3 * weight}" fill="${colors.point}"/>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
