import type { IncomingMessage } from 'node:http';

/** What a run keeps of the request that made it, so that both are found by each other. */
export interface RequestOrigin {
  requestId: string;
  /** The place of the request in a trace; undefined when it is in none. */
  traceparent: string | undefined;
}

const ORIGINS = new WeakMap<IncomingMessage, RequestOrigin>();

export function setOrigin(req: IncomingMessage, origin: RequestOrigin): void {
  ORIGINS.set(req, origin);
}

/** The origin of the runs that a request makes; undefined before `trace-requests` has seen it. */
export function originOf(req: IncomingMessage): RequestOrigin | undefined {
  return ORIGINS.get(req);
}
