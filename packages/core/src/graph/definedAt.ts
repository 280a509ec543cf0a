/**
 * Where the program made a thing: the stack at its making, kept as the engine has it and read only when an error or a caller asks. The
 * innermost call outside of this library is where it was "defined".
 */

/** A stack that was captured; engines turn it into text when it is first read. */
export type StackHolder = Pick<Error, 'stack'>;

/** Engines with V8's stack API. */
interface StackApi {
  stackTraceLimit?: number;
  captureStackTrace?(holder: object): void;
}

/** A place in a program's sources. */
export interface SourcePlace {
  readonly file: string;
  readonly line: number;
}

/** Calls that are kept: those of this library between an op function and the graph, and some of the program's. */
const depth = 24;

export function captureStack(): StackHolder {
  const api: StackApi = Error;
  const before = api.stackTraceLimit;
  if (before !== undefined) api.stackTraceLimit = depth;
  const holder: { stack?: string } = {};
  if (api.captureStackTrace !== undefined) api.captureStackTrace(holder);
  else Object.assign(holder, { stack: new Error().stack });
  if (before !== undefined) api.stackTraceLimit = before;
  return holder;
}

/** `at f (file:///a/b.ts:3:4)`, `at file:///a/b.ts:3:4`; Firefox and Safari: `f@https://host/b.js:3:4`. */
const frame = /^\s*(?:at (?:.*\()?|.*?@)((?:[a-z]+:\/\/|\/|[A-Za-z]:\\).*?):(\d+):\d+\)?$/;

function placeOf(line: string): SourcePlace | undefined {
  const match = frame.exec(line);
  return match === null ? undefined : { file: (match[1] ?? '').replace(/^file:\/\//, ''), line: Number(match[2]) };
}

/** A test beside the library's sources is a program that uses it. */
const tests = /\.(test|bench)\.[a-z]+$/;

function programFrames(holder: StackHolder): { readonly text: string; readonly place: SourcePlace }[] {
  const frames = (holder.stack ?? '').split('\n').flatMap((text) => {
    const place = placeOf(text);
    return place === undefined ? [] : [{ text: text.trim(), place }];
  });
  // The innermost call is `captureStack`: the library is where it is, in sources as in what was built from them.
  const library = (frames[0]?.place.file ?? '').replace(/graph\/definedAt\.[a-z]+$|[^/\\]*$/, '');
  const first = frames.findIndex(({ place: { file } }) => !file.startsWith(library) || tests.test(file));
  // Where one file holds the program and this library, the outermost call is the program's for certain.
  return first < 0 ? frames.slice(-1) : frames.slice(first);
}

/** The program's calls, innermost first, as the engine prints them. */
export function traceback(holder: StackHolder): readonly string[] {
  return programFrames(holder).map(({ text }) => text);
}

/** The innermost call of the program; undefined where the engine told none. */
export function definedAt(holder: StackHolder): SourcePlace | undefined {
  return programFrames(holder)[0]?.place;
}
