import type { IncomingMessage } from 'node:http';

/** The things that one request has changed. */
export interface ChangedObjects {
  total: number;
  /** The first of them, each as `<type>/<address>`. */
  resources: string[];
}

/** The most things that an entry of the audit log names. */
const NAMED_MAX = 100;

const CHANGED = new WeakMap<IncomingMessage, ChangedObjects>();

/**
 * Notes for the audit log that a request has changed one of several things, which its address does not name. Call it after
 * each change: an error in the middle then leaves the changes before it in the log.
 *
 * @example
 * noteChanged(req, `runs/${runId}`);
 */
export function noteChanged(req: IncomingMessage, resource: string): void {
  const changed = CHANGED.get(req) ?? { total: 0, resources: [] };
  changed.total += 1;
  if (changed.resources.length < NAMED_MAX) changed.resources.push(resource);
  CHANGED.set(req, changed);
}

/** What a request has changed so far; undefined: nothing beside what its address names. */
export function findChanged(req: IncomingMessage): ChangedObjects | undefined {
  return CHANGED.get(req);
}
