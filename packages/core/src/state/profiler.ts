/** The profiler session, of which there is one per process: a second traced run fails while one is under way. */
import { UnavailableError } from '../errors.js';

let active = false;

/** Takes the profiler; UnavailableError when it is taken. */
export function startProfiler(): Disposable {
  if (active) throw new UnavailableError('Another profiler session is active.');
  active = true;
  return {
    [Symbol.dispose]() {
      active = false;
    },
  };
}
