/**
 * The sessions of the process that are not closed: `Session.reset` closes them all, no two may have the same metadata, and one that is
 * forgotten is released when the garbage collector finds it.
 */

/** What the list knows of a session. It holds sessions weakly. */
export interface LiveSession {
  readonly identity: string | undefined;
  reset(containers: readonly string[]): Promise<void>;
}

const live = new Set<WeakRef<LiveSession>>();
const references = new WeakMap<LiveSession, WeakRef<LiveSession>>();
/** Releases what a forgotten session held; the callback must not reach the session. */
const forgotten = new FinalizationRegistry<() => void>((release) => { release(); });
const tokens = new WeakMap<LiveSession, object>();

/** Enters a session; `release` is called when it was forgotten open. */
export function enterLive(session: LiveSession, release: () => void): void {
  const reference = new WeakRef(session);
  references.set(session, reference);
  live.add(reference);
  const token = {};
  tokens.set(session, token);
  forgotten.register(session, () => {
    live.delete(reference);
    release();
  }, token);
}

/** Takes a session out, when it closes. */
export function leaveLive(session: LiveSession): void {
  const reference = references.get(session);
  if (reference !== undefined) live.delete(reference);
  const token = tokens.get(session);
  if (token !== undefined) forgotten.unregister(token);
}

/** The sessions that are open. */
export function liveSessions(): LiveSession[] {
  return [...live].flatMap((reference) => reference.deref() ?? []);
}
