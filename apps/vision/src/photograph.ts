/** The photograph that @vladmandic/human ships (assets/samples.jpg, a collage), and where in it single people stand. */
import type { Rectangle } from './finding.js';

/** Pixels of the photograph. */
export interface Region extends Rectangle {
  readonly name: string;
}

const region = (name: string, left: number, top: number, right: number, bottom: number): Region => ({ name, left, top, width: right - left, height: bottom - top });

/** The panels of the strip, and those of the large group whom nobody covers. */
export const regions: readonly Region[] = [
  region('mannequin', 0, 0, 158, 158),
  region('blue top', 167, 0, 318, 158),
  region('at the table', 326, 0, 538, 158),
  region('red skirt', 545, 0, 634, 158),
  region('crop top', 641, 0, 790, 158),
  region('on a stool', 797, 0, 904, 158),
  region('left of three', 1136, 0, 1196, 158),
  region('middle of three', 1184, 0, 1226, 158),
  region('right of three', 1208, 0, 1268, 158),
  region('romper', 235, 440, 405, 1125),
  region('blue boots', 495, 445, 640, 1090),
  region('red dress', 635, 455, 790, 1075),
];
