/**
 * Long work in parts. A stage of the compiler is a generator that yields wherever it may pause, between nodes and units; who drives it
 * decides whether it does. The result is the same: nothing that a stage reads changes meanwhile.
 */
import { TimeSlice } from './state/loopTurn.js';

/** What it yields, it waits for: code that is loaded when it is needed. */
export type Stage<T> = Generator<Promise<unknown> | undefined, T, undefined>;

/** Milliseconds that a stage holds the event loop at a time. */
const sliceMilliseconds = 2;

/** Runs a stage to its end without a pause. Nothing is waited for: a stage goes on with what is there. */
export function finish<T>(stage: Stage<T>): T {
  for (;;) {
    const part = stage.next();
    if (part.done === true) return part.value;
  }
}

/** Runs a stage, giving the event loop back every few milliseconds; a short one ends before the first pause. */
export async function inParts<T>(stage: Stage<T>): Promise<T> {
  const slice = new TimeSlice(sliceMilliseconds);
  for (;;) {
    const part = stage.next();
    if (part.done === true) return part.value;
    if (part.value !== undefined) await part.value;
    const turn = slice.turn();
    if (turn !== undefined) await turn;
  }
}
