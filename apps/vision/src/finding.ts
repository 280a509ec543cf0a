/** What a model found in a picture. Coordinates are parts of the picture's width and height, from the left upper corner. */

export interface Point {
  readonly x: number;
  readonly y: number;
  /** 0 to 1. */
  readonly score: number;
}

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  /** 0 to 1. */
  readonly score: number;
  readonly label: string;
}

export interface Finding {
  /** Points of a body; `bones` joins them by number. */
  readonly keypoints: readonly Point[];
  readonly bones: readonly (readonly [number, number])[];
  readonly boxes: readonly Box[];
  /** Points of a surface: many, small, not named. */
  readonly mesh: readonly Point[];
}

export const nothing: Finding = { keypoints: [], bones: [], boxes: [], mesh: [] };

/** Points below this are guesses, and are not drawn. */
export const visible = 0.3;

/** A rectangle of a picture. */
export interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** The square around a rectangle, the rectangle in its middle: what a model sees of it, black where the square is wider. */
export function squareOf({ left, top, width, height }: Rectangle): { readonly left: number; readonly top: number; readonly side: number } {
  const side = Math.max(width, height);
  return { side, left: left - (side - width) / 2, top: top - (side - height) / 2 };
}

/** The same finding in other coordinates: what was at (x, y) is at (left + x · width, top + y · height). */
export function mapFinding(finding: Finding, { left, top, width, height }: Rectangle): Finding {
  const point = ({ x, y, score }: Point): Point => ({ x: left + x * width, y: top + y * height, score });
  return {
    keypoints: finding.keypoints.map(point), bones: finding.bones, mesh: finding.mesh.map(point),
    boxes: finding.boxes.map((box) => ({ ...box, left: left + box.left * width, right: left + box.right * width, top: top + box.top * height, bottom: top + box.bottom * height })),
  };
}
