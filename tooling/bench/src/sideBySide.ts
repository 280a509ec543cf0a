/** Programs that do the same job: those that can be had, checked against each other, then timed. */
import { checkAgreement } from './agree.js';
import { measure, type Contender, type Measured, type MeasureOptions } from './measure.js';
import { isProgram, type Program, type ProgramOrReason } from './programs/program.js';

export interface Outcome {
  readonly measured: readonly Measured[];
  readonly absent: readonly string[];
}

/** Throws where a program's first result is further than `tolerance` (of the largest value) from the first program's. Closes the programs. */
export async function sideBySide(candidates: readonly ProgramOrReason[], tolerance: number, options: MeasureOptions, others: readonly Contender[] = []): Promise<Outcome> {
  const programs: Program[] = candidates.filter(isProgram);
  const absent = candidates.flatMap((candidate) => (isProgram(candidate) ? [] : [`${candidate.name}: ${candidate.reason}`]));
  try {
    const results = [];
    for (const program of programs) results.push([program.name, (await program.results())[0]!] as const);
    checkAgreement(results, tolerance);
    return { measured: await measure([...programs, ...others], options), absent };
  } finally {
    for (const program of programs) await program.close();
  }
}
