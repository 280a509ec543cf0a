/** MoveNet: one person's keypoints. */
import type { HostTensor } from '@sessionflow/core';
import { nothing, type Finding } from './finding.js';

/** Side of the square that the model sees: int32 bytes, [1, 192, 192, 3]. */
export const poseSide = 192;

/** MoveNet's keypoints: 0 nose, 1–4 eyes and ears, 5/6 shoulders, 7/8 elbows, 9/10 wrists, 11/12 hips, 13/14 knees, 15/16 ankles. */
const bones: Finding['bones'] = [
  [0, 1], [0, 2], [1, 3], [2, 4], [5, 6], [5, 7], [7, 9], [6, 8], [8, 10], [5, 11], [6, 12], [11, 12], [11, 13], [13, 15], [12, 14], [14, 16],
];

/** The model's output, [1, 1, 17, 3]: y, x and score of each keypoint. */
export function readPose(output: HostTensor): Finding {
  const points = output.data as Float32Array;
  return { ...nothing, bones, keypoints: Array.from({ length: 17 }, (_, i) => ({ y: points[3 * i]!, x: points[3 * i + 1]!, score: points[3 * i + 2]! })) };
}
