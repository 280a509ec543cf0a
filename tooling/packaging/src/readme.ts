// The programs of README.md: its ```ts blocks. The first is the one a newcomer copies; the others are run where the fence says
// `ts runnable`.
import { readFileSync } from 'node:fs';

export interface Program {
  /** Line of README.md on which the code begins, counted from 1. */
  readonly line: number;
  readonly code: string;
  /** Marked `runnable`. */
  readonly isRunnable: boolean;
}

/** Every TypeScript block of a Markdown text, in order. */
export function programsOf(markdown: string): Program[] {
  const programs: Program[] = [];
  let begun: { line: number; isRunnable: boolean; lines: string[] } | undefined;
  for (const [index, text] of markdown.split('\n').entries()) {
    if (begun) {
      if (text.startsWith('```')) {
        programs.push({ line: begun.line, code: `${begun.lines.join('\n')}\n`, isRunnable: begun.isRunnable });
        begun = undefined;
      } else begun.lines.push(text);
      continue;
    }
    const fence = /^```(?:ts|typescript)\b(.*)$/.exec(text);
    if (fence) begun = { line: index + 2, isRunnable: fence[1]!.split(/\s+/).includes('runnable'), lines: [] };
  }
  return programs;
}

/** The programs of the repository's README.md. */
export function readmePrograms(): Program[] {
  return programsOf(readFileSync(new URL('../../../README.md', import.meta.url), 'utf8'));
}
