/** The default session, as programs see it. */
import { getDefaultSession as innermost } from '../state/defaultSession.js';
import { Session } from './session.js';

/** The innermost default session around here; `undefined` outside of any. */
export function getDefaultSession(): Session | undefined {
  const session = innermost();
  return session instanceof Session ? session : undefined;
}
