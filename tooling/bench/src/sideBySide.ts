/** Programs that do the same job: those that can be had, checked against each other, then timed. */
import { checkAgreement, type Values } from './agree.js';
import { measure, speedup, type Contender, type Measured, type MeasureOptions } from './measure.js';
import { isProgram, type Program, type ProgramOrReason } from './programs/program.js';

export interface Outcome {
  readonly measured: readonly (Measured & {
    /** How many times faster than the base it is, if there is a base. */
    readonly speedup: number | null;
  })[];
  readonly absent: readonly string[];
}

/**
 * Throws where a program's first result is further than `tolerance` (of the largest value) from the first program's. Programs that are to be
 * apart are measured afterwards, in turn with the program whose name starts with `base`. A program other than the first that fails is absent, with its
 * reason. Closes the programs.
 */
export async function sideBySide(
  candidates: readonly ProgramOrReason[], base: string, tolerance: number, options: MeasureOptions, others: readonly Contender[] = [],
): Promise<Outcome> {
  const present = candidates.filter(isProgram);
  const absent = candidates.flatMap((candidate) => (isProgram(candidate) ? [] : [`${candidate.name}: ${candidate.reason}`]));
  try {
    const results: (readonly [string, Values])[] = [];
    const programs: Program[] = [];
    for (const program of present) {
      try {
        results.push([program.name, (await program.results())[0]!]);
        programs.push(program);
      } catch (error) {
        if (program === present[0]) throw error;
        absent.push(`${program.name}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    checkAgreement(results, tolerance);
    const isBase = ({ name }: { readonly name: string }): boolean => name.startsWith(base);
    const apart = programs.filter((program) => program.apart === true);
    const together = await measure([...programs.filter((program) => program.apart !== true), ...others], options);
    const after = apart.length === 0 ? [] : await measure([...programs.filter(isBase), ...apart], options);
    const rated = (group: readonly Measured[]): Outcome['measured'] => {
      const reference = group.find(isBase);
      return group.map((one) => ({ ...one, speedup: reference === undefined ? null : speedup(one, reference) }));
    };
    return { measured: [...rated(together), ...rated(after).filter((one) => !isBase(one))], absent };
  } finally {
    for (const program of present) await program.close();
  }
}
