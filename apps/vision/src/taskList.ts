/** What tasks there are, as plain data: for menus, and for builds that copy the models. */
import list from './taskList.json' with { type: 'json' };

export interface TaskFacts {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  /** Model files of @vladmandic/human, without their ending, in the order of `build`'s argument. */
  readonly files: readonly string[];
  /** Side of the square picture that the task's graph takes. */
  readonly side: number;
}

export const taskList: readonly TaskFacts[] = list;
