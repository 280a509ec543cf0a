/** What each of the compared programs gives: a job that can be run again and again, and the results of its last run. */
import type { Values } from '../agree.js';
import type { Contender } from '../measure.js';

export interface Program extends Contender {
  /** Is not measured in turn with Sessionflow: its threads disturb those that run after it. */
  readonly apart?: boolean;
  /** Runs once more and reads the results, in the job's order. */
  results(): Promise<readonly Values[]>;
  close(): Promise<void>;
}

/** A program, or why it cannot be had here. */
export type ProgramOrReason = Program | { readonly name: string; readonly reason: string };

export function isProgram(program: ProgramOrReason): program is Program {
  return 'run' in program;
}

/** Makes a program; a failure becomes the reason why there is none. */
export async function attempt(name: string, make: () => Promise<Program>): Promise<ProgramOrReason> {
  try {
    return await make();
  } catch (error) {
    return { name, reason: (error instanceof Error ? error.message : String(error)).replace(/\s*\n\s*/g, ' ') };
  }
}
