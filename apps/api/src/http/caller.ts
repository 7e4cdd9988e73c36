import type { IncomingMessage } from 'node:http';
import type { Principal } from '@rat/domain';

/** In which namespaces things are that a request names by an id. What does not exist is in none. */
export interface Places {
  ofRuns: (ids: readonly string[]) => Promise<string[]>;
  ofSchedule: (id: string) => Promise<string[]>;
  ofTrigger: (id: string) => Promise<string[]>;
  /** Of the pipelines of a run group. */
  ofGroup: (id: string) => Promise<string[]>;
  /** What a token is limited to; undefined: nothing. */
  ofToken: (id: string) => Promise<string[] | undefined>;
  /** Of the runs that a plan cancels. */
  ofPlan: (token: string) => Promise<string[]>;
}

/** What a request was signed in with. */
export interface CredentialIds {
  /** Undefined for the token in RAT_ADMIN_TOKEN. */
  tokenId: string | undefined;
  /** The first digits of the hash of the session's secret. */
  sessionId: string | undefined;
}

/** Who sends a request, as sign-in has found it out. */
export interface Caller {
  /** Undefined while sign-in is off: everybody may do everything, and nobody has a name. */
  principal: Principal | undefined;
  /** Undefined while sign-in is off. */
  credential: CredentialIds | undefined;
  /**
   * Calls `listener` once the right to the request has ended: its token or session has, or sign-in was turned on after it.
   * Returns what stops that; it must be called.
   */
  onRightEnded: (listener: () => void) => () => void;
  /** Throws UnauthenticatedError when the right has ended since the request began. */
  assertHolds: () => Promise<void>;
  places: Places;
}

/** Nobody is authorised before the guard of the operation has set a caller. */
const CALLERS = new WeakMap<IncomingMessage, Caller>();

export function setCaller(req: IncomingMessage, caller: Caller): void {
  CALLERS.set(req, caller);
}

/** The caller; undefined for what needs no sign-in. */
export function findCaller(req: IncomingMessage): Caller | undefined {
  return CALLERS.get(req);
}

/** The namespaces that a request is confined to; undefined: none. */
export function confinedTo(req: IncomingMessage): string[] | undefined {
  const own = CALLERS.get(req)?.principal?.namespaces;
  return own === undefined ? undefined : [...own];
}
